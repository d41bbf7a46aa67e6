#include <algorithm>

#include "core/model/definitions.hpp"
#include "core/model/json_reader.hpp"
#include "core/model/security_json.hpp"

namespace sluice::model {
namespace {

constexpr int64_t kMaxThreads = 1024;

void read_session(JsonReader& target, TargetConfig& out) {
  const Json* session = target.object("session");
  if (!session) return;
  JsonReader reader(*session, target.path_of("session"));
  for (const auto& member : *session->as_object()) {
    if (member.name != "foreign_key_checks")
      reader.fail(member.name, "is not supported: session admits foreign_key_checks only");
  }
  out.foreign_key_checks = reader.text("foreign_key_checks").value_or("0");
  if (reader.ok() && out.foreign_key_checks != "0" && out.foreign_key_checks != "1") {
    reader.fail("foreign_key_checks", "must be \"0\" or \"1\"");
  }
  target.absorb(reader);
}

void read_target(JsonReader& task, TaskRequest& out) {
  const Json* json = task.object("target_config");
  if (!json) return task.fail("target_config", "is missing: the member is required");
  JsonReader reader(*json, task.path_of("target_config"));
  TargetConfig& target = out.task.target;
  target.plugin = reader.text("plugin").value_or("mysql");
  out.has_password = reader.has("password");
  if (target.plugin == "mysql") {
    target.endpoint.host = reader.required_text("host");
    target.endpoint.port = static_cast<int>(reader.required_integer("port", 1, 65535));
    target.endpoint.user = reader.required_text("user");
    target.endpoint.password = reader.text("password").value_or("");
    target.endpoint.security = read_security(reader, "security");
    read_session(reader, target);
    if (reader.ok() && target.endpoint.host.empty()) reader.fail("host", "must not be empty");
    if (reader.ok() && target.endpoint.user.empty()) reader.fail("user", "must not be empty");
  }
  Json settings = *json;
  settings.erase("plugin");
  target.settings_json = to_text(settings);
  task.absorb(reader);
}

void read_filter_rules(JsonReader& task, Task& out) {
  const Json* rules = task.object("binlog_filter_rule");
  if (!rules) return;
  for (const auto& member : *rules->as_object()) {
    JsonReader reader(member.value, task.path_of("binlog_filter_rule." + member.name));
    BinlogFilterRule rule;
    rule.ignore_event = reader.texts("ignore_event").value_or(std::vector<std::string>{});
    rule.ignore_sql = reader.texts("ignore_sql").value_or(std::vector<std::string>{});
    rule.action = reader.text("action").value_or("Ignore");
    task.absorb(reader);
    out.binlog_filter_rule.emplace(member.name, std::move(rule));
  }
}

/// Extension: {"name": {"schema", "table", "insert_value_expr", ...}}.
void read_expression_rules(JsonReader& task, Task& out) {
  const Json* rules = task.object("expression_filter_rule");
  if (!rules) return;
  for (const auto& member : *rules->as_object()) {
    JsonReader reader(member.value, task.path_of("expression_filter_rule." + member.name));
    ExpressionFilterRule rule;
    rule.schema = reader.required_text("schema");
    rule.table = reader.required_text("table");
    rule.insert_value_expr = reader.text("insert_value_expr").value_or("");
    rule.update_old_value_expr = reader.text("update_old_value_expr").value_or("");
    rule.update_new_value_expr = reader.text("update_new_value_expr").value_or("");
    rule.delete_value_expr = reader.text("delete_value_expr").value_or("");
    task.absorb(reader);
    out.expression_filter_rule.emplace(member.name, std::move(rule));
  }
}

std::vector<BlockAllowList::Table> read_list_tables(JsonReader& list, const char* name) {
  std::vector<BlockAllowList::Table> out;
  const Json* tables = list.array(name);
  for (size_t i = 0; tables && i < tables->as_array()->size(); ++i) {
    JsonReader reader((*tables->as_array())[i], list.path_of(name + ("[" + std::to_string(i) + "]")));
    BlockAllowList::Table table;
    table.schema = reader.required_text("schema");
    table.table = reader.required_text("table");
    list.absorb(reader);
    out.push_back(std::move(table));
  }
  return out;
}

/// Extension: {"name": {"do_dbs": [...], "do_tables": [{"schema", "table"}], "ignore_dbs": ..., "ignore_tables": ...}}.
void read_block_allow_lists(JsonReader& task, Task& out) {
  const Json* lists = task.object("block_allow_list");
  if (!lists) return;
  for (const auto& member : *lists->as_object()) {
    JsonReader reader(member.value, task.path_of("block_allow_list." + member.name));
    BlockAllowList list;
    list.do_dbs = reader.texts("do_dbs").value_or(std::vector<std::string>{});
    list.do_tables = read_list_tables(reader, "do_tables");
    list.ignore_dbs = reader.texts("ignore_dbs").value_or(std::vector<std::string>{});
    list.ignore_tables = read_list_tables(reader, "ignore_tables");
    task.absorb(reader);
    out.block_allow_list.emplace(member.name, std::move(list));
  }
}

TableMigrateRule read_migrate_rule(JsonReader& reader) {
  TableMigrateRule out;
  if (const Json* source = reader.object("source")) {
    JsonReader nested(*source, reader.path_of("source"));
    out.source_name = nested.required_text("source_name");
    out.schema = nested.required_text("schema");
    out.table = nested.required_text("table");
    if (nested.ok() && out.schema.empty()) nested.fail("schema", "must not be empty: use * for every schema");
    reader.absorb(nested);
  } else {
    reader.fail("source", "is missing: the member is required");
  }
  if (const Json* target = reader.object("target")) {
    JsonReader nested(*target, reader.path_of("target"));
    out.target_schema = nested.text("schema").value_or("");
    out.target_table = nested.text("table").value_or("");
    reader.absorb(nested);
  }
  out.binlog_filter_rule = reader.texts("binlog_filter_rule").value_or(std::vector<std::string>{});
  return out;
}

void read_migrate_rules(JsonReader& task, Task& out) {
  const Json* rules = task.array("table_migrate_rule");
  if (!rules)
    return task.fail("table_migrate_rule", "is missing: the member is required (an empty array migrates everything)");
  for (size_t i = 0; i < rules->as_array()->size(); ++i) {
    JsonReader reader((*rules->as_array())[i], task.path_of("table_migrate_rule[" + std::to_string(i) + "]"));
    out.table_migrate_rule.push_back(read_migrate_rule(reader));
    task.absorb(reader);
  }
}

void read_full(JsonReader& config, Task& out) {
  const Json* json = config.object("full_migrate_conf");
  if (!json) return;
  JsonReader reader(*json, config.path_of("full_migrate_conf"));
  FullMigrateConf full;
  full.export_threads =
      static_cast<int>(reader.integer("export_threads", 1, kMaxThreads).value_or(full.export_threads));
  full.import_threads =
      static_cast<int>(reader.integer("import_threads", 1, kMaxThreads).value_or(full.import_threads));
  full.data_dir = reader.text("data_dir").value_or(full.data_dir);
  full.consistency = reader.text("consistency").value_or(full.consistency);
  full.import_mode = reader.text("import_mode").value_or(full.import_mode);
  full.on_duplicate_logical = reader.text("on_duplicate_logical").value_or("");
  full.on_duplicate_physical = reader.text("on_duplicate_physical").value_or("");
  full.sorting_dir = reader.text("sorting_dir").value_or("");
  full.disk_quota = reader.text("disk_quota").value_or("");
  full.checksum = reader.text("checksum").value_or("");
  full.analyze = reader.text("analyze").value_or("");
  full.range_concurrency = static_cast<int>(reader.integer("range_concurrency", 0, INT32_MAX).value_or(0));
  full.compress_kv_pairs = reader.text("compress-kv-pairs").value_or("");
  full.pd_addr = reader.text("pd_addr").value_or("");
  full.security = read_security(reader, "security");
  config.absorb(reader);
  out.full_migrate_conf = std::move(full);
}

void read_incr(JsonReader& config, Task& out) {
  const Json* json = config.object("incr_migrate_conf");
  if (!json) return;
  JsonReader reader(*json, config.path_of("incr_migrate_conf"));
  IncrMigrateConf incr;
  incr.repl_threads = static_cast<int>(reader.integer("repl_threads", 1, kMaxThreads).value_or(incr.repl_threads));
  incr.repl_batch = static_cast<int>(reader.integer("repl_batch", 1, INT32_MAX).value_or(incr.repl_batch));
  incr.safe_mode = reader.boolean("safe_mode").value_or(false);
  config.absorb(reader);
  out.incr_migrate_conf = incr;
}

void read_source_config(JsonReader& task, Task& out) {
  const Json* json = task.object("source_config");
  if (!json) return task.fail("source_config", "is missing: the member is required");
  JsonReader reader(*json, task.path_of("source_config"));
  read_full(reader, out);
  read_incr(reader, out);
  if (const Json* list = reader.array("source_conf")) {
    for (size_t i = 0; i < list->as_array()->size(); ++i) {
      JsonReader nested((*list->as_array())[i], reader.path_of("source_conf[" + std::to_string(i) + "]"));
      SourceConf conf;
      conf.source_name = nested.required_text("source_name");
      conf.binlog_name = nested.text("binlog_name").value_or("");
      conf.binlog_pos = static_cast<uint64_t>(nested.integer("binlog_pos", 0, UINT32_MAX).value_or(0));
      conf.binlog_gtid = nested.text("binlog_gtid").value_or("");
      conf.block_allow_list = nested.text("block_allow_list");
      conf.expression_filter_rule = nested.texts("expression_filter_rule").value_or(std::vector<std::string>{});
      reader.absorb(nested);
      out.source_conf.push_back(std::move(conf));
    }
  }
  task.absorb(reader);
}

/// Extension: [{"plugin": "...", settings...}].
void read_filters(JsonReader& task, Task& out) {
  const Json* list = task.array("filters");
  if (!list) return;
  for (size_t i = 0; i < list->as_array()->size(); ++i) {
    Json settings = (*list->as_array())[i];
    JsonReader reader(settings, task.path_of("filters[" + std::to_string(i) + "]"));
    FilterPlugin filter;
    filter.plugin = reader.required_text("plugin");
    task.absorb(reader);
    settings.erase("plugin");
    filter.settings_json = to_text(settings);
    out.filters.push_back(std::move(filter));
  }
}

}  // namespace

Result<TaskRequest> read_task(const Json& json, const std::string& path) {
  JsonReader reader(json, path);
  TaskRequest out;
  Task& task = out.task;
  task.name = reader.text("name").value_or("");
  if (reader.ok() && task.name.empty()) {
    return make_error(20004, reader.path_of("name") + ": must specify a unique task name, it is empty");
  }
  task.task_mode = reader.text("task_mode").value_or("");
  task.shard_mode = reader.text("shard_mode").value_or("");
  task.strict_optimistic_shard_mode = reader.boolean("strict_optimistic_shard_mode").value_or(false);
  task.meta_schema = reader.text("meta_schema").value_or(task.meta_schema);
  task.timezone = reader.text("timezone").value_or("");
  task.enhance_online_schema_change = reader.boolean("enhance_online_schema_change").value_or(true);
  task.on_duplicate = reader.text("on_duplicate").value_or("replace");
  if (task.on_duplicate == "overwrite") task.on_duplicate = "replace";
  read_target(reader, out);
  read_filter_rules(reader, task);
  read_migrate_rules(reader, task);
  read_source_config(reader, task);
  read_filters(reader, task);
  read_block_allow_lists(reader, task);
  read_expression_rules(reader, task);
  task.ignore_checking_items = reader.texts("ignore_checking_items").value_or(std::vector<std::string>{});
  task.checking_items = reader.texts("checking_items").value_or(std::vector<std::string>{});
  if (!reader.ok()) return reader.status();
  if (Status valid = validate(task); !valid) return valid;
  return out;
}

void mask_task(Json& task) {
  if (Json* target = task.find("target_config")) {
    if (Json* password = target->find("password"); password && !password->is_null()) *password = kMasked;
    mask_security(target->find("security"));
  }
  if (Json* config = task.find("source_config")) {
    if (Json* full = config->find("full_migrate_conf")) mask_security(full->find("security"));
  }
}

}  // namespace sluice::model
