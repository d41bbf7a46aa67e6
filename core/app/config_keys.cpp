#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "core/app/config.hpp"

namespace sluice::app {

const std::vector<ConfigKey>& config_keys() {
  using Type = ConfigKey::Type;
  static const std::vector<ConfigKey> kKeys = {
      {"name", Type::Text, "\"sluice-1\"", "name of this node, unique in the cluster"},
      {"roles", Type::List, "[\"master\", \"worker\"]",
       "master owns definitions and answers the API, worker runs subtasks; a list of one or both"},
      {"openapi", Type::Bool, "false", "serve the API; without it no transport is started, as in DM"},
      {"advertise_addr", Type::Text, "\"\"",
       "HOST:PORT at which clients reach this node; empty = the address of the first transport"},
      {"worker_addr", Type::Text, "\"\"",
       "HOST:PORT that identifies this node as a worker; empty = advertise_addr with the next port"},
      {"data_dir", Type::Text, "\"data\"",
       "folder for work files (dumps, relay logs, spilled data); created when absent"},
      {"secret_key_path", Type::Text, "\"\"",
       "file with the key that seals passwords, 64 hex digits, mode 0600; created when absent; empty = secret.key in "
       "data_dir. All nodes of a cluster need the same key"},
      {"shutdown_timeout", Type::Duration, "\"20s\"", "how long a clean stop may take before it is forced"},
      {"lease_ttl", Type::Duration, "\"60s\"", "a node that is silent for this long is taken for dead"},
      {"rpc_timeout", Type::Duration, "\"30s\"",
       "how long a request waits for the worker that holds its subtask, as in DM"},
      {"memory_limit", Type::Bytes, "\"512MiB\"",
       "memory for row changes in flight and for prepared XA transactions, of all tasks of this node together; readers "
       "wait "
       "when it is used up"},
      {"worker.count", Type::Count, "4",
       "workers of this node, 1 to 256; each runs the tasks of one source, so this is how many sources it can serve. "
       "They "
       "share memory_limit; the first has the node's name and worker_addr, the others NAME-2, NAME-3 and the ports "
       "after it"},
      {"log.level", Type::Text, "\"info\"", "trace, debug, info, warn or error"},
      {"log.file", Type::Text, "\"\"", "file to append to; empty = standard error"},
      {"log.format", Type::Text, "\"text\"", "text or json, one record a line"},
      {"plugins.path", Type::List, "[]",
       "folders with plugin libraries, searched in order; empty = ../plugins and ../lib/sluice/plugins beside the "
       "program, then /usr/lib/sluice/plugins"},
      {"store.plugin", Type::Text, "\"sqlite\"", "the store plugin that keeps definitions and state"},
      {"transport.plugin", Type::Text, "\"http\"", "the transport plugin of this listener"},
      {"transport.name", Type::Text, "\"\"", "name of the listener in logs; empty = plugin and number"},
  };
  return kKeys;
}

const char* type_name(ConfigKey::Type type) {
  switch (type) {
    case ConfigKey::Type::Text: return "text";
    case ConfigKey::Type::Bool: return "bool";
    case ConfigKey::Type::Bytes: return "size";
    case ConfigKey::Type::Duration: return "duration";
    case ConfigKey::Type::List: return "list of texts";
    case ConfigKey::Type::Count: return "count";
  }
  return "";
}

std::string Mistake::text() const { return where + ": " + what + (remedy.empty() ? "" : ". Remedy: " + remedy); }

std::vector<Override> overrides_from_environment(const char* const* environment) {
  const auto upper = [](std::string text) {
    for (char& c : text) c = c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return "SLUICE_" + text;
  };
  const auto lower = [](std::string text) {
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
  };
  std::vector<Override> found;
  for (; environment && *environment; ++environment) {
    const std::string entry = *environment;
    const size_t equal = entry.find('=');
    if (!entry.starts_with("SLUICE_") || equal == std::string::npos) continue;
    const std::string name = entry.substr(0, equal);
    const std::string value = entry.substr(equal + 1);
    for (const ConfigKey& key : config_keys()) {
      if (name == upper(key.path) && !key.path.starts_with("transport.")) found.push_back({name, key.path, value});
    }
    constexpr std::string_view kStore = "SLUICE_STORE_";
    constexpr std::string_view kTransport = "SLUICE_TRANSPORT_";
    if (name.starts_with(kStore) && name != "SLUICE_STORE_PLUGIN") {
      found.push_back({name, "store." + lower(name.substr(kStore.size())), value});
    }
    const size_t setting = name.find('_', kTransport.size());
    if (name.starts_with(kTransport) && setting != std::string::npos && setting > kTransport.size()) {
      const std::string number = name.substr(kTransport.size(), setting - kTransport.size());
      if (number.find_first_not_of("0123456789") == std::string::npos) {
        found.push_back({name, "transport." + number + "." + lower(name.substr(setting + 1)), value});
      }
    }
  }
  std::sort(found.begin(), found.end(), [](const Override& a, const Override& b) { return a.where < b.where; });
  return found;
}

std::vector<std::string> default_plugin_paths() {
  namespace fs = std::filesystem;
  std::error_code ignored;
  const fs::path folder = fs::read_symlink("/proc/self/exe", ignored).parent_path();
  std::vector<std::string> paths;
  for (const fs::path& candidate :
       {folder / "../plugins", folder / "../lib/sluice/plugins",
        folder / ".." / SLUICE_INSTALL_LIBDIR / "sluice/plugins", fs::path("/usr/lib/sluice/plugins")}) {
    const std::string real = fs::weakly_canonical(candidate, ignored).string();
    if (fs::is_directory(real, ignored) && std::find(paths.begin(), paths.end(), real) == paths.end()) {
      paths.push_back(real);
    }
  }
  return paths;
}

}  // namespace sluice::app
