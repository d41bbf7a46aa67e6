#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/plugin/log.hpp"

namespace sluice::plugin {
class Registry;
}

namespace sluice::app {

/// A plugin to create, with the settings as the configuration gives them.
struct PluginConfig {
  std::string plugin;  ///< id, e.g. "sqlite"
  std::string name;    ///< of the instance
  std::string settings_json = "{}";
  std::string where;                         ///< "sluiced.toml:12" of the section
  std::map<std::string, std::string> lines;  ///< setting -> where it was set
};

/// The configuration of a node, complete and checked except for the settings of plugins.
struct Config {
  std::string file;  ///< "" = none
  std::string name;
  bool master = true;
  bool worker = true;
  int worker_count = 1;
  bool openapi = false;
  std::string advertise_addr;
  std::string worker_addr;
  std::string data_dir;
  std::string secret_key_path;
  std::chrono::milliseconds shutdown_timeout{};
  std::chrono::milliseconds lease_ttl{};
  std::chrono::milliseconds rpc_timeout{};
  uint64_t memory_limit = 0;
  log::Options log;
  std::vector<std::string> plugin_paths;
  PluginConfig store;
  std::vector<PluginConfig> transports;
};

/// Something wrong with the configuration: "sluiced.toml:3: what. Remedy: ...".
struct Mistake {
  std::string where;  ///< file:line, an option of the command line or an environment variable
  std::string what;
  std::string remedy;
  std::string text() const;
};

/// One key outside the plugins' own settings. docs/configuration.md lists the same, a test compares them.
struct ConfigKey {
  enum class Type { Text, Bool, Bytes, Duration, List, Count };
  std::string path;  ///< "log.level"
  Type type;
  std::string fallback;  ///< as written in TOML
  std::string help;
};
const std::vector<ConfigKey>& config_keys();
const char* type_name(ConfigKey::Type type);

/// Single keys from outside the file, e.g. {"log.level", "debug"}, {"transport.0.listen", ":8261"}; later ones win.
struct Override {
  std::string where;  ///< "--set log.level", "SLUICE_LOG_LEVEL"
  std::string path;
  std::string value;
};
/// SLUICE_LOG_LEVEL -> log.level, SLUICE_STORE_FILE -> store.file, SLUICE_TRANSPORT_0_LISTEN -> transport.0.listen.
/// Other variables that begin with SLUICE_ are left alone: orchestrators make some of their own.
std::vector<Override> overrides_from_environment(const char* const* environment);

/// Reads the file ("" = only defaults and overrides). All mistakes are reported, not only the first; with any, the
/// configuration must not be used.
std::pair<Config, std::vector<Mistake>> load_config(const std::string& file, const std::vector<Override>& overrides);

/// Checks the settings of the store and the transports against what the loaded plugins declare.
std::vector<Mistake> check_plugins(const Config& config, const plugin::Registry& registry);

/// Where plugins are looked for when [plugins] path is not set: beside the program, then /usr/lib/sluice/plugins.
/// Only folders that exist.
std::vector<std::string> default_plugin_paths();

}  // namespace sluice::app
