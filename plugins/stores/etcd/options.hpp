#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "sluice/plugin/config.hpp"

namespace sluice::etcd_store {

/// The settings of one instance, checked. Addresses are complete: scheme, host, port.
struct Options {
  std::vector<std::string> endpoints;  ///< "http://127.0.0.1:2379", at least one, all of one scheme
  std::string prefix;                  ///< in front of every key in etcd; "" = none
  std::string user, password;
  std::string ssl_ca, ssl_cert, ssl_key;
  std::chrono::milliseconds connect_timeout{};
  std::chrono::milliseconds timeout{};        ///< for one answer of one member
  std::chrono::milliseconds compact_every{};  ///< 0 = never

  bool tls() const { return endpoints.front().starts_with("https://"); }

  static std::vector<plugin::Setting> settings();
  /// Throws a Failure that names the setting.
  static Options from(const plugin::Config& config);
};

}  // namespace sluice::etcd_store
