#include "core/app/config.hpp"

#include <algorithm>
#include <filesystem>

#include "core/app/config_reader.hpp"
#include "core/cluster/node.hpp"
#include "core/model/json.hpp"
#include "core/plugin/registry.hpp"

namespace sluice::app {
namespace {

using model::Json;

/// Settings below `prefix.` that the key table does not know belong to the plugin.
PluginConfig plugin_config(const RawConfig& raw, const std::string& prefix) {
  PluginConfig out;
  Json settings = Json::object();
  for (const auto& [path, value] : raw.values) {
    if (!path.starts_with(prefix + ".") || find_key(path)) continue;
    const std::string setting = path.substr(prefix.size() + 1);
    settings.set(setting, value.value);
    out.lines[setting] = value.where;
  }
  out.settings_json = model::to_text(settings);
  const auto section = raw.sections.find(prefix);
  out.where = section == raw.sections.end() ? "default" : section->second;
  return out;
}

/// How many letters must change: to suggest the key that was meant.
size_t distance(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t corner = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, corner + (a[i - 1] == b[j - 1] ? 0 : 1)});
      corner = above;
    }
  }
  return row[b.size()];
}

std::string suggestion(const std::string& path) {
  const std::string section = path.substr(0, path.rfind('.') + 1);
  std::string best;
  std::string all;
  for (const ConfigKey& key : config_keys()) {
    if (key.path.substr(0, key.path.rfind('.') + 1) != section) continue;
    all += (all.empty() ? "" : ", ") + key.path;
    if (distance(path, key.path) <= 3 && (best.empty() || distance(path, key.path) < distance(path, best))) {
      best = key.path;
    }
  }
  if (!best.empty()) return "did you mean `" + best + "`?";
  return all.empty() ? "remove it" : "remove it; known keys: " + all;
}

void refuse_unknown(const RawConfig& raw, std::vector<Mistake>& mistakes) {
  for (const auto& [path, value] : raw.values) {
    const bool of_plugin = path.starts_with("store.") || path.starts_with("transport.");
    if (of_plugin || find_key(path)) continue;
    mistakes.push_back({value.where, "`" + path + "` is not a known key", suggestion(path)});
  }
}

void read_roles(const Values& values, Config& config) {
  config.master = config.worker = false;
  for (const std::string& role : values.list("roles")) {
    if (role != "master" && role != "worker") {
      values.mistake("roles", "holds `" + role + "`", "use \"master\", \"worker\" or both");
    }
    config.master = config.master || role == "master";
    config.worker = config.worker || role == "worker";
  }
  if (!config.master && !config.worker) values.mistake("roles", "is empty", "use \"master\", \"worker\" or both");
}

void read_log(const Values& values, Config& config) {
  config.log = {values.text("log.level"), values.text("log.file"), values.text("log.format")};
  static const std::vector<std::string> kLevels = {"trace", "debug", "info", "warn", "error"};
  if (std::find(kLevels.begin(), kLevels.end(), config.log.level) == kLevels.end()) {
    values.mistake("log.level", "is `" + config.log.level + "`", "use trace, debug, info, warn or error");
  }
  if (config.log.format != "text" && config.log.format != "json") {
    values.mistake("log.format", "is `" + config.log.format + "`", "use text or json");
  }
}

bool is_address(const std::string& text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == text.size() || text.size() - colon > 6) return false;
  if (text.find_first_not_of("0123456789", colon + 1) != std::string::npos) return false;
  const int port = std::stoi(text.substr(colon + 1));
  return port > 0 && port <= 65535;
}

void read_addresses(const Values& values, Config& config) {
  config.advertise_addr = values.text("advertise_addr");
  config.worker_addr = values.text("worker_addr");
  for (const auto& [path, address] :
       {std::pair{"advertise_addr", config.advertise_addr}, std::pair{"worker_addr", config.worker_addr}}) {
    if (!address.empty() && !is_address(address)) {
      values.mistake(path, "is `" + address + "`", "write HOST:PORT, e.g. \"10.0.0.1:8261\"");
    }
  }
}

void read_workers(const Values& values, Config& config) {
  const int64_t count = values.count("worker.count");
  config.worker_count = static_cast<int>(count);
  const size_t colon = config.worker_addr.rfind(':');
  const int port = is_address(config.worker_addr) ? std::stoi(config.worker_addr.substr(colon + 1)) : 0;
  if (port + count - 1 > 65535) {
    values.mistake("worker_addr", "leaves no ports for " + std::to_string(count) + " workers",
                   "use a smaller port or worker.count");
  }
  if (count >= 1 && count <= cluster::kMostWorkers) return;
  values.mistake(
      "worker.count", "is " + std::to_string(count),
      "use 1 to " + std::to_string(cluster::kMostWorkers) + "; a node without workers has roles = [\"master\"]");
}

void read_node(const Values& values, Config& config) {
  config.name = values.text("name");
  if (config.name.empty()) values.mistake("name", "is empty", "give this node a name, unique in the cluster");
  config.openapi = values.boolean("openapi");
  config.data_dir = values.text("data_dir");
  config.secret_key_path = values.text("secret_key_path");
  if (config.secret_key_path.empty()) config.secret_key_path = config.data_dir + "/secret.key";
  config.shutdown_timeout = values.duration("shutdown_timeout");
  config.lease_ttl = values.duration("lease_ttl");
  if (config.lease_ttl < std::chrono::seconds(1) && values.given("lease_ttl")) {
    values.mistake("lease_ttl", "is shorter than a second", "use at least \"1s\"; \"60s\" is the default");
  }
  config.rpc_timeout = values.duration("rpc_timeout");
  if (config.rpc_timeout < std::chrono::milliseconds(100) && values.given("rpc_timeout")) {
    values.mistake("rpc_timeout", "is shorter than a tenth of a second", "\"30s\" is the default");
  }
  config.memory_limit = values.bytes("memory_limit");
  constexpr uint64_t kLeast = 16U << 20;
  if (config.memory_limit < kLeast) values.mistake("memory_limit", "is less than 16MiB", "use at least \"16MiB\"");
}

void read_plugins(const RawConfig& raw, const Values& values, Config& config) {
  config.plugin_paths = values.list("plugins.path");
  for (const std::string& path : config.plugin_paths) {
    std::error_code ignored;
    if (!std::filesystem::is_directory(path, ignored)) {
      values.mistake("plugins.path", "names " + path + ", which is no folder", "create it or correct the path");
    }
  }
  if (config.plugin_paths.empty()) config.plugin_paths = default_plugin_paths();
  config.store = plugin_config(raw, "store");
  config.store.plugin = values.text("store.plugin");
  config.store.name = "store";
  if (config.store.plugin == "sqlite" && !config.store.lines.contains("file")) {
    auto settings = model::parse_json(config.store.settings_json);
    if (settings) config.store.settings_json = model::to_text(settings->set("file", config.data_dir + "/sluice.db"));
  }
  const size_t count = std::max<size_t>(raw.transports, 1);  // without a section: one http listener with its defaults
  for (size_t i = 0; i < count; ++i) {
    const std::string prefix = "transport." + std::to_string(i);
    PluginConfig transport = plugin_config(raw, prefix);
    transport.plugin = values.text(prefix + ".plugin");
    transport.name = values.text(prefix + ".name");
    if (transport.name.empty()) transport.name = transport.plugin + "-" + std::to_string(i + 1);
    config.transports.push_back(std::move(transport));
  }
}

}  // namespace

std::pair<Config, std::vector<Mistake>> load_config(const std::string& file, const std::vector<Override>& overrides) {
  std::vector<Mistake> mistakes;
  RawConfig raw = file.empty() ? RawConfig() : read_toml(file, mistakes);
  for (const Override& given : overrides) apply_override(raw, given, mistakes);
  Config config;
  config.file = file;
  refuse_unknown(raw, mistakes);
  const Values values(raw, mistakes);
  read_node(values, config);
  read_roles(values, config);
  read_addresses(values, config);
  read_workers(values, config);
  read_log(values, config);
  read_plugins(raw, values, config);
  return {std::move(config), std::move(mistakes)};
}

std::vector<Mistake> check_plugins(const Config& config, const plugin::Registry& registry) {
  std::vector<Mistake> mistakes;
  const auto check = [&](const char* kind, const PluginConfig& wanted) {
    const auto complete = registry.complete_config(kind, wanted.plugin, wanted.name, wanted.settings_json);
    if (complete) return;
    const Error& error = complete.error();
    std::string where = wanted.where;
    for (const auto& [setting, line] : wanted.lines) {
      if (error.message.find("setting `" + setting + "`") != std::string::npos) where = line;
    }
    const std::string cause = error.raw_cause.empty() ? "" : " (" + error.raw_cause + ")";
    mistakes.push_back({where, error.message + cause, error.workaround});
  };
  check("store", config.store);
  if (config.openapi) {
    for (const PluginConfig& transport : config.transports) check("transport", transport);
  }
  return mistakes;
}

}  // namespace sluice::app
