#include "core/precheck/server_checks.hpp"

#include <strings.h>

#include <algorithm>
#include <set>

namespace sluice::precheck {
namespace {

constexpr uint64_t kShortRetention = 86400;  // a pause over night

std::string in_configuration(const std::string& line) {
  return "Then reconnect every client, and put " + line + " into the server's configuration.";
}

void check_version(const Subject& s, Findings& out) {
  const upstream::ServerInfo& info = s.facts.info;
  if (!out.begin("version", s.source.name)) return;
  const bool old = info.mariadb() ? info.version_number < 100102 : info.version_number < 50600;
  const bool young = !info.mariadb() && info.version_number >= 80500;
  if (info.flavor != "tidb" && !old && !young) return;
  out.add("version", s.source.name,
          {State::Warn, info.version, "version " + info.version + " of the source is not tested",
           "MySQL 5.6 to 8.4 and MariaDB from 10.1.2 on are."});
}

void check_server_id(const Subject& s, Findings& out) {
  if (!out.begin("server_id", s.source.name) || s.facts.info.server_id != 0) return;
  out.add("server_id", s.source.name,
          {State::Warn, "server_id", "server_id is 0",
           "Set server_id to a number that no other server of the topology has, here and in the server's "
           "configuration: SET GLOBAL server_id = 1;"});
}

void check_log_bin(const Subject& s, Findings& out) {
  if (!out.begin("binlog_enable", s.source.name) || s.facts.info.log_bin) return;
  out.add("binlog_enable", s.source.name,
          {State::Fail, "log_bin", "log_bin is OFF, and should be ON",
           "Add log-bin=mysql-bin to the server's configuration and restart it."});
}

void check_format(const Subject& s, Findings& out) {
  const std::string& format = s.facts.info.binlog_format;
  if (!out.begin("binlog_format", s.source.name) || format == "ROW") return;
  out.add("binlog_format", s.source.name,
          {State::Fail, "binlog_format", "binlog_format is " + format + ", and should be ROW",
           in_configuration("binlog_format=ROW") + " SET GLOBAL binlog_format = 'ROW';"});
}

void check_image(const Subject& s, Findings& out) {
  const upstream::ServerInfo& info = s.facts.info;
  if (!out.begin("binlog_row_image", s.source.name)) return;
  if (!info.binlog_row_image.empty() && info.binlog_row_image != "FULL") {
    out.add("binlog_row_image", s.source.name,
            {State::Fail, "binlog_row_image", "binlog_row_image is " + info.binlog_row_image + ", and should be FULL",
             in_configuration("binlog_row_image=FULL") + " SET GLOBAL binlog_row_image = 'FULL';"});
  }
  if (!info.binlog_row_value_options.empty()) {
    out.add("binlog_row_image", s.source.name,
            {State::Fail, "binlog_row_value_options",
             "binlog_row_value_options is " + info.binlog_row_value_options +
                 ", and should be empty: updates of JSON columns are logged in parts",
             in_configuration("binlog_row_value_options=''") + " SET GLOBAL binlog_row_value_options = '';"});
  }
}

std::set<std::string> split(const std::string& list, bool fold) {
  std::set<std::string> out;
  for (size_t at = 0; at <= list.size();) {
    const size_t end = std::min(list.find(',', at), list.size());
    std::string name = list.substr(at, end - at);
    if (fold) std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    if (!name.empty()) out.insert(std::move(name));
    at = end + 1;
  }
  return out;
}

void check_binlog_db(const Subject& s, Findings& out) {
  if (!out.begin("binlog_db", s.source.name)) return;
  if (!s.facts.binlog) {
    out.add("binlog_db", s.source.name,
            {State::Warn, "",
             "binlog-do-db and binlog-ignore-db cannot be read without the privilege to monitor the binlog",
             "See replication_privilege."});
    return;
  }
  const bool fold = !s.source.case_sensitive;
  const auto does = split(s.facts.binlog->binlog_do_db, fold);
  const auto ignores = split(s.facts.binlog->binlog_ignore_db, fold);
  std::set<std::string> schemas;
  for (const auto& table : s.selected) schemas.merge(split(table.schema, fold));
  for (const std::string& schema : schemas) {
    const bool hidden = does.empty() ? ignores.contains(schema) : !does.contains(schema);
    if (!hidden) continue;
    const std::string option = does.empty() ? "binlog-ignore-db" : "binlog-do-db";
    out.add("binlog_db", s.source.name,
            {State::Fail, schema, "changes of the schema " + schema + " are not in the binlog because of " + option,
             does.empty() ? "Remove binlog-ignore-db=" + schema + " from the server's configuration and restart it."
                          : "Add binlog-do-db=" + schema +
                                " to the server's configuration, or remove all binlog-do-db, and restart it."});
  }
}

void check_retention(const Subject& s, Findings& out) {
  const upstream::ServerInfo& info = s.facts.info;
  if (!out.begin("binlog_retention", s.source.name)) return;
  if (!info.binlog_expire || *info.binlog_expire == 0 || *info.binlog_expire >= kShortRetention) return;
  const bool days = info.binlog_expire_variable == "expire_logs_days";
  out.add("binlog_retention", s.source.name,
          {State::Warn, info.binlog_expire_variable,
           "the source removes its binlog files after " + std::to_string(*info.binlog_expire) +
               " s: a pause or a full copy that takes longer cannot go on",
           "SET GLOBAL " + info.binlog_expire_variable + " = " + (days ? "7" : "604800") + ";"});
}

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() > end.size() && text.substr(text.size() - end.size()) == end;
}

/// The tables that `name` may be a ghost or trash table of: both tools' ways, and pt-osc's with more underscores.
std::vector<std::string> real_names(std::string_view name, std::initializer_list<const char*> suffixes) {
  std::vector<std::string> out;
  for (const std::string_view suffix : suffixes) {
    if (!name.starts_with("_") || !ends_with(name, suffix)) continue;
    std::string_view body = name.substr(0, name.size() - suffix.size());
    while (body.size() > 1 && body.front() == '_') {
      body.remove_prefix(1);
      out.emplace_back(body);
    }
  }
  return out;
}

}  // namespace

void check_server(const Subject& s, Findings& out) {
  check_version(s, out);
  check_server_id(s, out);
  if (!s.task.syncs()) return;
  check_log_bin(s, out);
  if (!s.facts.info.log_bin) return;
  check_format(s, out);
  check_image(s, out);
  check_binlog_db(s, out);
  check_retention(s, out);
}

void check_online_ddl(const Subject& s, Findings& out) {
  if (!s.task.syncs() || !s.task.enhance_online_schema_change || !s.fresh) return;
  if (!out.begin("online_ddl", s.source.name)) return;
  const std::set<upstream::TableName> selected(s.selected.begin(), s.selected.end());
  const auto real_of = [&](const upstream::TableName& table, std::initializer_list<const char*> suffixes) {
    for (const std::string& real : real_names(table.table, suffixes)) {
      if (selected.contains({table.schema, real})) return real;
    }
    return std::string();
  };
  for (const auto& table : s.facts.tables) {
    const std::string name = upstream::quote_name(table.schema) + "." + upstream::quote_name(table.table);
    if (const std::string real = real_of(table, {"_gho", "_new"}); !real.empty()) {
      out.add("online_ddl", s.source.name,
              {State::Fail, table.schema + "." + table.table,
               name + " looks like the ghost table of an online schema change of " + real + " that is under way",
               "Wait until it is done. If it was given up: DROP TABLE " + name + ";"});
    } else if (const std::string old = real_of(table, {"_ghc", "_del", "_old"}); !old.empty()) {
      out.add(
          "online_ddl", s.source.name,
          {State::Warn, table.schema + "." + table.table,
           name + " looks like what an online schema change of " + old + " left behind: its changes are not replicated",
           "If nobody needs it: DROP TABLE " + name + ";"});
    }
  }
}

void check_connections(const Subject& s, Findings& out) {
  if (!out.begin("conn_number", s.source.name)) return;
  const int threads = s.task.full_migrate_conf ? s.task.full_migrate_conf->export_threads : 4;
  constexpr uint64_t kSync = 3;  // stream, monitor, structures
  const uint64_t needed =
      std::max(s.dumps() ? static_cast<uint64_t>(std::max(threads, 1)) + 2 : 0, s.task.syncs() ? kSync : 0);
  const uint64_t limit = s.facts.info.max_connections;
  const uint64_t used = s.facts.connections.in_use > 0 ? s.facts.connections.in_use - 1 : 0;  // not the one that asks
  const uint64_t account = s.facts.connections.account_limit;
  const std::string what = "the task needs " + std::to_string(needed) + " connections to the source, ";
  if (limit > 0 && needed > limit) {
    out.add("conn_number", s.source.name,
            {State::Fail, "max_connections", what + "and max_connections is " + std::to_string(limit),
             "SET GLOBAL max_connections = " + std::to_string(needed + used + 20) + ";"});
  } else if (limit > 0 && needed + used > limit) {
    out.add("conn_number", s.source.name,
            {State::Warn, "max_connections",
             what + "and " + std::to_string(used) + " of max_connections " + std::to_string(limit) + " are in use",
             "SET GLOBAL max_connections = " + std::to_string(needed + used + 20) + ";"});
  }
  if (account == 0 || needed <= account) return;
  const bool alter = s.facts.info.flavor == "mysql" && s.facts.info.version_number >= 50706;
  const std::string mend = " WITH MAX_USER_CONNECTIONS " + std::to_string(needed + 5) + ";";
  out.add(
      "conn_number", s.source.name,
      {State::Fail, s.facts.grants.account,
       what + "and the account " + s.facts.grants.account + " may open " + std::to_string(account),
       (alter ? "ALTER USER " + s.facts.grants.account : "GRANT USAGE ON *.* TO " + s.facts.grants.account) + mend});
}

uint32_t target_connections(const model::Task& task) {
  const int load = task.full_migrate_conf ? task.full_migrate_conf->import_threads : 16;
  const int sync = task.incr_migrate_conf ? task.incr_migrate_conf->repl_threads : 16;
  const int most = std::max(task.loads() ? std::max(load, 1) + 1 : 0, task.syncs() ? std::max(sync, 1) + 1 : 0);
  return static_cast<uint32_t>(most) * static_cast<uint32_t>(std::max<size_t>(task.source_conf.size(), 1));
}

}  // namespace sluice::precheck
