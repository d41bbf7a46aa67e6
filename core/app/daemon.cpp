#include "core/app/daemon.hpp"

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

#include "core/api/api.hpp"
#include "core/cluster/node.hpp"
#include "core/model/json.hpp"
#include "core/plugin/errors.hpp"
#include "core/plugin/log.hpp"
#include "core/plugin/registry.hpp"
#include "core/plugin/secret_box.hpp"
#include "sluice/host/host.hpp"

namespace sluice::app {
namespace {

namespace fs = std::filesystem;

/// Where clients reach this node unless the configuration says so: the first transport's own setting.
std::string first_listen(const Config& config) {
  constexpr const char* kDefault = "127.0.0.1:8261";
  if (config.transports.empty()) return kDefault;
  const auto settings = model::parse_json(config.transports.front().settings_json);
  const auto* listen = settings ? settings->find("listen") : nullptr;
  return listen && listen->as_string() ? *listen->as_string() : kDefault;
}

std::string next_port(const std::string& address) {
  const size_t colon = address.rfind(':');
  const std::string port = colon == std::string::npos ? "" : address.substr(colon + 1);
  const bool digits = !port.empty() && port.size() <= 5 && port.find_first_not_of("0123456789") == std::string::npos;
  return digits ? address.substr(0, colon + 1) + std::to_string(std::stoi(port) + 1) : "127.0.0.1:8262";
}

}  // namespace

const char* version() { return SLUICE_VERSION; }

Daemon::Daemon(Config config) : config_(std::move(config)) {}

Daemon::~Daemon() { stop(); }

std::vector<Mistake> Daemon::load_plugins() {
  // The key is read later (start): asking what is there must not create files.
  plugin::HostServices services;
  services.version = version();
  services.open_secret = [this](const std::string& text) {
    return secrets_ ? secrets_->open(text) : Result<std::string>(text);
  };
  registry_ = std::make_unique<plugin::Registry>(std::move(services));
  for (const Error& problem : registry_->load(config_.plugin_paths)) {
    log::warn("A plugin library was left out", {{"reason", problem.one_line()}});
  }
  for (const auto& info : registry_->list()) {
    log::debug("Plugin loaded", {{"kind", info.kind}, {"id", info.id}, {"version", info.version}, {"file", info.file}});
  }
  return check_plugins(config_, *registry_);
}

Status Daemon::open_store() {
  std::error_code why;
  fs::create_directories(fs::path(config_.data_dir) / "work", why);
  if (why) {
    return make_error(49001, "the data folder " + config_.data_dir + " cannot be created: " + why.message(), "",
                      "create it and let this user write to it, or set data_dir");
  }
  auto secrets = plugin::SecretBox::from_file(config_.secret_key_path);
  if (!secrets) return secrets.status();
  secrets_ = std::make_shared<plugin::SecretBox>(*secrets);
  auto store = registry_->create_store(config_.store.plugin, config_.store.name, config_.store.settings_json);
  if (!store) return store.status();
  store_ = *store;
  return {};
}

Status Daemon::start_node() {
  cluster::NodeConfig config;
  config.name = config_.name;
  config.master = config_.master;
  config.worker = config_.worker;
  config.master_address = config_.advertise_addr.empty() ? first_listen(config_) : config_.advertise_addr;
  config.worker_address = config_.worker_addr.empty() ? next_port(config.master_address) : config_.worker_addr;
  config.workers = config_.worker_count;
  config.work_dir = fs::path(config_.data_dir) / "work";
  config.memory_limit = config_.memory_limit;
  config.lease_ttl = config_.lease_ttl;
  config.rpc_timeout = config_.rpc_timeout;
  config.stop_bound = config_.shutdown_timeout / 2;  // the other half is for transports and store
  cluster::NodeServices services;
  services.store = store_;
  services.plugins = registry_.get();
  services.secrets = secrets_.get();
  node_ = std::make_unique<cluster::Node>(std::move(config), std::move(services));
  return node_->start();
}

Status Daemon::start_transports() {
  if (!config_.openapi) {
    log::warn("No API is served: set openapi = true to serve it");
    return {};
  }
  if (!config_.master) return {};  // as in DM, masters answer the API
  api_ = std::make_unique<api::Api>(*node_);
  registry_->offer_api(api_->service());
  for (const PluginConfig& wanted : config_.transports) {
    auto transport = registry_->create_transport(wanted.plugin, wanted.name, wanted.settings_json);
    if (!transport) return transport.status();
    auto error = plugin::empty_error();
    if ((*transport)->start(error) != SLUICE_OK) {
      return Status(plugin::to_error(error)).with("transport `" + wanted.name + "` (" + wanted.where + ")");
    }
    transports_.push_back(*transport);
  }
  return {};
}

Status Daemon::start() {
  Status status = open_store();
  if (status) status = start_node();
  if (status) status = start_transports();
  if (!status) {
    stop();
    return status;
  }
  log::info("Node is up", {{"name", config_.name}, {"version", version()}, {"store", config_.store.plugin}});
  return {};
}

void Daemon::stop() {
  const auto share = config_.shutdown_timeout / 4;
  {
    // Requests have that long to end by themselves; what hangs in a server then is cut off.
    const std::jthread cutter([this, share](const std::stop_token& all_ended) {
      std::mutex mutex;
      std::condition_variable_any never;
      std::unique_lock lock(mutex);
      never.wait_for(lock, all_ended, share, [] { return false; });
      if (!all_ended.stop_requested() && api_) api_->cut_off();
    });
    for (const auto& transport : transports_) transport->stop(share.count());
  }
  transports_.clear();
  if (registry_) registry_->offer_api(nullptr);
  if (node_) node_->stop();
  api_.reset();
  node_.reset();
  store_.reset();
}

}  // namespace sluice::app
