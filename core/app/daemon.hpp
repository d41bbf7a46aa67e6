#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "core/app/config.hpp"
#include "core/model/error.hpp"
#include "sluice/abi/host.h"

namespace sluice::host {
class Store;
class Transport;
}  // namespace sluice::host
namespace sluice::plugin {
class Registry;
class SecretBox;
}  // namespace sluice::plugin
namespace sluice::cluster {
class Node;
}
namespace sluice::api {
class Api;
}

namespace sluice::app {

const char* version();

/// A running node: plugins, store, node, API, transports, in this order; taken down in the reverse one, so that no
/// request meets a half-stopped node and every task can still write its checkpoint. One thread.
class Daemon {
 public:
  explicit Daemon(Config config);
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;
  /// Stops.
  ~Daemon();

  /// Loads the plugins and checks the configuration against them. A library that cannot be loaded is logged, and is a
  /// mistake only when the configuration needs it.
  std::vector<Mistake> load_plugins();
  /// After load_plugins. What has been started is taken down again on failure.
  Status start();
  /// Transports first, then the tasks at a checkpoint, then the store.
  void stop();

  plugin::Registry& plugins() { return *registry_; }
  const Config& config() const { return config_; }

 private:
  Status open_store();
  Status start_node();
  Status start_transports();

  Config config_;
  std::shared_ptr<plugin::SecretBox> secrets_;
  std::unique_ptr<plugin::Registry> registry_;
  std::shared_ptr<host::Store> store_;
  std::unique_ptr<cluster::Node> node_;
  std::unique_ptr<api::Api> api_;
  std::vector<std::shared_ptr<host::Transport>> transports_;
};

}  // namespace sluice::app
