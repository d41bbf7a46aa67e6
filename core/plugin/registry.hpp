#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/model/error.hpp"
#include "core/plugin/instances.hpp"
#include "core/plugin/settings.hpp"
#include "sluice/abi/plugin.h"

namespace sluice::host {
class Filter;
class Sink;
class Store;
class Transport;
}  // namespace sluice::host

namespace sluice::plugin {

class Metrics;
class PluginOperations;
class SecretBox;

/// What the host offers to plugins. Log and clock are always there.
struct HostServices {
  std::string name = "sluiced";
  std::string version = "0.1.0";
  std::shared_ptr<Metrics> metrics;          ///< null = the registry makes one
  std::shared_ptr<const SecretBox> secrets;  ///< null = `open_secret` or, without it, the text as it is
  std::function<Result<std::string>(const std::string&)> open_secret;
  const sluice_host_api* api = nullptr;  ///< null until there is one: see Registry::offer_api
};

/// What a loaded library can create.
struct PluginInfo {
  std::string file;
  std::string kind;  ///< transport, filter, sink, store
  std::string id;
  std::string version;
  std::string summary;
  uint32_t abi_major = 0;
  uint32_t abi_minor = 0;
  std::vector<SettingInfo> settings;
};

/// A library that was found and left out.
struct RefusedLibrary {
  std::string file;
  Error why;
};

/// Finds plugin libraries, checks and loads them, and creates instances. Created objects keep their library loaded
/// and may outlive the registry. `load*` and `offer_api` first, by one thread; everything else from any thread.
/// Every failure says which file, which plugin, what was expected and found, and what to do.
class Registry {
 public:
  explicit Registry(HostServices services);
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;
  ~Registry();

  /// Loads every *.so of these directories, in order, by name. What cannot be loaded is left out and reported; of two
  /// plugins with one kind and id the first stays. A path that is no directory is reported too.
  std::vector<Error> load(const std::vector<std::string>& search_paths);
  Status load_file(const std::string& file);

  std::vector<PluginInfo> list() const;
  /// What was found and not loaded, in the order in which it was found.
  std::vector<RefusedLibrary> refused() const;
  /// What lives now, the oldest first.
  std::vector<InstanceInfo> instances() const;
  /// Null when no such plugin is loaded. Valid as long as the registry.
  const PluginInfo* find(const std::string& kind, const std::string& id) const;

  /// The configuration as `create` would hand it to the plugin, or why it is refused. For validation ahead of time.
  Result<std::string> complete_config(const std::string& kind, const std::string& id, const std::string& instance_name,
                                      const std::string& config_json) const;

  Result<std::shared_ptr<host::Sink>> create_sink(const std::string& id, const std::string& instance_name,
                                                  const std::string& config_json);
  Result<std::shared_ptr<host::Filter>> create_filter(const std::string& id, const std::string& instance_name,
                                                      const std::string& config_json);
  Result<std::shared_ptr<host::Store>> create_store(const std::string& id, const std::string& instance_name,
                                                    const std::string& config_json);
  Result<std::shared_ptr<host::Transport>> create_transport(const std::string& id, const std::string& instance_name,
                                                            const std::string& config_json);

  /// Offers sluice.api/1 from now on; null withdraws it. The table must outlive every transport.
  void offer_api(const sluice_host_api* api);
  Metrics& metrics();
  PluginOperations& operations();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace sluice::plugin
