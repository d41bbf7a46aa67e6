#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "sluice/plugin/config.hpp"

namespace sluice::mysql {

/// TLS to the target; PEM contents, not file names.
struct Security {
  std::string ca;
  std::string cert;
  std::string key;
  std::vector<std::string> allowed_cn;  ///< empty = any
  bool enabled() const { return !ca.empty() || !cert.empty() || !key.empty(); }
};

/// The configuration of one target.
struct Settings {
  std::string host;
  uint16_t port = 3306;
  std::string user;
  std::string password;
  std::string socket;
  Security security;
  std::string task;
  std::string source;
  std::string meta_schema;
  std::string sql_mode;                                      ///< "" = this sink's own minimum
  std::vector<std::pair<std::string, std::string>> session;  ///< variable, literal
  bool foreign_key_checks = false;
  std::chrono::seconds connect_timeout{10};
  std::chrono::seconds read_timeout{300};
  uint64_t max_rows = 1000;          ///< rows in one statement
  uint64_t max_statement_bytes = 0;  ///< 0 = as the target allows, at most 1 MiB
};

std::vector<plugin::Setting> declared_settings();
/// Throws Failure that names the wrong setting.
Settings read_settings(const plugin::Config& config);

}  // namespace sluice::mysql
