#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice::model {

/// TLS material towards a database: PEM contents, not file names (api.md 3.1).
struct Security {
  std::string ssl_ca_content;
  std::string ssl_cert_content;
  std::string ssl_key_content;  ///< secret
  std::vector<std::string> cert_allowed_cn;
  bool has_certificates() const {
    return !ssl_ca_content.empty() || !ssl_cert_content.empty() || !ssl_key_content.empty();
  }
};

/// How to reach a database. The password is clear text here, in memory only.
struct Endpoint {
  std::string host;
  int port = 3306;
  std::string user;
  std::string password;  ///< secret
  std::optional<Security> security;
};

struct Purge {
  int64_t interval = 3600;    ///< seconds
  int64_t expires = 0;        ///< hours, 0 = off
  int64_t remain_space = 15;  ///< GB, 0 = off
};

struct RelayConfig {
  bool enable_relay = false;
  std::string relay_binlog_name;
  std::string relay_binlog_gtid;
  std::string relay_dir;
};

/// A source as the API defines it (api.md 3.4), completed with what was read from the server.
struct Source {
  std::string name;
  Endpoint endpoint;
  bool enable = true;
  bool enable_gtid = false;
  std::string flavor;  ///< "mysql" or "mariadb"; detected when the client left it out
  std::optional<Purge> purge;
  std::optional<RelayConfig> relay_config;
  // Completed on create and update.
  uint32_t server_id = 0;      ///< our ids as replicas of this source derive from it
  bool case_sensitive = true;  ///< lower_case_table_names = 0
};

}  // namespace sluice::model
