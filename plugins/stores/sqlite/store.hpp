#pragma once

#include <chrono>
#include <memory>
#include <string_view>
#include <thread>
#include <vector>

#include "sluice/plugin/plugin.hpp"

namespace sluice::sqlite_store {

class State;

/// The embedded store: one SQLite file that belongs to this process alone. A transaction is on the disk when `txn`
/// returns. Leases survive a restart and then get their full time to live again, as with etcd after an election.
class SqliteStore final : public plugin::Store {
 public:
  static constexpr const char* kId = "sqlite";
  static constexpr const char* kVersion = "1";
  static constexpr const char* kSummary = "keeps the state in one SQLite file of this process; the default";
  static std::vector<plugin::Setting> settings();

  explicit SqliteStore(const plugin::Config& config);
  ~SqliteStore() override;

  int64_t range(std::string_view prefix, bool exact, const Each& each) override;
  plugin::TxnResult txn(const plugin::Txn& txn) override;
  std::unique_ptr<plugin::StoreWatch> watch(std::string_view prefix, int64_t from_revision,
                                            plugin::Watcher watcher) override;
  int64_t lease_grant(std::chrono::milliseconds ttl) override;
  void lease_keep_alive(int64_t lease) override;
  void lease_revoke(int64_t lease) override;

 private:
  void expire() noexcept;

  std::shared_ptr<State> state_;  // watches share it, so that they may outlive the instance
  plugin::Log log_;
  std::thread expiry_;
};

}  // namespace sluice::sqlite_store
