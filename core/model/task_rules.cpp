#include <algorithm>
#include <initializer_list>
#include <map>
#include <string_view>

#include "core/model/definitions.hpp"
#include "core/model/security_json.hpp"

namespace sluice::model {
namespace {

bool is_one_of(std::string_view value, std::initializer_list<std::string_view> known) {
  return std::find(known.begin(), known.end(), value) != known.end();
}

Status check_modes(const Task& task) {
  if (task.name.empty()) return make_error(20004, "must specify a unique task name, it is empty");
  if (!is_one_of(task.task_mode, {"all", "full", "incremental", "dump", "load"})) {
    return make_error(20020,
                      "please specify right task-mode, support `full`, `incremental`, `all`, `dump`, `load`, not `" +
                          task.task_mode + "`");
  }
  if (!is_one_of(task.shard_mode, {"", "pessimistic", "optimistic"})) {
    return make_error(20033, "shard mode " + task.shard_mode + " not supported", {},
                      "Use pessimistic or optimistic, or leave it out.");
  }
  if (task.strict_optimistic_shard_mode && task.shard_mode != "optimistic") {
    return make_error(20066, "cannot enable `strict-optimistic-shard-mode` while `shard-mode` is not `optimistic`");
  }
  if (!is_one_of(task.on_duplicate, {"replace", "error", "ignore"})) {
    return make_error(20054, "invalid load on-duplicate '" + task.on_duplicate + "'", {},
                      "Use replace, error or ignore.");
  }
  if (!task.timezone.empty() && !looks_like_time_zone(task.timezone)) {
    return make_error(20008, "invalid timezone " + task.timezone, {},
                      "Use a name of the IANA database such as Asia/Tokyo or an offset from -12:59 to +14:00; SYSTEM "
                      "and Local are refused.");
  }
  if (task.meta_schema.empty()) return make_error(49001, "meta_schema must not be empty");
  return {};
}

Status check_sources(const Task& task) {
  if (task.source_conf.empty()) {
    return make_error(20013, "must specify at least one source: source_config.source_conf is empty or missing");
  }
  std::map<std::string, size_t> seen;
  for (size_t i = 0; i < task.source_conf.size(); ++i) {
    const std::string& name = task.source_conf[i].source_name;
    if (name.empty()) return make_error(40005, "source_conf[" + std::to_string(i) + "].source_name must not be empty");
    const auto [it, fresh] = seen.emplace(name, i);
    if (!fresh) {
      return make_error(20014, "source_conf (" + std::to_string(it->second) + ") and (" + std::to_string(i) +
                                   ") have same source-id (" + name + ")");
    }
  }
  return {};
}

Status check_rules(const Task& task) {
  for (size_t i = 0; i < task.table_migrate_rule.size(); ++i) {
    const TableMigrateRule& rule = task.table_migrate_rule[i];
    const std::string where = "table_migrate_rule[" + std::to_string(i) + "]";
    for (const auto& name : rule.binlog_filter_rule) {
      if (!task.binlog_filter_rule.contains(name)) return make_error(49001, "filter rule name " + name + " not found.");
    }
    const auto known = [&](const SourceConf& conf) { return conf.source_name == rule.source_name; };
    if (std::any_of(task.source_conf.begin(), task.source_conf.end(), known)) continue;
    std::string names;
    for (const auto& conf : task.source_conf) names += (names.empty() ? "" : ", ") + conf.source_name;
    Error error = make_error(
        20031, "source " + rule.source_name + " in " + where + " not found in source_conf, which has: " + names, {},
        "Correct source.source_name of the rule, or add the source to source_config.source_conf.");
    error.rule = where;
    return error;
  }
  return {};
}

Status check_block_allow_lists(const Task& task) {
  for (const auto& [name, list] : task.block_allow_list) {
    const std::string where = "block_allow_list." + name;
    if (name.empty()) return make_error(20044, "block_allow_list has a list without a name");
    for (const auto* dbs : {&list.do_dbs, &list.ignore_dbs}) {
      if (std::find(dbs->begin(), dbs->end(), "") == dbs->end()) continue;
      return make_error(20044, where + ": a name in do_dbs and ignore_dbs must not be empty", {},
                        "Use * for every schema.");
    }
    for (const auto* tables : {&list.do_tables, &list.ignore_tables}) {
      for (const auto& table : *tables) {
        if (!table.schema.empty() && !table.table.empty()) continue;
        return make_error(20044, where + ": schema and table of do_tables and ignore_tables must not be empty", {},
                          "Use table * for every table of a schema, or name the schema in do_dbs or ignore_dbs.");
      }
    }
  }
  for (const auto& conf : task.source_conf) {
    if (!conf.block_allow_list || conf.block_allow_list->empty()) continue;
    if (task.block_allow_list.contains(*conf.block_allow_list)) continue;
    return make_error(20026,
                      "source_conf of source " + conf.source_name + ": list " + *conf.block_allow_list +
                          " does not exist in block_allow_list",
                      {}, "Define it in block_allow_list of the task, or correct the name.");
  }
  return {};
}

Status check_filter_actions(const Task& task) {
  for (const auto& [name, rule] : task.binlog_filter_rule) {
    const std::string where = "binlog_filter_rule." + name;
    if (!is_one_of(rule.action, {"Do", "Ignore"})) {
      return make_error(20037, where + ".action must be Do or Ignore, not " + rule.action);
    }
    const auto names_one = [](const std::string& event) { return !event.empty(); };
    if (rule.action == "Do" && std::none_of(rule.ignore_event.begin(), rule.ignore_event.end(), names_one)) {
      return make_error(20037, where + ": action Do without an event would ignore everything", {},
                        "Name what is to be done in ignore_event, such as \"all dml\"; ignore_sql narrows it further.");
    }
  }
  return {};
}

/// One rule is for one kind of change, as in DM; what the expressions say, the plugin judges.
Status check_expression_rule(const std::string& name, const ExpressionFilterRule& rule) {
  for (const auto& [member, value] : {std::pair("schema", &rule.schema), std::pair("table", &rule.table)}) {
    if (!value->empty()) continue;
    return make_error(20042, "expression-filter name(" + name + ") has empty " + member, {},
                      std::string("Name the ") + member + " of the source; patterns are not understood.");
  }
  const int kinds = (rule.insert_value_expr.empty() ? 0 : 1) + (rule.delete_value_expr.empty() ? 0 : 1) +
                    (rule.update_old_value_expr.empty() && rule.update_new_value_expr.empty() ? 0 : 1);
  if (kinds == 1) return {};
  if (kinds == 0) {
    return make_error(20041, "expression-filter name(" + name + ") has no expression", {},
                      "Give insert_value_expr, update_old_value_expr, update_new_value_expr or delete_value_expr.");
  }
  return make_error(20039,
                    "expression-filter name(" + name +
                        ") has expressions for more than one kind of change: insert, update and delete each need a "
                        "rule of their own",
                    {}, "Split it into several rules.");
}

Status check_expression_rules(const Task& task) {
  for (const auto& [name, rule] : task.expression_filter_rule) {
    if (Status status = check_expression_rule(name, rule); !status) return status;
  }
  for (size_t i = 0; i < task.source_conf.size(); ++i) {
    const auto& names = task.source_conf[i].expression_filter_rule;
    for (size_t k = 0; k < names.size(); ++k) {
      const std::string where = "source_conf[" + std::to_string(i) + "].expression_filter_rule";
      if (!task.expression_filter_rule.contains(names[k])) {
        return make_error(20040, where + ": " + names[k] + " does not exist in expression_filter_rule", {},
                          "Define it in expression_filter_rule of the task, or correct the name.");
      }
      if (std::find(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(k), names[k]) !=
          names.begin() + static_cast<std::ptrdiff_t>(k)) {
        return make_error(20032, where + " names " + names[k] + " twice");
      }
    }
  }
  return {};
}

bool is_size(std::string_view text) {
  size_t digits = 0;
  while (digits < text.size() && (std::isdigit(static_cast<unsigned char>(text[digits])) != 0 || text[digits] == '.'))
    ++digits;
  if (digits == 0) return false;
  std::string unit(text.substr(digits));
  unit.erase(0, unit.find_first_not_of(' ') == std::string::npos ? unit.size() : unit.find_first_not_of(' '));
  std::transform(unit.begin(), unit.end(), unit.begin(), [](unsigned char c) { return std::toupper(c); });
  return is_one_of(unit,
                   {"", "B", "K", "KB", "KIB", "M", "MB", "MIB", "G", "GB", "GIB", "T", "TB", "TIB", "P", "PB", "PIB"});
}

Status check_import_into(const Task& task) {
  if (task.source_conf.size() > 1 || !task.shard_mode.empty()) {
    return make_error(20068, "import-mode import-into supports one source without a shard mode only");
  }
  if (task.full_migrate_conf->data_dir.find("://") == std::string::npos) {
    return make_error(20069, "import-mode import-into needs a data_dir in shared storage, not the local directory " +
                                 task.full_migrate_conf->data_dir);
  }
  return {};
}

Status check_full(const Task& task) {
  if (!task.full_migrate_conf) return {};
  const FullMigrateConf& full = *task.full_migrate_conf;
  if (!is_one_of(full.consistency, {"auto", "flush", "snapshot", "lock", "none"})) {
    return make_error(
        49001, "full_migrate_conf.consistency must be auto, flush, snapshot, lock or none, not " + full.consistency);
  }
  if (!is_one_of(full.import_mode, {"logical", "physical", "import-into"})) {
    return make_error(20053, "invalid load mode '" + full.import_mode + "'", {},
                      "Use logical, physical or import-into.");
  }
  if (!is_one_of(full.on_duplicate_logical, {"", "replace", "error", "ignore"})) {
    return make_error(20054, "invalid load on-duplicate-logical '" + full.on_duplicate_logical + "'", {},
                      "Use replace, error or ignore.");
  }
  if (!is_one_of(full.on_duplicate_physical, {"", "none", "manual"})) {
    return make_error(20062, "invalid load on-duplicate-physical '" + full.on_duplicate_physical + "'", {},
                      "Use none or manual.");
  }
  if (!is_one_of(full.checksum, {"", "required", "optional", "off"})) {
    return make_error(20063, "invalid load checksum-physical '" + full.checksum + "'", {},
                      "Use required, optional or off.");
  }
  if (!is_one_of(full.analyze, {"", "required", "optional", "off"})) {
    return make_error(20065, "invalid load analyze '" + full.analyze + "'", {}, "Use required, optional or off.");
  }
  if (full.data_dir.empty()) return make_error(20058, "full_migrate_conf.data_dir must not be empty");
  if (!full.disk_quota.empty() && !is_size(full.disk_quota)) {
    return make_error(49001, "full_migrate_conf.disk_quota " + full.disk_quota + " is not a size such as 80G");
  }
  if (full.security && (full.security->ssl_ca_content.empty() || full.security->ssl_cert_content.empty() ||
                        full.security->ssl_key_content.empty())) {
    return make_error(49001,
                      "full_migrate_conf.security needs all of ssl_ca_content, ssl_cert_content and ssl_key_content");
  }
  return full.import_mode == "import-into" ? check_import_into(task) : Status();
}

/// Names of behaviour.md, section 18, and our own.
Status check_ignored_items(const Task& task) {
  for (const auto& item : task.ignore_checking_items) {
    if (!is_one_of(item, {"all",
                          "version",
                          "server_id",
                          "binlog_enable",
                          "binlog_format",
                          "binlog_row_image",
                          "binlog_db",
                          "dump_privilege",
                          "replication_privilege",
                          "table_schema",
                          "schema_of_shard_tables",
                          "auto_increment_ID",
                          "online_ddl",
                          "meta_position",
                          "conn_number",
                          "target_privilege",
                          "primary_key",
                          "downstream_version",
                          "empty_region",
                          "region_distribution",
                          "free_space",
                          "downstream_mutex_features",
                          "downstream_table_empty",
                          "binlog_retention",
                          "target_settings",
                          "target_triggers"})) {
      return make_error(20001, "checking item " + item + " is not supported");
    }
  }
  for (const auto& item : task.checking_items) {
    if (item == "primary_key") continue;
    return make_error(
        20001, "checking item " + item + " of checking_items is not supported", {},
        "Only primary_key is off unless it is named; all others run unless ignore_checking_items names them.");
  }
  return {};
}

}  // namespace

Status validate(const Task& task) {
  for (Status (*check)(const Task&) : {check_modes, check_sources, check_full, check_ignored_items, check_rules,
                                       check_block_allow_lists, check_filter_actions, check_expression_rules}) {
    if (Status status = check(task); !status) return status;
  }
  if (task.target.endpoint.security) return validate(*task.target.endpoint.security, "target_config.security");
  return {};
}

Status check_request(const Task& task) {
  constexpr size_t kMaxIdentifier = 64;  // characters, in MySQL and MariaDB
  if (task.name.find('\0') != std::string::npos) return make_error(49001, "name must not hold a zero byte");
  if (task.name == "check" || task.name == "import") {
    return make_error(49001, "a task cannot have the name " + task.name + ": it is a path of the API", {},
                      "Choose another name.");
  }
  if (character_count(task.meta_schema) > kMaxIdentifier) {
    return make_error(49001, "meta_schema must not be longer than " + std::to_string(kMaxIdentifier) + " characters");
  }
  if (task.timezone.empty() || is_known_time_zone(task.timezone)) return {};
  return make_error(20008, "invalid timezone " + task.timezone, {},
                    "Use a name of the IANA database such as Asia/Tokyo or an offset from -12:59 to +14:00.");
}

}  // namespace sluice::model
