#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/error.hpp"

namespace sluice::host {
class Store;
}

namespace sluice::cluster {

struct Entry {
  std::string key;
  std::string value;
  int64_t mod_revision = 0;
};

/// Holds when `key` was last changed at `mod_revision`; 0 = the key must not exist.
struct Guard {
  std::string key;
  int64_t mod_revision = 0;
};

/// A put, or without a value a delete.
struct Write {
  std::string key;
  std::optional<std::string> value;
  int64_t lease = 0;
};

/// The store in the words of this folder. Thread-safe. Errors are E42501 (transactions and reads), E42503 (watch),
/// E42504 (lease), E42505 (keep-alive) with the store's own text as the cause.
class StateStore {
 public:
  explicit StateStore(std::shared_ptr<host::Store> store);
  StateStore(const StateStore&) = delete;
  StateStore& operator=(const StateStore&) = delete;
  /// Ends the watch.
  ~StateStore();

  /// All entries below a prefix, in key order, as of one revision.
  Result<std::vector<Entry>> range(const std::string& prefix) const;
  /// The same with the revision as of which they are.
  Result<std::vector<Entry>> range(const std::string& prefix, int64_t& revision) const;
  /// The revision of now: it moves with every change of any key.
  Result<int64_t> revision() const;
  /// All writes or none; false when a guard does not hold. Durable when it returns. Writes the EffectMark of the thread
  /// too. An answer that a store lost on its way is looked for in what stands there; only when that does not tell, the
  /// error says that it is not known.
  Result<bool> commit(const std::vector<Guard>& guards, const std::vector<Write>& writes);

  /// What the last write failed with; fine when it did not, or when there was none.
  Status last_write() const;

  Result<int64_t> grant(int64_t ttl_ms);
  Status keep_alive(int64_t lease);
  void revoke(int64_t lease);

  /// Calls `changed` (on a thread of the store) with each changed key, and `lost` when the watch has ended and should
  /// be begun anew. One watch at a time: a new one replaces the old. Neither callback may call this object.
  Status watch(const std::string& prefix, std::function<void(std::string_view key)> changed,
               std::function<void()> lost);
  void unwatch();

 private:
  Result<bool> write(const std::vector<Guard>& guards, const std::vector<Write>& writes);
  Result<bool> commit_unmarked(const std::vector<Guard>& guards, const std::vector<Write>& writes);
  bool stands_there(const std::vector<Guard>& guards, const std::vector<Write>& writes) const;
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sluice::cluster
