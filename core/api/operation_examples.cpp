#include <stdexcept>
#include <string>

#include "core/api/operation_docs.hpp"
#include "core/model/definitions.hpp"

namespace sluice::api {
namespace {

using model::Json;

const char* const kParameters = R"json({
  "source-name": {"description": "Name of a source", "example": "mysql-01"},
  "task-name": {"description": "Name of a task", "example": "task-1"},
  "master-name": {"description": "Name of a master", "example": "master1"},
  "worker-name": {"description": "Name of a worker", "example": "worker1"},
  "schema-name": {"description": "Name of a schema", "example": "db1"},
  "table-name": {"description": "Name of a table", "example": "table1"},
  "dry_run": {"description": "Validate everything, servers included, and change nothing; the reply says so", "default": false, "x-sluice-extension": true},
  "with_status": {"description": "Whether the reply holds the statuses as well", "default": false},
  "enable_relay": {"description": "true: only sources whose relay log is pulled; false: only the others; absent: all"},
  "force": {"description": "Stop and remove what is in the way", "default": false},
  "keep_meta": {"description": "Leave the task's metadata in the target", "default": false},
  "stage": {"description": "Only what is in this stage; any case, and the spelling runing, are taken", "enum": ["Stopped", "Running", "Finished", "Paused", "stopped", "running", "runing", "finished", "paused"]},
  "source_name_list": {"description": "Names of sources: the parameter repeated, or one list separated by commas"},
  "schema_pattern": {"description": "Regular expression for schemas of the source"},
  "table_pattern": {"description": "Regular expression for tables of the source"}
})json";

const char* const kExamples = R"json({
  "Names": ["db1", "db2"],
  "Source": {"source_name": "mysql-01", "host": "127.0.0.1", "port": 3306, "user": "root", "password": "123456",
    "enable": true, "enable_gtid": false, "flavor": "mysql",
    "security": {"ssl_ca_content": "", "ssl_cert_content": "", "ssl_key_content": "", "cert_allowed_cn": ["db.example"]},
    "purge": {"interval": 3600, "expires": 0, "remain_space": 15}},
  "SourceStatus": {"source_name": "mysql-01", "worker_name": "worker-1"},
  "Task": {"name": "task-1", "task_mode": "all", "shard_mode": "pessimistic", "meta_schema": "dm_meta",
    "enhance_online_schema_change": true, "on_duplicate": "replace",
    "target_config": {"host": "127.0.0.1", "port": 4000, "user": "root", "password": "123456", "security": null},
    "binlog_filter_rule": {"rule-1": {"ignore_event": ["all dml"], "ignore_sql": ["^Drop"]}},
    "table_migrate_rule": [{"source": {"source_name": "mysql-01", "schema": "db-*", "table": "tb-*"},
      "target": {"schema": "db1", "table": "tb1"}, "binlog_filter_rule": ["rule-1"]}],
    "source_config": {"full_migrate_conf": {"export_threads": 4, "import_threads": 16, "data_dir": "./exported_data"},
      "incr_migrate_conf": {"repl_threads": 16, "repl_batch": 100},
      "source_conf": [{"source_name": "mysql-01", "binlog_name": "binlog.000001", "binlog_pos": 4}]}},
  "SubTaskStatus": {"name": "task-1", "source_name": "mysql-01", "worker_name": "worker-1", "stage": "Running",
    "unit": "sync", "unresolved_ddl_lock_id": "", "sync_status": {"total_events": 12, "total_tps": 1, "recent_tps": 1,
      "master_binlog": "(mysql-bin.000001, 1979)", "master_binlog_gtid": "", "syncer_binlog": "(mysql-bin.000001, 1979)",
      "syncer_binlog_gtid": "", "blocking_ddls": [], "unresolved_groups": [], "synced": true, "binlog_type": "remote",
      "seconds_behind_master": 0, "io_total_bytes": 1979, "dump_io_total_bytes": 0,
      "counters": {"read": 12, "applied": 10, "pending": 0, "filtered": {"rule-1": 2}}}},
  "ClusterMaster": {"name": "master1", "alive": true, "leader": true, "addr": "127.0.0.1:8261"},
  "ClusterWorker": {"name": "worker1", "addr": "127.0.0.1:8262", "bound_stage": "bound", "bound_source_name": "mysql-01"},
  "EnableRelayRequest": {"worker_name_list": ["worker-1"], "relay_binlog_name": "mysql-bin.000002", "relay_dir": "./relay_log"},
  "DisableRelayRequest": {"worker_name_list": ["worker-1"]},
  "PurgeRelayRequest": {"relay_binlog_name": "mysql-bin.000006"},
  "WorkerNameRequest": {"worker_name": "worker-1"},
  "StartTaskRequest": {"remove_meta": false, "source_name_list": ["mysql-01"]},
  "StopTaskRequest": {"timeout_duration": "10s"},
  "OperateTaskTableStructureRequest": {"sql_content": "CREATE TABLE `t1` (`id` int NOT NULL, PRIMARY KEY (`id`))",
    "flush": true, "sync": true},
  "SkipRequest": {"binlog_name": "mysql-bin.000001", "binlog_pos": 1979},
  "ReplaceRequest": {"sqls": ["ALTER TABLE `db1`.`t1` ADD KEY (`v`)"]},
  "PauseRequest": {"timeout_duration": "10s"},
  "ErrorHandling": {"action": "replace", "binlog_name": "mysql-bin.000001", "binlog_pos": 1979, "binlog_gtid": "0-1-42",
    "statement": "ALTER TABLE `db1`.`t1` ADD UNIQUE KEY (`v`)", "sqls": ["ALTER TABLE `db1`.`t1` ADD KEY (`v`)"],
    "requested_at": "2026-01-31T12:00:00Z", "state": "pending"},
  "TableStructure": {"schema_name": "db1", "table_name": "t1",
    "schema_create_sql": "CREATE TABLE `t1` (`id` int(11) NOT NULL, PRIMARY KEY (`id`))"},
  "MigrateTarget": {"source_schema": "db1", "source_table": "tb1", "target_schema": "db1", "target_table": "tb1"},
  "ClusterTopology": {"master_topology_list": [{"name": "master1", "host": "127.0.0.1", "port": 8261}],
    "worker_topology_list": [{"name": "worker1", "host": "127.0.0.1", "port": 8262}],
    "grafana_topology": {"host": "127.0.0.1", "port": 3000}, "prometheus_topology": {"host": "127.0.0.1", "port": 9090},
    "alert_manager_topology": {"host": "127.0.0.1", "port": 9093}},
  "ConvertTaskRequest": {"task_config_file": "name: task-1\ntask-mode: all\n"},
  "ImportTemplatesRequest": {"overwrite": false},
  "ImportTemplatesReply": {"success_task_list": ["task-1"],
    "failed_task_list": [{"task_name": "task-2", "error_msg": "task template with name task-2 already exists"}]},
  "Plugin": {"node": "node1", "file": "/usr/lib/sluice/plugins/sluice_store_sqlite.so", "state": "loaded", "kind": "store",
    "name": "sqlite", "version": "0.1.0", "abi": "1.0", "summary": "keeps the state in one file",
    "settings": [{"name": "file", "type": "string", "required": true, "secret": false, "changeable": false, "help": "path of the database file"}],
    "instances": [{"name": "sqlite", "created_at": "2026-01-31T12:00:00Z", "healthy": true}]},
  "Health": {"health": true},
  "DryRunReply": {"dry_run": true, "operation": "createTask", "message": "valid: nothing has been changed"},
  "NodeStatus": {"name": "node1", "version": "0.1.0", "roles": ["master", "worker"], "healthy": true}
})json";

Json parsed(const char* text) {
  auto json = model::parse_json(text);
  if (!json.ok()) throw std::logic_error(json.error().message);
  return std::move(json).value();
}

const Json& parameters() {
  static const Json all = parsed(kParameters);
  return all;
}

const Json& examples() {
  static const Json all = parsed(kExamples);
  return all;
}

Json plain(std::string_view name) {
  const Json* found = examples().find(name);
  return found ? *found : Json();
}

}  // namespace

Json parameter_docs(std::string_view name) {
  const Json* found = parameters().find(name);
  return found ? *found : Json();
}

Json idempotency_key_parameter() {
  Json out = Json::object().set("name", "Idempotency-Key").set("in", "header").set("required", false);
  out.set(
      "description",
      "A text of the client's choice, such as a UUID, new for each request. An exact repetition of the request with "
      "it within a day gets the reply of the first, with the header Idempotency-Replayed: true, and has no effect of "
      "its own");
  out.set("schema", Json::object().set("type", "string").set("minLength", 1).set("maxLength", 255));
  return out.set("example", "0b4ba2a4-3c1e-4a55-9a52-7d2f3d3b8f0e").set("x-sluice-extension", true);
}

Json example_of(std::string_view schema, ExampleOf kind, bool docs_dialect) {
  const bool reply = kind == ExampleOf::Reply;
  if (schema == "CreateSourceRequest" || schema == "UpdateSourceRequest") {
    Json source = example_of("Source", kind, docs_dialect);
    return Json::object().set("source", std::move(source));
  }
  if (schema == "CreateTaskRequest" || schema == "CreateTaskReply") {
    Json out = Json::object().set("task", example_of("Task", kind, docs_dialect));
    if (reply) out.set("check_result", "pre-check is passed. ");
    return out;
  }
  if (schema == "ClusterInfo") {
    Json out = Json::object().set("cluster_id", int64_t{7051562531246907409});
    return out.set("topology", plain("ClusterTopology"));
  }
  Json out = plain(schema);
  if (schema == "ConvertTaskRequest" && reply) out.set("task", example_of("Task", kind, docs_dialect));
  if (schema == "Source" && reply) model::mask_source(out);
  if (schema == "Task") {
    if (reply) model::mask_task(out);
    if (docs_dialect) out.set("on_duplicate", "overwrite");
  }
  if (schema == "SubTaskStatus" && !docs_dialect) out.set("unit", "Sync");
  return out;
}

}  // namespace sluice::api
