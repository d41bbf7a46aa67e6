#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/model/error.hpp"
#include "core/model/source.hpp"
#include "core/upstream/connection.hpp"

namespace sluice::upstream {

/// What a source server says about itself. Texts are as the server writes them; "" when it has no such variable.
struct ServerInfo {
  std::string version;  ///< "8.0.36-log"
  std::string version_comment;
  std::string flavor;           ///< "mysql", "mariadb" or "tidb"
  uint32_t version_number = 0;  ///< 80036 for 8.0.36; TiDB: of the TiDB release
  uint32_t server_id = 0;
  std::string server_uuid;  ///< MySQL only
  /// Tells two servers apart: server_uuid, else (MariaDB) server id with host name, port and data directory.
  std::string identity;
  bool log_bin = false;
  std::string binlog_format;     ///< ROW, STATEMENT, MIXED
  std::string binlog_row_image;  ///< FULL, MINIMAL, NOBLOB; "" before 5.6.2 (then as FULL)
  std::string binlog_checksum;   ///< CRC32, NONE
  std::string gtid_mode;         ///< ON, OFF, ...; "ON" for MariaDB
  std::string enforce_gtid_consistency;
  int lower_case_table_names = 0;
  std::string time_zone;  ///< of a new session, as an offset: "+08:00"; SYSTEM and named zones are resolved as of now
  std::string sql_mode;   ///< global
  uint32_t max_connections = 0;
  uint64_t max_allowed_packet = 0;
  std::string binlog_row_value_options;      ///< MySQL 8: PARTIAL_JSON or ""
  std::optional<uint64_t> binlog_expire;     ///< seconds that binlog files are kept; 0 = for ever
  std::string binlog_expire_variable;        ///< the variable that says so
  std::vector<uint32_t> replica_server_ids;  ///< SHOW SLAVE HOSTS / REPLICAS; empty without the privilege

  bool mariadb() const { return flavor == "mariadb"; }
  bool gtid_on() const { return gtid_mode == "ON"; }
};

/// Connections of a server, as they are now.
struct ConnectionCounts {
  uint64_t in_use = 0;         ///< Threads_connected, the asking session included
  uint64_t account_limit = 0;  ///< MAX_USER_CONNECTIONS of the account, or the server's for all; 0 = none
};
Result<ConnectionCounts> connection_counts(Connection& connection);

/// Where the binlog stands.
struct BinlogStatus {
  std::string file;  ///< "" when the binlog is off
  uint64_t pos = 0;
  std::string executed_gtid_set;  ///< gtid_executed; MariaDB: gtid_binlog_pos
  std::string binlog_do_db;
  std::string binlog_ignore_db;
};

struct BinlogFile {
  std::string name;
  uint64_t size = 0;
};

/// Opens a connection, asks, closes.
Result<ServerInfo> probe(const model::Endpoint& endpoint, const Canceller& canceller = {});
Result<ServerInfo> server_info(Connection& connection);
/// The same by one query: without time zone and replicas.
Result<ServerInfo> server_variables(Connection& connection);
/// E10005 with native 1227 when the privilege is missing; `file` is "" when the binlog is off.
Result<BinlogStatus> binlog_status(Connection& connection);
/// SHOW BINARY LOGS, oldest first.
Result<std::vector<BinlogFile>> binlog_files(Connection& connection);
/// gtid_purged; MariaDB: "" (its servers do not keep one).
Result<std::string> purged_gtid_set(Connection& connection);

/// A random server id for our replication connections: not the server's own, none of its replicas', none of `taken`.
Result<uint32_t> draw_server_id(const ServerInfo& info, std::span<const uint32_t> taken = {});

/// All schemas, system schemas included.
Result<std::vector<std::string>> list_schemas(Connection& connection);

struct TableName {
  std::string schema;
  std::string table;
  friend bool operator==(const TableName&, const TableName&) = default;
  friend auto operator<=>(const TableName&, const TableName&) = default;
};
/// Base tables of a schema; no views, no sequences.
Result<std::vector<std::string>> list_tables(Connection& connection, const std::string& schema);
/// Base tables of all schemas except the system ones (is_system_schema).
Result<std::vector<TableName>> list_all_tables(Connection& connection);
/// mysql, information_schema, performance_schema, sys and the like; any letter case.
bool is_system_schema(std::string_view schema);
/// The text of SHOW CREATE TABLE; E10005 with native 1146 when there is no such table.
Result<std::string> show_create_table(Connection& connection, const std::string& schema, const std::string& table);

/// What SHOW GRANTS says, taken apart.
struct Grants {
  struct Entry {
    std::string schema;                   ///< "*" or a name (may hold the wildcards % and _)
    std::string table;                    ///< "*" or a name
    std::vector<std::string> privileges;  ///< upper case: "SELECT", "REPLICATION SLAVE", "ALL PRIVILEGES"
  };
  std::vector<std::string> lines;
  std::vector<Entry> entries;
  std::string account;  ///< 'user'@'host' as GRANT takes it; "" when it was not asked for

  /// Granted on *.*, directly or as part of ALL; synonyms count (BINLOG MONITOR = REPLICATION CLIENT ...).
  bool global(std::string_view privilege) const;
  /// Granted globally, on the schema, or on the table.
  bool on_table(std::string_view privilege, std::string_view schema, std::string_view table) const;
};
Result<Grants> grants(Connection& connection);
/// The pure part of grants(), for tests.
Grants parse_grants(std::vector<std::string> lines);

}  // namespace sluice::upstream
