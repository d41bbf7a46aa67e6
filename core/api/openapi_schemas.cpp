#include <stdexcept>

#include "core/api/openapi.hpp"

namespace sluice::api {
namespace {

/// Types of api.md section 3. Shorthand of this file, expanded below: "s", "i", "b", "n" are string, integer, boolean
/// and number, "[x]" an array of x, "{x}" a map to x, any other text a reference; a name that ends in "!" is required.
constexpr const char* kTypes = R"json({
  "Text": "s", "Object": {}, "Names": "[s]",
  "Security": {"ssl_ca_content!": "s", "ssl_cert_content!": "s", "ssl_key_content!": "s", "cert_allowed_cn": "[s]"},
  "Purge": {"interval": "i", "expires": "i", "remain_space": "i"},
  "RelayConfig": {"enable_relay": "b", "relay_binlog_name": "s", "relay_binlog_gtid": "s", "relay_dir": "s"},
  "RelayStatus": {"master_binlog": "s", "master_binlog_gtid": "s", "relay_dir": "s", "relay_binlog_gtid": "s",
                  "relay_catch_up_master": "b", "stage": "s"},
  "SourceStatus": {"source_name!": "s", "worker_name!": "s", "relay_status": "RelayStatus", "error_msg": "s"},
  "Source": {"source_name!": "s", "host!": "s", "port!": "i", "user!": "s", "password": "s", "enable": "b",
             "enable_gtid": "b", "flavor": "s", "security": "Security", "purge": "Purge", "relay_config": "RelayConfig",
             "status_list": "[SourceStatus]", "task_name_list": "[s]"},
  "CreateSourceRequest": {"source": "Source", "worker_name": "s"},
  "UpdateSourceRequest": {"source": "Source"},
  "Session": {"foreign_key_checks": "s"},
  "TargetConfig": {"plugin": "s", "host": "s", "port": "i", "user": "s", "password": "s", "security": "Security",
                   "session": "Session"},
  "BinlogFilterRule": {"ignore_event": "[s]", "ignore_sql": "[s]"},
  "RuleSource": {"source_name!": "s", "schema!": "s", "table!": "s"},
  "RuleTarget": {"schema": "s", "table": "s"},
  "TableMigrateRule": {"source!": "RuleSource", "target": "RuleTarget", "binlog_filter_rule": "[s]"},
  "FullMigrateConf": {"export_threads": "i", "import_threads": "i", "data_dir": "s", "consistency": "s",
                      "import_mode": "s", "sorting_dir": "s", "disk_quota": "s", "checksum": "s", "analyze": "s",
                      "range_concurrency": "i", "compress-kv-pairs": "s", "pd_addr": "s", "security": "Security",
                      "on_duplicate_logical": "s", "on_duplicate_physical": "s"},
  "IncrMigrateConf": {"repl_threads": "i", "repl_batch": "i", "safe_mode": "b"},
  "SourceConf": {"source_name!": "s", "binlog_name": "s", "binlog_pos": "i", "binlog_gtid": "s"},
  "SourceConfig": {"full_migrate_conf": "FullMigrateConf", "incr_migrate_conf": "IncrMigrateConf",
                   "source_conf!": "[SourceConf]"},
  "FilterPlugin": {"plugin!": "s"},
  "Task": {"name!": "s", "task_mode!": "s", "shard_mode": "s", "strict_optimistic_shard_mode": "b", "meta_schema": "s",
           "timezone": "s", "enhance_online_schema_change": "b", "on_duplicate": "s", "target_config!": "TargetConfig",
           "binlog_filter_rule": "{BinlogFilterRule}", "table_migrate_rule!": "[TableMigrateRule]",
           "source_config!": "SourceConfig", "ignore_checking_items": "[s]", "filters": "[FilterPlugin]",
           "status_list": "[SubTaskStatus]"},
  "CreateTaskRequest": {"task": "Task"},
  "CreateTaskReply": {"task!": "Task", "check_result!": "s"},
  "LoadStatus": {"finished_bytes!": "i", "total_bytes!": "i", "progress!": "s", "meta_binlog!": "s",
                 "meta_binlog_gtid!": "s", "bps!": "i"},
  "DumpStatus": {"total_tables!": "i", "completed_tables!": "n", "finished_bytes!": "n", "finished_rows!": "n",
                 "estimate_total_rows!": "n", "bps!": "i", "progress!": "s"},
  "ShardingGroup": {"target": "s", "ddl_list": "[s]", "first_location": "s", "synced": "[s]", "unsynced": "[s]"},
  "Counters": {"read!": "i", "applied!": "i", "pending!": "i", "filtered!": "{i}"},
  "SyncStatus": {"total_events!": "i", "total_tps!": "i", "recent_tps!": "i", "master_binlog!": "s",
                 "master_binlog_gtid!": "s", "syncer_binlog!": "s", "syncer_binlog_gtid!": "s", "blocking_ddls!": "[s]",
                 "unresolved_groups!": "[ShardingGroup]", "synced!": "b", "binlog_type!": "s",
                 "seconds_behind_master": "i", "io_total_bytes!": "i", "dump_io_total_bytes!": "i",
                 "counters": "Counters"},
  "SubTaskError": {"code!": "i", "native": "i", "class!": "s", "scope!": "s", "level!": "s", "retryable": "b",
                   "message!": "s", "cause": "s", "workaround": "s", "source": "s", "binlog_name": "s",
                   "binlog_pos": "i", "gtid": "s", "table": "s", "statement": "s", "rule": "s"},
  "SubTaskStatus": {"name!": "s", "source_name!": "s", "worker_name!": "s", "stage!": "s", "unit!": "s",
                    "unresolved_ddl_lock_id": "s", "load_status": "LoadStatus", "sync_status": "SyncStatus",
                    "dump_status": "DumpStatus", "error_msg": "s", "errors": "[SubTaskError]"},
  "ClusterMaster": {"name!": "s", "alive!": "b", "leader!": "b", "addr!": "s"},
  "ClusterWorker": {"name!": "s", "addr!": "s", "bound_stage!": "s", "bound_source_name!": "s"},
  "EnableRelayRequest": {"worker_name_list": "[s]", "relay_binlog_name": "s", "relay_binlog_gtid": "s", "relay_dir": "s"},
  "DisableRelayRequest": {"worker_name_list": "[s]"},
  "PurgeRelayRequest": {"relay_binlog_name!": "s", "relay_dir": "s"},
  "WorkerNameRequest": {"worker_name!": "s"},
  "StartTaskRequest": {"remove_meta": "b", "source_name_list": "[s]", "start_time": "s", "safe_mode_time_duration": "s"},
  "StopTaskRequest": {"timeout_duration": "s", "source_name_list": "[s]"},
  "OperateTaskTableStructureRequest": {"schema_source": "s", "sql_content": "s", "flush": "b", "sync": "b"},
  "TableStructure": {"schema_name!": "s", "table_name!": "s", "schema_create_sql!": "s"},
  "MigrateTarget": {"source_schema!": "s", "source_table!": "s", "target_schema!": "s", "target_table!": "s"},
  "ClusterTopology": {"master_topology_list": "[Object]", "worker_topology_list": "[Object]", "grafana_topology": "Object",
                      "prometheus_topology": "Object", "alert_manager_topology": "Object"},
  "ClusterInfo": {"cluster_id": "i", "topology": "ClusterTopology"},
  "ConvertTaskRequest": {"task": "Task", "task_config_file": "s"},
  "ImportTemplatesRequest": {"overwrite": "b"},
  "FailedTask": {"task_name!": "s", "error_msg!": "s"},
  "ImportTemplatesReply": {"success_task_list": "[s]", "failed_task_list": "[FailedTask]"},
  "Health": {"health!": "b"},
  "NodeStatus": {"name!": "s", "version!": "s", "roles!": "[s]", "healthy!": "b"}
})json";

using model::Json;

Json expand(const std::string& type) {
  if (type == "s") return Json::object().set("type", "string");
  if (type == "i") return Json::object().set("type", "integer").set("format", "int64");
  if (type == "b") return Json::object().set("type", "boolean");
  if (type == "n") return Json::object().set("type", "number").set("format", "double");
  const std::string inner = type.size() > 2 ? type.substr(1, type.size() - 2) : "";
  if (type.front() == '[') return Json::object().set("type", "array").set("items", expand(inner));
  if (type.front() == '{') return Json::object().set("type", "object").set("additionalProperties", expand(inner));
  return Json::object().set("$ref", "#/components/schemas/" + type);
}

Json expand_object(const Json::Object& members) {
  Json properties = Json::object();
  Json required = Json::array();
  for (const auto& member : members) {
    std::string name = member.name;
    if (name.back() == '!') {
      name.pop_back();
      required.push(name);
    }
    properties.set(name, expand(*member.value.as_string()));
  }
  Json out = Json::object().set("type", "object");
  if (!required.as_array()->empty()) out.set("required", std::move(required));
  return out.set("properties", std::move(properties));
}

/// Both shapes of a body: the wrapper, or the object itself (api.md 1.3).
Json either(const char* wrapper, Json wrapped) {
  Json flat = Json::object().set("$ref", std::string("#/components/schemas/") + wrapper);
  return Json::object().set("oneOf", Json::Array{std::move(wrapped), std::move(flat)});
}

}  // namespace

Json open_api_schemas(Dialect dialect) {
  auto types = model::parse_json(kTypes);
  if (!types.ok()) throw std::logic_error(types.error().message);
  Json out = Json::object();
  for (const auto& type : *types->as_object()) {
    Json schema = type.value.is_string() ? expand(*type.value.as_string()) : expand_object(*type.value.as_object());
    if (type.name == "CreateSourceRequest" || type.name == "UpdateSourceRequest")
      schema = either("Source", std::move(schema));
    if (type.name == "CreateTaskRequest") schema = either("Task", std::move(schema));
    // A sink or filter plugin brings settings of its own.
    if (type.name == "TargetConfig" || type.name == "FilterPlugin") schema.set("additionalProperties", true);
    out.set(type.name, std::move(schema));
  }
  Json code = expand(dialect == Dialect::Docs ? "s" : "i");
  Json properties = Json::object().set("error_msg", expand("s")).set("error_code", std::move(code));
  Json error = Json::object().set("type", "object").set("required", Json::Array{"error_msg", "error_code"});
  return out.set("ErrorWithMessage", error.set("properties", std::move(properties)));
}

}  // namespace sluice::api
