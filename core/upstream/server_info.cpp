#include "core/upstream/server_info.hpp"

#include <algorithm>
#include <cstdlib>
#include <random>

#include "core/upstream/flavor.hpp"

namespace sluice::upstream {
namespace {

// Replica ids are wanted only to stay clear of them, and listing them needs a privilege: failure means none.
std::vector<uint32_t> replica_ids(Connection& connection, const ServerInfo& info) {
  const bool new_words = info.flavor == "mysql" && info.version_number >= 80022;
  Result<Rows> rows = connection.query(new_words ? "SHOW REPLICAS" : "SHOW SLAVE HOSTS");
  std::vector<uint32_t> out;
  if (!rows) return out;
  for (const auto& row : rows->rows) {
    if (!row.empty() && row[0]) out.push_back(static_cast<uint32_t>(std::strtoul(row[0]->c_str(), nullptr, 10)));
  }
  return out;
}

Result<std::string> offset_of_session(Connection& connection) {
  Result<Rows> rows = connection.query("SELECT TIMESTAMPDIFF(MINUTE, UTC_TIMESTAMP(), NOW()) AS m");
  if (!rows) return rows.status();
  const long minutes = std::strtol(rows->get(0, "m").c_str(), nullptr, 10);
  const long size = std::labs(minutes);
  const auto two = [](long n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  return (minutes < 0 ? "-" : "+") + two(size / 60) + ":" + two(size % 60);
}

// 1 for SHOW's and SELECT's ways of writing an on.
bool is_on(const std::string& value) { return value == "ON" || value == "1" || value == "on"; }

// binlog_expire_logs_seconds (MySQL 8, MariaDB 10.6) goes before expire_logs_days, which older servers have alone.
template <typename Get, typename Number>
void fill_expire(ServerInfo& info, const Get& get, const Number& number) {
  const uint64_t seconds = number("binlog_expire_logs_seconds");
  const auto days = std::strtod(get("expire_logs_days").c_str(), nullptr);
  const bool has_seconds = !get("binlog_expire_logs_seconds").empty();
  if (!has_seconds && get("expire_logs_days").empty()) return;
  info.binlog_expire_variable = has_seconds ? "binlog_expire_logs_seconds" : "expire_logs_days";
  info.binlog_expire = seconds > 0 ? seconds : static_cast<uint64_t>(days * 86400);
  if (get("binlog_expire_logs_auto_purge") == "OFF") info.binlog_expire = 0;
}

void fill_from_variables(const Rows& rows, ServerInfo& info) {
  const auto get = [&rows](std::string_view name) -> std::string {
    for (const auto& row : rows.rows) {
      if (row.size() == 2 && row[0] && *row[0] == name) return row[1].value_or("");
    }
    return "";
  };
  const auto number = [&get](std::string_view name) { return std::strtoull(get(name).c_str(), nullptr, 10); };
  info.version = get("version");
  info.version_comment = get("version_comment");
  info.server_id = static_cast<uint32_t>(number("server_id"));
  info.server_uuid = get("server_uuid");
  info.log_bin = is_on(get("log_bin"));
  info.binlog_format = get("binlog_format");
  info.binlog_row_image = get("binlog_row_image");
  info.binlog_checksum = get("binlog_checksum");
  info.gtid_mode = get("gtid_mode");
  info.enforce_gtid_consistency = get("enforce_gtid_consistency");
  info.lower_case_table_names = static_cast<int>(number("lower_case_table_names"));
  info.sql_mode = get("sql_mode");
  info.max_connections = static_cast<uint32_t>(number("max_connections"));
  info.max_allowed_packet = number("max_allowed_packet");
  info.binlog_row_value_options = get("binlog_row_value_options");
  fill_expire(info, get, number);
  // MariaDB has no uuid for replication. Servers of one topology differ in server_id; server_uid (11.x) tells more.
  info.identity =
      !info.server_uuid.empty() ? info.server_uuid : "server-id " + std::to_string(info.server_id) + get("server_uid");
}

}  // namespace

Result<ServerInfo> server_variables(Connection& connection) {
  Result<Rows> rows = connection.query(
      "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('version','version_comment','server_id','server_uuid',"
      "'server_uid','log_bin','binlog_format','binlog_row_image','binlog_checksum','gtid_mode',"
      "'enforce_gtid_consistency','lower_case_table_names','sql_mode','max_connections','max_allowed_packet','binlog_"
      "row_value_options',"
      "'binlog_expire_logs_seconds','expire_logs_days','binlog_expire_logs_auto_purge')");
  if (!rows) return rows.status();
  ServerInfo info;
  fill_from_variables(*rows, info);
  const Flavor flavor = parse_version(info.version, info.version_comment);
  info.flavor = flavor.name;
  info.version_number = flavor.version;
  if (info.mariadb()) info.gtid_mode = "ON";
  return info;
}

Result<ServerInfo> server_info(Connection& connection) {
  Result<ServerInfo> info = server_variables(connection);
  if (!info) return info;
  Result<std::string> zone = offset_of_session(connection);
  if (!zone) return zone.status();
  info->time_zone = *zone;
  info->replica_server_ids = replica_ids(connection, *info);
  return info;
}

Result<ConnectionCounts> connection_counts(Connection& connection) {
  Result<Rows> threads = connection.query("SHOW GLOBAL STATUS LIKE 'Threads_connected'");
  if (!threads) return threads.status();
  // The value of a session is the account's own limit, else the limit for all accounts.
  Result<Rows> limit = connection.query("SELECT @@SESSION.max_user_connections AS n");
  if (!limit) return limit.status();
  const auto number = [](const std::string& text) { return std::strtoull(text.c_str(), nullptr, 10); };
  return ConnectionCounts{number(threads->get(0, "Value")), number(limit->get(0, "n"))};
}

Result<ServerInfo> probe(const model::Endpoint& endpoint, const Canceller& canceller) {
  Result<Connection> connection = Connection::open(endpoint, {}, canceller);
  if (!connection) return connection.status();
  return server_info(*connection);
}

Result<uint32_t> draw_server_id(const ServerInfo& info, std::span<const uint32_t> taken) {
  std::random_device random;
  // Small numbers are what people give their servers.
  std::uniform_int_distribution<uint32_t> draw(1U << 24, (1U << 31) - 1);
  const auto& replicas = info.replica_server_ids;
  for (int i = 0; i < 1000; ++i) {
    const uint32_t id = draw(random);
    if (id == info.server_id || std::find(taken.begin(), taken.end(), id) != taken.end() ||
        std::find(replicas.begin(), replicas.end(), id) != replicas.end()) {
      continue;
    }
    return id;
  }
  return make_error(10005, "found no free server id");
}

}  // namespace sluice::upstream
