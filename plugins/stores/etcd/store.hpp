#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

#include "gateway.hpp"
#include "sluice/plugin/plugin.hpp"

namespace sluice::etcd_store {

/// Poco counts the users of its TLS; the last one out tidies up.
struct TlsUse {
  TlsUse();
  TlsUse(const TlsUse&) = delete;
  TlsUse& operator=(const TlsUse&) = delete;
  ~TlsUse();
};

/// The state in etcd, by its gRPC-JSON gateway: what makes several processes one cluster. No connection is made before
/// the first call.
class EtcdStore final : public plugin::Store {
 public:
  static constexpr const char* kId = "etcd";
  static constexpr const char* kVersion = "1";
  static constexpr const char* kSummary = "keeps the state in etcd, for several nodes that are one cluster";
  static std::vector<plugin::Setting> settings() { return Options::settings(); }

  explicit EtcdStore(const plugin::Config& config);
  ~EtcdStore() override;

  int64_t range(std::string_view prefix, bool exact, const Each& each) override;
  plugin::TxnResult txn(const plugin::Txn& txn) override;
  std::unique_ptr<plugin::StoreWatch> watch(std::string_view prefix, int64_t from_revision,
                                            plugin::Watcher watcher) override;
  int64_t lease_grant(std::chrono::milliseconds ttl) override;
  void lease_keep_alive(int64_t lease) override;
  void lease_revoke(int64_t lease) override;

 private:
  void compact_loop() noexcept;

  const TlsUse tls_use_;
  const Options options_;
  const plugin::Log log_;
  Gateway gateway_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool closed_ = false;
  std::thread compacting_;  // last: it uses all of the above; none when nothing is to be compacted
};

}  // namespace sluice::etcd_store
