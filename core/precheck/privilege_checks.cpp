#include <algorithm>
#include <map>
#include <set>

#include "core/precheck/server_checks.hpp"
#include "core/upstream/connection.hpp"

namespace sluice::precheck {
namespace {

using upstream::quote_name;

std::string account_of(const Subject& s) {
  return s.facts.grants.account.empty() ? "'" + s.source.endpoint.user + "'@'%'" : s.facts.grants.account;
}

/// The name that GRANT takes on this server and SHOW GRANTS shows.
std::string monitor_privilege(const upstream::ServerInfo& info) {
  return info.mariadb() && info.version_number >= 100502 ? "BINLOG MONITOR" : "REPLICATION CLIENT";
}

/// A whole schema as GRANT takes it, where _ and % stand for others.
std::string all_of(const std::string& schema) {
  std::string escaped;
  for (const char c : schema) {
    if (c == '_' || c == '%') escaped += '\\';
    escaped += c;
  }
  return quote_name(escaped) + ".*";
}

void lacks(const Subject& s, Findings& out, const char* item, const std::string& privileges, const std::string& on,
           const std::string& why) {
  out.add(item, s.source.name,
          {State::Fail, account_of(s), "user " + account_of(s) + " lacks the privilege(s) " + privileges + why,
           "GRANT " + privileges + " ON " + on + " TO " + account_of(s) + ";"});
}

void check_replication(const Subject& s, Findings& out) {
  if (!out.begin("replication_privilege", s.source.name)) return;
  std::string missing;
  if (!s.facts.grants.global("REPLICATION SLAVE")) missing = "REPLICATION SLAVE";
  if (!s.facts.grants.global("REPLICATION CLIENT")) {
    missing += (missing.empty() ? "" : ", ") + monitor_privilege(s.facts.info);
  }
  if (!missing.empty()) lacks(s, out, "replication_privilege", missing, "*.*", "");
}

bool is_plain(const std::string& pattern) {
  return !pattern.empty() && pattern.find_first_of("*?[~") == std::string::npos;
}

bool selects_anything(const upstream::Grants& grants, const char* privilege) {
  return std::any_of(grants.entries.begin(), grants.entries.end(), [&](const auto& entry) {
    return std::any_of(entry.privileges.begin(), entry.privileges.end(),
                       [&](const std::string& p) { return p == privilege || p == "ALL PRIVILEGES" || p == "ALL"; });
  });
}

/// Where `privilege` is missing: "`s`.`t`", "`s`.*", "*.*". Tables that the user cannot see are known from rules
/// without wildcards only. Up to `singly` tables of a schema are named one by one.
std::set<std::string> without(const Subject& s, const char* privilege, size_t singly) {
  const upstream::Grants& grants = s.facts.grants;
  std::set<std::string> out;
  if (grants.global(privilege)) return out;
  bool any_rule = s.task.has_list(s.source.name);  // then the rules only rename and filter
  for (const auto& rule : s.task.table_migrate_rule) {
    if (rule.source_name != s.source.name || s.task.has_list(s.source.name)) continue;
    any_rule = true;
    if (!is_plain(rule.schema)) continue;
    const bool one = singly > 0 && is_plain(rule.table);  // LOCK TABLES is granted on schemas
    if (grants.on_table(privilege, rule.schema, one ? rule.table : "*")) continue;
    const bool sees_some = std::any_of(s.selected.begin(), s.selected.end(),
                                       [&](const auto& table) { return table.schema == rule.schema; });
    if (one || !sees_some)
      out.insert(one ? quote_name(rule.schema) + "." + quote_name(rule.table) : all_of(rule.schema));
  }
  std::map<std::string, std::vector<std::string>> tables;
  for (const auto& table : s.selected) {
    if (!grants.on_table(privilege, table.schema, table.table)) tables[table.schema].push_back(table.table);
  }
  for (const auto& [schema, names] : tables) {
    if (names.size() > singly) out.insert(all_of(schema));
    for (const auto& name : names) {
      if (names.size() <= singly) out.insert(quote_name(schema) + "." + quote_name(name));
    }
  }
  if (out.empty() && (!any_rule || !selects_anything(grants, privilege))) out.insert("*.*");
  return out;
}

void check_dump(const Subject& s, Findings& out) {
  if (!out.begin("dump_privilege", s.source.name)) return;
  for (const std::string& what : without(s, "SELECT", 3))
    lacks(s, out, "dump_privilege", "SELECT", what, " on " + what);
  const std::string consistency = s.task.full_migrate_conf ? s.task.full_migrate_conf->consistency : "auto";
  const bool flushes = consistency != "none" && consistency != "lock" && s.facts.info.flavor != "tidb";
  if (flushes && !s.facts.grants.global("RELOAD") && !s.facts.grants.global("FLUSH_TABLES")) {
    lacks(s, out, "dump_privilege", "RELOAD", "*.*", ", which consistency " + consistency + " needs");
  }
  if (consistency != "lock") return;
  for (const std::string& what : without(s, "LOCK TABLES", 0)) {
    lacks(s, out, "dump_privilege", "LOCK TABLES", what, " on " + what + ", which consistency lock needs");
  }
}

}  // namespace

void check_privileges(const Subject& s, Findings& out) {
  if (s.task.syncs()) check_replication(s, out);
  if (s.dumps()) check_dump(s, out);
}

}  // namespace sluice::precheck
