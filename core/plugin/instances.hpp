#pragma once

#include <chrono>
#include <string>

namespace sluice::plugin {

/// A living instance of a plugin.
struct InstanceInfo {
  std::string kind;
  std::string plugin;  ///< the plugin's id
  std::string name;    ///< the instance's own name, e.g. "shop/mysql-01"; two instances may share one
  std::chrono::system_clock::time_point created;
};

}  // namespace sluice::plugin
