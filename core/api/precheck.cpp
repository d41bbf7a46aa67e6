#include "core/api/precheck.hpp"

#include <algorithm>

#include "core/upstream/server_info.hpp"

namespace sluice::api {
namespace {

bool is_ignored(const model::Task& task, const std::string& item) {
  const auto& items = task.ignore_checking_items;
  return std::any_of(items.begin(), items.end(), [&](const std::string& i) { return i == "all" || i == item; });
}

class Findings {
 public:
  Findings(const model::Task& task, const model::Source& source) : task_(task), source_(source) {}
  void add(const char* item, bool fails, const std::string& what, const std::string& remedy) {
    if (!is_ignored(task_, item)) all_.push_back({item, source_.name, fails, what, remedy});
  }
  std::vector<Finding> take() { return std::move(all_); }

 private:
  const model::Task& task_;
  const model::Source& source_;
  std::vector<Finding> all_;
};

void check_version(const upstream::ServerInfo& info, Findings& out) {
  const bool old = info.mariadb() ? info.version_number < 100102 : info.version_number < 50600;
  const bool fresh = !info.mariadb() && info.version_number >= 80500;
  if (info.flavor == "tidb" || old || fresh) {
    out.add("version", false, "version " + info.version + " of the source is not tested",
            "MySQL 5.6 to 8.4 and MariaDB from 10.1.2 on are.");
  }
  if (info.server_id == 0)
    out.add("server_id", false, "server_id is 0", "Set server_id in the server's configuration to a unique number.");
}

void check_binlog(const upstream::ServerInfo& info, Findings& out) {
  if (!info.log_bin) {
    out.add("binlog_enable", true, "log_bin is OFF, and should be ON",
            "Add log-bin=mysql-bin to the server's configuration and restart it.");
    return;
  }
  if (info.binlog_format != "ROW") {
    out.add("binlog_format", true, "binlog_format is " + info.binlog_format + ", and should be ROW",
            "SET GLOBAL binlog_format = 'ROW'; then reconnect every client, and set it in the server's configuration.");
  }
  if (!info.binlog_row_image.empty() && info.binlog_row_image != "FULL") {
    out.add(
        "binlog_row_image", true, "binlog_row_image is " + info.binlog_row_image + ", and should be FULL",
        "SET GLOBAL binlog_row_image = 'FULL'; then reconnect every client, and set it in the server's configuration.");
  }
}

void check_replication(const upstream::Grants& grants, const model::Source& source, Findings& out) {
  std::string missing;
  if (!grants.global("REPLICATION SLAVE")) missing = "REPLICATION SLAVE";
  if (!grants.global("REPLICATION CLIENT") && !grants.global("SUPER")) {
    missing += std::string(missing.empty() ? "" : ", ") + "REPLICATION CLIENT";
  }
  if (missing.empty()) return;
  out.add("replication_privilege", true, "user " + source.endpoint.user + " lacks the privilege(s) " + missing,
          "GRANT " + missing + " ON *.* TO '" + source.endpoint.user + "'@'%';");
}

bool is_plain(const std::string& pattern) {
  return !pattern.empty() && pattern.find_first_of("*?[~") == std::string::npos;
}

/// The first of the task's rules on this source that the user cannot read, "" = none. Patterns are satisfied by any
/// SELECT privilege: which tables they select is seen when the dump begins.
std::string unreadable(const model::Task& task, const model::Source& source, const upstream::Grants& grants) {
  if (grants.global("SELECT")) return {};
  bool any_rule = task.has_list(source.name);
  for (const auto& rule : task.table_migrate_rule) {
    if (rule.source_name != source.name || task.has_list(source.name)) continue;
    any_rule = true;
    const std::string table = is_plain(rule.table) ? rule.table : "*";
    if (is_plain(rule.schema) && !grants.on_table("SELECT", rule.schema, table)) {
      return upstream::quote_name(rule.schema) + "." + (table == "*" ? "*" : upstream::quote_name(table));
    }
  }
  const bool any_select = std::any_of(grants.entries.begin(), grants.entries.end(), [](const auto& entry) {
    return std::any_of(entry.privileges.begin(), entry.privileges.end(),
                       [](const std::string& p) { return p == "SELECT" || p == "ALL PRIVILEGES" || p == "ALL"; });
  });
  return any_rule && any_select ? std::string() : "*.*";
}

void check_dump(const model::Task& task, const model::Source& source, const upstream::Grants& grants, Findings& out) {
  const std::string& user = source.endpoint.user;
  if (const std::string what = unreadable(task, source, grants); !what.empty()) {
    out.add("dump_privilege", true, "user " + user + " lacks the privilege SELECT on " + what,
            "GRANT SELECT ON " + what + " TO '" + user + "'@'%';");
  }
  const std::string consistency = task.full_migrate_conf ? task.full_migrate_conf->consistency : "auto";
  const bool flushes = consistency == "auto" || consistency == "flush";
  if (flushes && !grants.global("RELOAD") && !grants.global("FLUSH_TABLES")) {
    out.add("dump_privilege", true,
            "user " + user + " lacks the privilege RELOAD, which consistency " + consistency + " needs",
            "GRANT RELOAD ON *.* TO '" + user + "'@'%'; or choose full_migrate_conf.consistency none.");
  }
  if (consistency == "lock" && !grants.global("LOCK TABLES")) {
    out.add("dump_privilege", true, "user " + user + " lacks the privilege LOCK TABLES, which consistency lock needs",
            "GRANT LOCK TABLES ON *.* TO '" + user + "'@'%';");
  }
}

std::string text_of(const Finding& finding) {
  return "source " + finding.source + ": " + finding.item + ": " + finding.what + ". " + finding.remedy;
}

/// A source without any rule, while others have one, migrates everything: that may be meant, but is said.
void warn_about_rules(const model::Task& task, std::string& warnings) {
  if (task.table_migrate_rule.empty()) return;
  for (const auto& conf : task.source_conf) {
    const bool has_rule = std::any_of(task.table_migrate_rule.begin(), task.table_migrate_rule.end(),
                                      [&](const auto& rule) { return rule.source_name == conf.source_name; });
    if (!has_rule && !conf.block_allow_list)
      warnings += "source " + conf.source_name + " has no rule in table_migrate_rule: all its tables are migrated. ";
  }
}

}  // namespace

std::vector<Finding> inspect_source(const model::Task& task, const model::Source& source, const Inspection& seen) {
  Findings out(task, source);
  check_version(*seen.info, out);
  if (task.syncs()) {
    check_binlog(*seen.info, out);
    check_replication(*seen.grants, source, out);
  }
  if (task.dumps()) check_dump(task, source, *seen.grants, out);
  return out.take();
}

Result<std::string> precheck(const model::Task& task, const std::vector<model::Source>& sources,
                             const Servers& servers) {
  std::string failures;
  std::string warnings;
  size_t failed = 0;
  for (const auto& source : sources) {
    if (is_ignored(task, "all")) continue;
    auto seen = servers.inspect(source.endpoint);
    if (!seen.ok()) {
      Error error = make_error(26002, "cannot connect to source " + source.name + " for the pre-check",
                               seen.error().message, seen.error().workaround);
      error.source = source.name;
      error.native = seen.error().native;
      return error;
    }
    for (const Finding& finding : inspect_source(task, source, *seen)) {
      (finding.fails ? failures : warnings) += text_of(finding) + " ";
      failed += finding.fails;
    }
  }
  if (failed > 0) {
    return make_error(26005, "pre-check failed, " + std::to_string(failed) + " item(s): " + failures, {},
                      "Correct these, or name the items in ignore_checking_items.");
  }
  if (is_ignored(task, "all")) return std::string();
  warn_about_rules(task, warnings);
  return "pre-check is passed. " + warnings;
}

}  // namespace sluice::api
