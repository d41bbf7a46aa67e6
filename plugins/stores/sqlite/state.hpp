#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "database.hpp"
#include "sluice/plugin/store.hpp"

namespace sluice::sqlite_store {

struct Record {
  bool deleted = false;
  std::string key;
  std::string value;
  int64_t create_revision = 0;
  int64_t mod_revision = 0;
  int64_t version = 0;
  int64_t lease = 0;

  /// Borrows.
  [[nodiscard]] plugin::Kv kv() const { return {key, value, create_revision, mod_revision, version, lease}; }
};

/// Keys, history and leases in the file, and what is known only to this process: deadlines. Every function wants
/// `mutex` held. What throws has changed nothing.
class State {
 public:
  using Clock = std::chrono::steady_clock;

  State(const std::filesystem::path& file, int64_t history_limit);

  [[nodiscard]] int64_t revision() const { return revision_; }
  /// Changes up to this revision are forgotten.
  [[nodiscard]] int64_t compacted() const { return compacted_; }

  std::vector<Record> range(std::string_view prefix, bool exact);
  plugin::TxnResult txn(const plugin::Txn& txn);
  /// Changes of keys with that prefix with first <= revision <= last, in order.
  std::vector<Record> changes(std::string_view prefix, int64_t first, int64_t last);

  int64_t lease_grant(std::chrono::milliseconds ttl);
  void lease_keep_alive(int64_t lease);
  void lease_revoke(int64_t lease);
  /// Ends the leases that are due and returns when the next one will be.
  Clock::time_point expire(Clock::time_point now);

  std::mutex mutex;
  std::condition_variable changed;  // revision, leases or `closed`
  bool closed = false;

 private:
  class Change;
  struct Lease {
    std::chrono::milliseconds ttl{};
    Clock::time_point deadline;
  };
  struct Statements {
    explicit Statements(sqlite3* db);
    Statement get, scan, scan_open, put, remove, remember, set_revision, history, forget, set_compacted;
    Statement grant, revoke, lease_keys;
  };

  [[nodiscard]] bool find(std::string_view key, Record* out);
  [[nodiscard]] bool holds(const sluice_compare& compare);
  void require_leases(std::span<const sluice_store_op> ops) const;
  void run(std::span<const sluice_store_op> ops, Change& change);

  Database database_;
  Statements sql_;
  const int64_t history_limit_;
  int64_t revision_ = 0;
  int64_t compacted_ = 0;
  std::map<int64_t, Lease> leases_;
};

}  // namespace sluice::sqlite_store
