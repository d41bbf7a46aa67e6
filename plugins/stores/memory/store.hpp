#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "sluice/plugin/plugin.hpp"

namespace sluice::memory_store {

/// One change; what a watch reports.
struct Event {
  bool deleted = false;
  std::string key;
  std::string value;
  int64_t create_revision = 0;
  int64_t mod_revision = 0;
  int64_t version = 0;
  int64_t lease = 0;
};

/// Everything in memory; gone with the instance. For tests and for trying Sluice out.
class MemoryStore final : public plugin::Store {
 public:
  static constexpr const char* kId = "memory";
  static constexpr const char* kVersion = "1";
  static constexpr const char* kSummary = "keeps the state in memory; it is lost at the end of the process";
  static std::vector<plugin::Setting> settings();

  explicit MemoryStore(const plugin::Config& config);
  ~MemoryStore() override;

  int64_t range(std::string_view prefix, bool exact, const Each& each) override;
  plugin::TxnResult txn(const plugin::Txn& txn) override;
  std::unique_ptr<plugin::StoreWatch> watch(std::string_view prefix, int64_t from_revision,
                                            plugin::Watcher watcher) override;
  int64_t lease_grant(std::chrono::milliseconds ttl) override;
  void lease_keep_alive(int64_t lease) override;
  void lease_revoke(int64_t lease) override;

 private:
  class State;
  class Watch;
  std::shared_ptr<State> state_;  // watches share it, so that they may outlive the instance
  std::thread expiry_;
};

}  // namespace sluice::memory_store
