#include "core/api/openapi_types.hpp"

namespace sluice::api {

const char* const kRequestTypes = R"json({
  "EnableRelayRequest": {
    "": {"description": "Where the relay log is pulled, and from where on."},
    "worker_name_list": ["[s]?", "Workers; absent = the bound one", {"example": ["worker-1"]}],
    "relay_binlog_name": ["s?", "First binlog file to pull", {"example": "mysql-bin.000002"}],
    "relay_binlog_gtid": ["s?", "GTID set to begin at", {"example": ""}],
    "relay_dir": ["s?", "Folder on the worker", {"example": "./relay_log"}]
  },
  "DisableRelayRequest": {
    "": {"description": "Where the relay log is no longer pulled."},
    "worker_name_list": ["[s]?", "Workers; absent = the bound one", {"example": ["worker-1"]}]
  },
  "PurgeRelayRequest": {
    "": {"description": "Which relay files are removed."},
    "relay_binlog_name!": ["s", "Files older than this one are removed", {"minLength": 1, "example": "mysql-bin.000006"}],
    "relay_dir": ["s?", "Sub-folder that the file is in; absent = the one written now", {"example": ""}]
  },
  "WorkerNameRequest": {
    "": {"description": "A worker."},
    "worker_name!": ["s", "Name of the worker", {"minLength": 1, "example": "worker-1"}]
  },
  "StartTaskRequest": {
    "": {"description": "How to start; all of it may be left out."},
    "remove_meta": ["b", "Begin anew: forget the task's checkpoints first", {"default": false, "example": false}],
    "source_name_list": ["[s]?", "Only the subtasks of these sources", {"example": ["mysql-01"]}],
    "start_time": ["s?", "Begin with the first event at or after this time", {"example": "2026-01-02 15:04:05"}],
    "safe_mode_time_duration": ["s?", "Length of the safe mode at the start, such as 10s or 1m30s", {"example": "10s"}],
    "until+": ["StartUntil", "Where following ends: the subtask is Finished then"]
  },
  "StartUntil": {
    "": {"description": "An end for following the binlog: a position, a GTID set or a time."},
    "binlog_name": ["s?", "With binlog_pos: the first end of a transaction at or after this position", {"example": "mysql-bin.000003"}],
    "binlog_pos": ["i?", "Position in that file", {"example": 4}],
    "binlog_gtid": ["s?", "As soon as all transactions of this set are applied", {"example": ""}],
    "time": ["s?", "Before the first transaction that begins at or after this time", {"example": ""}]
  },
  "StopTaskRequest": {
    "": {"description": "How to stop; all of it may be left out."},
    "timeout_duration": ["s?", "How long the transaction in progress may take, such as 10s", {"default": "10s", "example": "10s"}],
    "source_name_list": ["[s]?", "Only the subtasks of these sources", {"example": ["mysql-01"]}]
  },
  "OperateTaskTableStructureRequest": {
    "": {"description": "The new structure of a table, or where to take it from."},
    "schema_source": ["s", "sql: sql_content; upstream, downstream: the table there", {"default": "sql", "enum": ["sql", "upstream", "downstream"], "example": "sql"}],
    "sql_content": ["s", "One CREATE TABLE statement; the name of the path counts", {"example": "CREATE TABLE `c` (`id` int NOT NULL, PRIMARY KEY (`id`))"}],
    "flush": ["b", "Write it to the checkpoint at once", {"default": true, "example": true}],
    "sync": ["b", "Tell the coordinator of merged shards", {"default": true, "example": true}]
  },
  "SkipRequest": {
    "": {"description": "Where the subtask is thought to have stopped: refused when it is another place; all of it may be left out."},
    "binlog_name": ["s?", "Binlog file, as the error shows it", {"example": "mysql-bin.000001"}],
    "binlog_pos": ["i?", "Position, as the error shows it", {"example": 1979}],
    "binlog_gtid": ["s?", "GTID, as the error shows it", {"example": "0-1-42"}],
    "resume": ["b?", "Whether the subtask goes on at once", {"default": true, "example": true}]
  },
  "ReplaceRequest": {
    "": {"description": "What the target gets, and where the subtask is thought to have stopped."},
    "binlog_name": ["s?", "Binlog file, as the error shows it", {"example": "mysql-bin.000001"}],
    "binlog_pos": ["i?", "Position, as the error shows it", {"example": 1979}],
    "binlog_gtid": ["s?", "GTID, as the error shows it", {"example": "0-1-42"}],
    "sqls!": ["[s]", "DDL statements with the source's names, schemas included", {"example": ["ALTER TABLE `db1`.`t1` ADD COLUMN `c` int"]}],
    "resume": ["b?", "Whether the subtask goes on at once", {"default": true, "example": true}]
  },
  "PauseRequest": {
    "": {"description": "How to stop; all of it may be left out."},
    "timeout_duration": ["s?", "How long the transaction in progress may take, such as 10s", {"default": "10s", "example": "10s"}]
  },
  "TableStructure": {
    "": {"description": "How a subtask reads the rows of a table."},
    "schema_name!": ["s", "Schema of the source", {"example": "db1"}],
    "table_name!": ["s", "Table of the source", {"example": "table1"}],
    "schema_create_sql!": ["s", "CREATE TABLE statement", {"example": "CREATE TABLE `t1` (`id` int(11) NOT NULL, PRIMARY KEY (`id`))"}]
  },
  "MigrateTarget": {
    "": {"description": "A table and where it goes."},
    "source_schema!": ["s", "Schema of the source", {"example": "db1"}],
    "source_table!": ["s", "Table of the source", {"example": "tb1"}],
    "target_schema!": ["s", "Schema of the target", {"example": "db1"}],
    "target_table!": ["s", "Table of the target", {"example": "tb1"}]
  },
  "ConvertTaskRequest": {
    "": {"description": "A task in one of its two forms; the reply has both."},
    "task": ["Task", "As the API writes it"],
    "task_config_file": ["s", "As DM's task file (YAML) writes it", {"example": "name: task-1\ntask-mode: all\n"}]
  },
  "ImportTemplatesRequest": {
    "": {"description": "What to do about templates that exist."},
    "overwrite": ["b", "Replace them", {"default": false, "example": false}]
  },
  "FailedTask": {
    "": {"description": "A task of which no template was made."},
    "task_name!": ["s", "Task", {"example": "task-2"}],
    "error_msg!": ["s", "Why", {"example": "task template with name task-2 already exists"}]
  },
  "ImportTemplatesReply": {
    "": {"description": "Which tasks are templates now."},
    "success_task_list!": ["[s]", "Tasks of which a template was made", {"example": ["task-1"]}],
    "failed_task_list!": ["[FailedTask]", "The others"]
  }
})json";

}  // namespace sluice::api
