#include "core/api/openapi_types.hpp"

namespace sluice::api {

const char* const kStatusTypes = R"json({
  "LoadStatus": {
    "": {"description": "How far the full copy is."},
    "finished_bytes!": ["i", "Bytes copied", {"example": 0}],
    "total_bytes!": ["i", "Bytes to copy, estimated until all is read", {"example": 0}],
    "progress!": ["s", "Share in percent", {"example": "42.00 %"}],
    "meta_binlog!": ["s", "Position of the snapshot, (file, pos)", {"example": "(mysql-bin.000001, 1979)"}],
    "meta_binlog_gtid!": ["s", "GTID set of the snapshot", {"example": ""}],
    "bps!": ["i", "Bytes a second now", {"example": 1048576}]
  },
  "DumpStatus": {
    "": {"description": "How far the dump is."},
    "total_tables!": ["i", "Tables selected", {"example": 10}],
    "completed_tables!": ["n", "Tables finished", {"example": 1}],
    "finished_bytes!": ["n", "Bytes read", {"example": 100}],
    "finished_rows!": ["n", "Rows read", {"example": 10}],
    "estimate_total_rows!": ["n", "Rows to read, estimated by the server", {"example": 1000}],
    "bps!": ["i", "Bytes a second now", {"example": 1024}],
    "progress!": ["s", "Share in percent", {"example": "10.00 %"}]
  },
  "ShardingGroup": {
    "": {"description": "Merged shards that wait for a DDL."},
    "target!": ["s", "The merged table", {"example": "`db`.`tb`"}],
    "ddl_list!": ["[s]", "The statements", {"example": ["ALTER TABLE `db`.`tb` ADD COLUMN `c` INT"]}],
    "first_location!": ["s", "Where the first of them stands", {"example": "(mysql-bin.000001, 1979)"}],
    "synced!": ["[s]", "Source tables that have met it", {"example": ["`db1`.`tb`"]}],
    "unsynced!": ["[s]", "Source tables that have not", {"example": ["`db2`.`tb`"]}]
  },
  "Counters": {
    "": {"description": "Nothing is passed over silently: read = applied + filtered + pending."},
    "read!": ["i", "Row changes and DDL clauses read", {"example": 12}],
    "applied!": ["i", "Reached the target", {"example": 10}],
    "pending!": ["i", "On the way", {"example": 0}],
    "filtered!": ["{i}", "Ignored, by rule", {"example": {"rule-1": 2}}]
  },
  "SyncStatus": {
    "": {"description": "How far the replication is."},
    "total_events!": ["i", "Row changes and DDL statements since the start", {"example": 1}],
    "total_tps!": ["i", "Average a second since the start", {"example": 1}],
    "recent_tps!": ["i", "Average a second since the last look", {"example": 1}],
    "master_binlog!": ["s", "Position of the source now", {"example": "(mysql-bin.000001, 1979)"}],
    "master_binlog_gtid!": ["s", "GTID set of the source now", {"example": ""}],
    "master_binlog_age_seconds+": ["i", "How long ago the source said so; 0 while it answers", {"example": 0}],
    "syncer_binlog!": ["s", "Last checkpoint", {"example": "(mysql-bin.000001, 1979)"}],
    "syncer_binlog_gtid!": ["s", "GTID set of the last checkpoint", {"example": ""}],
    "blocking_ddls!": ["[s]", "DDL statements that wait for a shard lock", {"example": []}],
    "unresolved_groups!": ["[ShardingGroup]", "Merged shards that wait for a DDL"],
    "synced!": ["b", "The checkpoint has reached the source", {"example": true}],
    "binlog_type!": ["s", "remote: from the source; local: from the relay log", {"enum": ["remote", "local", "unknown"], "example": "remote"}],
    "seconds_behind_master": ["i", "Age of the oldest change not yet applied; absent when it is unknown", {"example": 0}],
    "io_total_bytes!": ["i", "Bytes of binlog read", {"example": 1979}],
    "dump_io_total_bytes!": ["i", "Bytes read by the dump", {"example": 0}],
    "until_reached+": ["s", "The end that the start request gave, once everything before it is applied", {"example": ""}],
    "counters+": ["Counters", "What became of every change"],
    "lag+": ["Lag", "The lag in detail; absent when unknown"],
    "error_handlings+": ["[ErrorHandling]", "What was asked for statements: pending, or applied since the start"]

  },
  "Lag": {
    "": {"description": "Age of the oldest change that is not applied yet, and where its time went."},
    "milliseconds!": ["i", "0 when everything is applied", {"example": 250}],
    "shares": ["{n}", "Shares of source, decode, conflict and target in the last moments; they add up to 1", {"example": {"source": 0.1, "decode": 0.1, "conflict": 0, "target": 0.8}}]
  },
  "TableProgress": {
    "": {"description": "How far one table is."},
    "schema!": ["s", "Schema at the source", {"example": "shop"}],
    "table!": ["s", "Table at the source", {"example": "orders"}],
    "state!": ["s", "What happens to it", {"enum": ["waiting", "running", "done", "following"], "example": "running"}],
    "rows!": ["i", "Rows copied, or changes applied", {"example": 1000}],
    "estimated_rows": ["i", "Rows of the table, as the source estimates them", {"example": 2000}],
    "bytes!": ["i", "Bytes of their values", {"example": 65536}],
    "progress": ["s", "Share in percent", {"example": "50.00 %"}],
    "remaining_seconds": ["i", "Time it still needs; absent when unknown", {"example": 7}]
  },
  "Progress": {
    "": {"description": "How far the unit is, whichever it is."},
    "rows!": ["i", "Rows copied, or changes applied", {"example": 1000}],
    "estimated_rows!": ["i", "Rows to copy, as the source estimates them; 0 in sync", {"example": 2000}],
    "bytes!": ["i", "Bytes of values copied, or of binlog read", {"example": 65536}],
    "remaining_bytes!": ["i", "Bytes still to come, estimated; in sync those of the binlog", {"example": 65536}],
    "rows_per_second!": ["i", "Now", {"example": 500}],
    "bytes_per_second!": ["i", "Now", {"example": 32768}],
    "remaining_seconds": ["i", "Time the unit still needs, in sync to catch up; absent when unknown", {"example": 7}],
    "tables_total!": ["i", "Tables", {"example": 2}],
    "tables_done!": ["i", "Tables finished", {"example": 1}],
    "tables!": ["[TableProgress]", "At most 50: those in work first, then the largest that wait"]
  },
  "ErrorHandling": {
    "": {"description": "What somebody asked for the statement at which a subtask stopped."},
    "action!": ["s", "What is done with it", {"enum": ["skip", "replace", "inject"], "example": "replace"}],
    "binlog_name!": ["s", "Binlog file of the statement", {"example": "mysql-bin.000001"}],
    "binlog_pos!": ["i", "End of the statement's event", {"example": 1979}],
    "binlog_gtid": ["s", "Its GTID", {"example": "0-1-42"}],
    "statement!": ["s", "The statement, as the error showed it", {"example": "ALTER TABLE `db1`.`t1` ADD UNIQUE KEY (`v`)"}],
    "sqls!": ["[s]", "What the target gets instead, or before", {"example": ["ALTER TABLE `db1`.`t1` ADD KEY (`v`)"]}],
    "requested_at!": ["s", "When, in UTC", {"example": "2026-01-31T12:00:00Z"}],
    "state!": ["s", "Whether the subtask has come to it", {"enum": ["pending", "applied"], "example": "pending"}]
  },
  "ErrorObject": {
    "": {"description": "An error in parts: what, where, why, what to do."},
    "code!": ["i", "DM's number of the error", {"example": 46008}],
    "native": ["i", "The database server's own number", {"example": 1045}],
    "class!": ["s", "Part it comes from", {"example": "scheduler"}],
    "scope!": ["s", "Whose side it is on", {"enum": ["not-set", "upstream", "downstream", "internal"], "example": "internal"}],
    "level!": ["s", "How bad it is", {"enum": ["low", "medium", "high"], "example": "medium"}],
    "retryable": ["b", "Whether it is tried again by itself", {"example": false}],
    "message!": ["s", "What failed", {"example": "source config with ID mysql-01 not exists"}],
    "cause": ["s", "What a server or library said"],
    "workaround": ["s", "What to do", {"example": "Look at GET /api/v1/sources for the names."}],
    "source": ["s", "Source it happened on", {"example": "mysql-01"}],
    "event": ["s", "What can be skipped or replaced: a DDL statement, or a row change written as a statement", {"enum": ["ddl", "statement"], "example": "ddl"}],
    "binlog_name": ["s", "Binlog file", {"example": "mysql-bin.000001"}],
    "binlog_pos": ["i", "Position in the file", {"example": 1979}],
    "gtid": ["s", "GTID of the transaction", {"example": "0-1-17"}],
    "table": ["s", "Table", {"example": "`db`.`tb`"}],
    "row_key": ["s", "Key of the row that the target refused; absent when the table has none", {"example": "`id` = 7"}],
    "statement": ["s", "Statement", {"example": "ALTER TABLE `db`.`tb` ADD COLUMN `c` INT"}],
    "rule": ["s", "Rule of the task", {"example": "table_migrate_rule[0]"}]
  },
  "SubTaskStatus": {
    "": {"description": "One task on one source."},
    "name!": ["s", "Task", {"example": "task-1"}],
    "source_name!": ["s", "Source", {"example": "mysql-01"}],
    "worker_name!": ["s", "Worker that runs it, empty when the source is bound to none", {"example": "worker-1"}],
    "stage!": ["s", "Stage", {"enum": ["Stopped", "Running", "Finished", "Paused"], "example": "Running"}],
    "unit!": ["s", "Phase", {"enum": ["dump", "load", "sync", "Dump", "Load", "Sync"], "example": "sync"}],
    "unresolved_ddl_lock_id": ["s", "Shard DDL lock it waits for", {"example": ""}],
    "load_status": ["LoadStatus", "While the unit is load"],
    "sync_status": ["SyncStatus", "While the unit is sync"],
    "dump_status": ["DumpStatus", "While the unit is dump"],
    "progress+": ["Progress", "Rows, bytes, rates and remaining time, of the subtask and its tables"],
    "error_msg": ["s", "One line an error; absent when fine"],
    "status_age_seconds+": ["i", "Age of the report that this is; 0 when the subtask itself was asked", {"example": 0}],
    "errors+": ["[ErrorObject]", "The same errors in parts"]
  }
})json";

}  // namespace sluice::api
