#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/model/error.hpp"
#include "core/plugin/instances.hpp"
#include "core/plugin/metrics.hpp"
#include "core/plugin/operations.hpp"
#include "sluice/abi/plugin.h"

namespace sluice::plugin {

/// The host's side of the waist: the tables that `init` and get_service hand out. They stay where they are as long as
/// this object lives, and every loaded library holds it. Internal to core/plugin.
class HostTable {
 public:
  using SecretOpener = std::function<Result<std::string>(const std::string&)>;
  HostTable(std::string name, std::string version, std::shared_ptr<Metrics> metrics, SecretOpener open_secret);
  HostTable(const HostTable&) = delete;
  HostTable& operator=(const HostTable&) = delete;

  const sluice_host* raw() const { return &host_; }
  Metrics& metrics() { return *metrics_; }
  PluginOperations& operations() { return operations_; }
  void offer_api(const sluice_host_api* api) { real_api_ = api; }

  /// Names the instance that is being created on this thread, so that operations and log lines can name it.
  class Creating {
   public:
    Creating(HostTable& host, const std::string& kind, const std::string& id, const std::string& instance);
    /// Takes back what the instance has added, unless it was kept.
    ~Creating();
    Creating(const Creating&) = delete;
    Creating& operator=(const Creating&) = delete;
    /// It has been created under this identity.
    void keep(const void* identity) { kept_ = identity; }

   private:
    friend class HostTable;
    HostTable& host_;
    const std::string label_;     // "sink/mysql/target1"
    const std::string instance_;  // "target1"
    std::vector<const void*> owners_;
    const void* kept_ = nullptr;
    Creating* const outer_;
  };
  /// Called when an instance is there, which publishes its operations, and when it goes.
  void remember(const void* instance, InstanceInfo info);
  void forget(const void* instance);
  /// Those that live, the oldest first.
  std::vector<InstanceInfo> instances() const;

 private:
  static const void* get_service(void* self, const char* id) noexcept;
  void fill_log();
  void fill_metrics();
  void fill_clock();
  void fill_secrets();
  void fill_operations();
  void fill_api();
  std::string label_of(const void* instance) const;

  std::string name_;
  std::string version_;
  std::shared_ptr<Metrics> metrics_;
  SecretOpener open_secret_;
  PluginOperations operations_;
  std::atomic<const sluice_host_api*> real_api_{nullptr};
  mutable std::mutex mutex_;
  std::map<const void*, InstanceInfo> instances_;

  sluice_host host_{};
  sluice_host_log log_table_{};
  sluice_host_metrics metrics_table_{};
  sluice_host_clock clock_table_{};
  sluice_host_secrets secrets_table_{};
  sluice_host_operations operations_table_{};
  sluice_host_api api_table_{};
};

}  // namespace sluice::plugin
