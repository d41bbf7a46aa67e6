#include "core/model/definitions.hpp"
#include "core/model/security_json.hpp"

namespace sluice::model {
namespace {

void set_if(Json& out, const char* name, const std::string& value) {
  if (!value.empty()) out.set(name, value);
}

Json write_target(const TargetConfig& target) {
  // settings_json is what read_task wrote, so it reads back.
  auto settings = parse_json(target.settings_json);
  Json out = settings.ok() ? std::move(settings).value() : Json::object();
  if (target.plugin != "mysql") {
    out.set("plugin", target.plugin);
    return out;
  }
  out.set("host", target.endpoint.host).set("port", target.endpoint.port).set("user", target.endpoint.user);
  out.set("password", target.endpoint.password);
  out.set("security", write_security(target.endpoint.security));
  if (out.find("session")) out.set("session", Json::object().set("foreign_key_checks", target.foreign_key_checks));
  return out;
}

Json write_migrate_rule(const TableMigrateRule& rule) {
  Json out = Json::object();
  out.set("source",
          Json::object().set("source_name", rule.source_name).set("schema", rule.schema).set("table", rule.table));
  if (!rule.target_schema.empty() || !rule.target_table.empty()) {
    Json target = Json::object();
    set_if(target, "schema", rule.target_schema);
    set_if(target, "table", rule.target_table);
    out.set("target", std::move(target));
  }
  if (!rule.binlog_filter_rule.empty()) out.set("binlog_filter_rule", rule.binlog_filter_rule);
  return out;
}

Json write_full(const FullMigrateConf& full) {
  Json out = Json::object();
  out.set("export_threads", full.export_threads).set("import_threads", full.import_threads);
  out.set("data_dir", full.data_dir).set("consistency", full.consistency).set("import_mode", full.import_mode);
  set_if(out, "on_duplicate_logical", full.on_duplicate_logical);
  set_if(out, "on_duplicate_physical", full.on_duplicate_physical);
  set_if(out, "sorting_dir", full.sorting_dir);
  set_if(out, "disk_quota", full.disk_quota);
  set_if(out, "checksum", full.checksum);
  set_if(out, "analyze", full.analyze);
  if (full.range_concurrency != 0) out.set("range_concurrency", full.range_concurrency);
  set_if(out, "compress-kv-pairs", full.compress_kv_pairs);
  set_if(out, "pd_addr", full.pd_addr);
  if (full.security) out.set("security", write_security(full.security));
  return out;
}

Json write_list_tables(const std::vector<BlockAllowList::Table>& tables) {
  Json out = Json::array();
  for (const auto& table : tables) out.push(Json::object().set("schema", table.schema).set("table", table.table));
  return out;
}

Json write_block_allow_list(const BlockAllowList& list) {
  Json out = Json::object();
  if (!list.do_dbs.empty()) out.set("do_dbs", list.do_dbs);
  if (!list.do_tables.empty()) out.set("do_tables", write_list_tables(list.do_tables));
  if (!list.ignore_dbs.empty()) out.set("ignore_dbs", list.ignore_dbs);
  if (!list.ignore_tables.empty()) out.set("ignore_tables", write_list_tables(list.ignore_tables));
  return out;
}

Json write_filter_rule(const BinlogFilterRule& rule) {
  Json out = Json::object();
  if (rule.action != "Ignore") out.set("action", rule.action);
  return out.set("ignore_event", rule.ignore_event).set("ignore_sql", rule.ignore_sql);
}

Json write_expression_rule(const ExpressionFilterRule& rule) {
  Json out = Json::object().set("schema", rule.schema).set("table", rule.table);
  set_if(out, "insert_value_expr", rule.insert_value_expr);
  set_if(out, "update_old_value_expr", rule.update_old_value_expr);
  set_if(out, "update_new_value_expr", rule.update_new_value_expr);
  set_if(out, "delete_value_expr", rule.delete_value_expr);
  return out;
}

Json write_source_config(const Task& task) {
  Json out = Json::object();
  if (task.full_migrate_conf) out.set("full_migrate_conf", write_full(*task.full_migrate_conf));
  if (const auto& incr = task.incr_migrate_conf) {
    Json json = Json::object();
    json.set("repl_threads", incr->repl_threads).set("repl_batch", incr->repl_batch).set("safe_mode", incr->safe_mode);
    out.set("incr_migrate_conf", std::move(json));
  }
  Json list = Json::array();
  for (const auto& conf : task.source_conf) {
    Json item = Json::object().set("source_name", conf.source_name);
    set_if(item, "binlog_name", conf.binlog_name);
    if (conf.binlog_pos != 0) item.set("binlog_pos", conf.binlog_pos);
    set_if(item, "binlog_gtid", conf.binlog_gtid);
    if (conf.block_allow_list) item.set("block_allow_list", *conf.block_allow_list);
    if (!conf.expression_filter_rule.empty()) item.set("expression_filter_rule", conf.expression_filter_rule);
    list.push(std::move(item));
  }
  out.set("source_conf", std::move(list));
  return out;
}

}  // namespace

Json write_task(const Task& task) {
  Json out = Json::object();
  out.set("name", task.name).set("task_mode", task.task_mode);
  set_if(out, "shard_mode", task.shard_mode);
  if (task.strict_optimistic_shard_mode) out.set("strict_optimistic_shard_mode", true);
  out.set("meta_schema", task.meta_schema);
  set_if(out, "timezone", task.timezone);
  out.set("enhance_online_schema_change", task.enhance_online_schema_change).set("on_duplicate", task.on_duplicate);
  out.set("target_config", write_target(task.target));
  if (!task.binlog_filter_rule.empty()) {
    Json rules = Json::object();
    for (const auto& [name, rule] : task.binlog_filter_rule) rules.set(name, write_filter_rule(rule));
    out.set("binlog_filter_rule", std::move(rules));
  }
  Json rules = Json::array();
  for (const auto& rule : task.table_migrate_rule) rules.push(write_migrate_rule(rule));
  out.set("table_migrate_rule", std::move(rules));
  out.set("source_config", write_source_config(task));
  if (!task.block_allow_list.empty()) {
    Json lists = Json::object();
    for (const auto& [name, list] : task.block_allow_list) lists.set(name, write_block_allow_list(list));
    out.set("block_allow_list", std::move(lists));
  }
  if (!task.expression_filter_rule.empty()) {
    Json expressions = Json::object();
    for (const auto& [name, rule] : task.expression_filter_rule) expressions.set(name, write_expression_rule(rule));
    out.set("expression_filter_rule", std::move(expressions));
  }
  if (!task.filters.empty()) {
    Json filters = Json::array();
    for (const auto& filter : task.filters) {
      auto settings = parse_json(filter.settings_json);
      Json item = Json::object().set("plugin", filter.plugin);
      if (settings.ok() && settings->is_object()) {
        for (const auto& member : *settings->as_object()) item.set(member.name, member.value);
      }
      filters.push(std::move(item));
    }
    out.set("filters", std::move(filters));
  }
  if (!task.ignore_checking_items.empty()) out.set("ignore_checking_items", task.ignore_checking_items);
  if (!task.checking_items.empty()) out.set("checking_items", task.checking_items);
  return out;
}

}  // namespace sluice::model
