#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "sluice/plugin/config.hpp"

namespace sluice::http {

/// The settings of one listener.
struct Options {
  std::string listen;
  std::string dialect;
  std::string base_path;
  std::string swagger_ui;
  uint64_t max_body = 0;
  int64_t max_header = 0;
  int64_t max_connections = 0;
  int64_t threads = 0;
  bool keep_alive = true;
  std::chrono::milliseconds keep_alive_timeout{};
  std::chrono::milliseconds header_timeout{};
  std::chrono::milliseconds body_timeout{};
  std::chrono::milliseconds write_timeout{};
  std::string ssl_ca;
  std::string ssl_cert;
  std::string ssl_key;
  std::vector<std::string> cert_allowed_cn;

  bool tls() const { return !ssl_cert.empty(); }
  static std::vector<plugin::Setting> settings();
  /// Throws Failure when settings contradict each other.
  static Options from(const plugin::Config& config);
};

}  // namespace sluice::http
