#include "core/api/openapi_types.hpp"

namespace sluice::api {

const char* const kTaskTypes = R"json({
  "Session": {
    "": {"description": "Session variables of the incremental unit in the target; no other member is admitted."},
    "foreign_key_checks": ["s", "\"0\" or \"1\"; cannot be changed later", {"default": "0", "enum": ["0", "1"], "example": "0"}]
  },
  "TargetConfig": {
    "": {"description": "Where a task writes. host, port and user belong to the target plugin mysql; another plugin brings settings of its own.",
         "anyOf": [{"required": ["host", "port", "user"]}, {"required": ["plugin"]}], "additionalProperties": true},
    "plugin+": ["s", "The target plugin (sink)", {"default": "mysql", "example": "mysql"}],
    "host": ["s", "Host name or address", {"minLength": 1, "example": "127.0.0.1"}],
    "port": ["i", "TCP port", {"minimum": 1, "maximum": 65535, "example": 4000}],
    "user": ["s", "User of the target", {"minLength": 1, "example": "root"}],
    "password": ["s?", "Password, in clear or encrypted with the key of this process; replies mask it. An update without it, or with ******, keeps the stored one.", {"example": "123456"}],
    "security": "Security",
    "session": "Session"
  },
  "BinlogFilterRule": {
    "": {"description": "What is not replicated. A rule ignores what any of its events or expressions matches; with action Do, what one of its lists does not match."},
    "action+": ["s", "Ignore, or Do: only events that match ignore_event are replicated, and of statements only those that match ignore_sql, too, when it is given", {"default": "Ignore", "enum": ["Ignore", "Do"], "example": "Ignore"}],
    "ignore_event": ["[s]", "Names of events, in any case: all, all dml, all ddl, insert, update, delete, create table, ...", {"example": ["all dml"]}],
    "ignore_sql": ["[s]", "Regular expressions, searched in the text of DDL statements, in any case", {"example": ["^Drop"]}]
  },
  "ListedTable": {
    "": {"description": "Tables of a block-allow-list. Patterns as in table_migrate_rule."},
    "schema!": ["s", "Pattern of schemas", {"minLength": 1, "example": "db-*"}],
    "table!": ["s", "Pattern of tables", {"minLength": 1, "example": "tb-*"}]
  },
  "BlockAllowList": {
    "": {"description": "Which tables are migrated, as DM's block-allow-list: do_dbs narrow the schemas, without them ignore_dbs do; within these a table of do_tables is migrated, one of ignore_tables is not, any other only when there are no do_tables."},
    "do_dbs": ["[s]", "Patterns of schemas that are migrated", {"example": ["shop"]}],
    "do_tables": ["[ListedTable]", "Tables that are migrated"],
    "ignore_dbs": ["[s]", "Patterns of schemas that are not migrated; without effect beside do_dbs", {"example": ["test"]}],
    "ignore_tables": ["[ListedTable]", "Tables that are not migrated"]
  },
  "ExpressionFilterRule": {
    "": {"description": "Row changes of one source table that are not replicated: those for which the expression is true. SQL over the columns; docs/expression-filter.md says what it may hold. One rule has expressions for one kind of change."},
    "schema!": ["s", "Schema of the source, no pattern", {"minLength": 1, "example": "shop"}],
    "table!": ["s", "Table of the source, no pattern", {"minLength": 1, "example": "orders"}],
    "insert_value_expr": ["s", "An INSERT for whose row it is true is not replicated", {"example": "status = 'draft'"}],
    "update_old_value_expr": ["s", "An UPDATE for whose old row it is true is not replicated"],
    "update_new_value_expr": ["s", "An UPDATE for whose new row it is true is not replicated; beside update_old_value_expr both must be true"],
    "delete_value_expr": ["s", "A DELETE for whose row it is true is not replicated"]
  },
  "RuleSource": {
    "": {"description": "What a rule selects. Patterns: * (as the last character), ?, [abc], [a-z], [!a], or ~ and a regular expression."},
    "source_name!": ["s", "A source_config.source_conf[].source_name", {"example": "mysql-01"}],
    "schema!": ["s", "Pattern of schemas", {"minLength": 1, "example": "db-*"}],
    "table!": ["s", "Pattern of tables; empty = the whole schema", {"example": "tb-*"}]
  },
  "RuleTarget": {
    "": {"description": "Where it goes; what is absent or empty keeps the name of the source."},
    "schema": ["s", "Schema in the target", {"example": "db1"}],
    "table": ["s", "Table in the target", {"example": "tb1"}]
  },
  "TableMigrateRule": {
    "": {"description": "Selects tables of a source, renames them and binds filters to them."},
    "source!": ["RuleSource", "What the rule selects"],
    "target": ["RuleTarget", "Absent = nothing is renamed"],
    "binlog_filter_rule": ["[s]", "Names in the task's binlog_filter_rule", {"example": ["rule-1"]}]
  },
  "FullMigrateConf": {
    "": {"description": "How the tables are copied."},
    "export_threads": ["i", "Threads that read", {"default": 4, "minimum": 1, "maximum": 1024, "example": 4}],
    "import_threads": ["i", "Threads that write", {"default": 16, "minimum": 1, "maximum": 1024, "example": 16}],
    "data_dir": ["s", "Folder of dump files", {"default": "./dumped_data", "minLength": 1, "example": "./exported_data"}],
    "consistency": ["s", "How the snapshot is tied to one position", {"default": "auto", "enum": ["auto", "flush", "snapshot", "lock", "none"], "example": "auto"}],
    "import_mode": ["s", "Physical import and import-into need a target that can do it", {"default": "logical", "enum": ["logical", "physical", "import-into"], "example": "logical"}],
    "sorting_dir": ["s", "Physical import: folder for sorting", {"example": ""}],
    "disk_quota": ["s", "Physical import: size such as 80G", {"example": "80G"}],
    "checksum": ["s", "Physical import: comparison of checksums afterwards", {"enum": ["", "required", "optional", "off"], "example": "required"}],
    "analyze": ["s", "Physical import: ANALYZE TABLE afterwards", {"enum": ["", "required", "optional", "off"], "example": "optional"}],
    "range_concurrency": ["i", "Physical import: ranges at a time; 0 = automatic", {"default": 0, "minimum": 0, "example": 0}],
    "compress-kv-pairs": ["s", "Physical import: compression", {"example": ""}],
    "pd_addr": ["s", "Physical import: address of the placement driver", {"example": "127.0.0.1:2379"}],
    "security": ["Security", "Physical import: TLS towards the target's own ports; no member may be empty"],
    "on_duplicate_logical": ["s", "What the copy does about an existing key; wins over the task's on_duplicate", {"enum": ["", "replace", "error", "ignore"], "example": "replace"}],
    "on_duplicate_physical": ["s", "Physical import: what it does about duplicates", {"enum": ["", "none", "manual"], "example": "none"}]
  },
  "IncrMigrateConf": {
    "": {"description": "How changes are replicated."},
    "repl_threads": ["i", "Parallel appliers", {"default": 16, "minimum": 1, "maximum": 1024, "example": 16}],
    "repl_batch": ["i", "Rows a transaction in the target", {"default": 100, "minimum": 1, "example": 100}],
    "safe_mode": ["b", "Repeatable writes (REPLACE, DELETE) all the time", {"default": false, "example": false}]
  },
  "SourceConf": {
    "": {"description": "A source of the task and, for an incremental task, where to begin."},
    "source_name!": ["s", "An existing source", {"minLength": 1, "example": "mysql-01"}],
    "binlog_name": ["s", "Binlog file to begin with", {"example": "binlog.000001"}],
    "binlog_pos": ["i", "Position in that file", {"minimum": 0, "maximum": 4294967295, "example": 4}],
    "binlog_gtid": ["s", "GTID set to begin at; wins when the source has enable_gtid", {"example": "03fc0263-28c7-11e7-a653-6c0b84d59f30:1-7041423"}],
    "block_allow_list+": ["s", "Name in the task's block_allow_list: that list alone selects the tables of this source, table_migrate_rule then only renames and filters them; empty = no list, everything but system schemas; absent = table_migrate_rule selects", {"example": "shop-only"}],
    "expression_filter_rule+": ["[s]", "Names in the task's expression_filter_rule", {"example": ["no-drafts"]}]
  },
  "SourceConfig": {
    "": {"description": "The sources of a task and how they are read."},
    "full_migrate_conf": ["FullMigrateConf", "The full copy"],
    "incr_migrate_conf": ["IncrMigrateConf", "The incremental replication"],
    "source_conf!": ["[SourceConf]", "The sources, each once", {"minItems": 1}]
  },
  "FilterPlugin": {
    "": {"description": "A filter plugin that judges what the task replicates; its own settings stand beside its name.", "additionalProperties": true},
    "plugin!": ["s", "Name of the plugin", {"example": "binlog_event"}]
  },
  "Task": {
    "": {"description": "What moves which tables of which sources where. A task is created stopped."},
    "name!": ["s", "Unique name; cannot be changed", {"minLength": 1, "example": "task-1"}],
    "task_mode!": ["s", "all: full copy, then replication; full; incremental; dump: files only; load: reads them", {"enum": ["all", "full", "incremental", "dump", "load"], "example": "all"}],
    "shard_mode": ["s?", "How the DDL of merged shards is coordinated; absent or empty = no merging", {"enum": ["", "pessimistic", "optimistic", null], "example": "pessimistic"}],
    "strict_optimistic_shard_mode": ["b", "Only with optimistic", {"default": false, "example": false}],
    "meta_schema": ["s", "Schema of the metadata tables in the target", {"default": "dm_meta", "minLength": 1, "example": "dm_meta"}],
    "timezone": ["s", "IANA name or offset ±HH:MM; absent = that of the target", {"example": "Asia/Tokyo"}],
    "enhance_online_schema_change": ["b", "Understand gh-ost and pt-online-schema-change", {"default": true, "example": true}],
    "on_duplicate": ["s", "What the copy does about an existing key; overwrite and replace are the same", {"default": "replace", "enum": ["overwrite", "replace", "error", "ignore"], "example": "error"}],
    "target_config!": ["TargetConfig", "Where the task writes"],
    "binlog_filter_rule": ["{BinlogFilterRule}", "Filters by name"],
    "table_migrate_rule!": ["[TableMigrateRule]", "The tables; empty = everything but system schemas"],
    "source_config!": ["SourceConfig", "The sources"],
    "ignore_checking_items": ["[s]", "Items of the pre-check to skip; all skips it", {"example": ["dump_privilege"]}],
    "checking_items+": ["[s]", "Items of the pre-check that are off unless named: primary_key", {"example": ["primary_key"]}],
    "block_allow_list+": ["{BlockAllowList}", "Block-allow-lists by name, for source_conf"],
    "expression_filter_rule+": ["{ExpressionFilterRule}", "Filters of rows by name, for source_conf"],
    "filters+": ["[FilterPlugin]", "Filter plugins beside binlog_filter_rule"],
    "status_list>": ["[SubTaskStatus]", "Only with with_status=true"]
  },
  "PrecheckFinding": {
    "": {"description": "One thing that stands in the way."},
    "severity!": ["s", "fail or warn", {"enum": ["fail", "warn"], "example": "fail"}],
    "short_error!": ["s", "What is wrong", {"example": "binlog_format is STATEMENT, and should be ROW"}],
    "object!": ["s", "What it is about: a table, an account, a variable", {"example": "binlog_format"}],
    "instruction!": ["s", "What mends it; a statement stands last, to be run as it is printed", {"example": "SET GLOBAL binlog_format = 'ROW';"}]
  },
  "PrecheckItem": {
    "": {"description": "One item of the pre-check on one server."},
    "id!": ["i", "Its place in the report", {"example": 3}],
    "name!": ["s", "As in ignore_checking_items", {"example": "binlog_format"}],
    "desc!": ["s", "What it verifies", {"example": "the binary log of the source holds rows"}],
    "state!": ["s", "That of the worst finding", {"enum": ["success", "warn", "fail"], "example": "fail"}],
    "errors!": ["[PrecheckFinding]", "The findings"],
    "instruction!": ["s", "That of the first finding", {"example": "SET GLOBAL binlog_format = 'ROW';"}],
    "extra!": ["s", "The source; empty = the target, or all sources together", {"example": "source mysql-01"}]
  },
  "PrecheckSummary": {
    "": {"description": "The report in numbers."},
    "passed!": ["b", "Nothing fails", {"example": false}],
    "total!": ["i", "Items", {"example": 14}],
    "successful!": ["i", "Items in state success", {"example": 12}],
    "failed!": ["i", "Items in state fail", {"example": 1}],
    "warning!": ["i", "Items in state warn", {"example": 1}]
  },
  "PrecheckReport": {
    "": {"description": "What the pre-check of a task found."},
    "results!": ["[PrecheckItem]", "The items that the mode of the task needs"],
    "summary!": ["PrecheckSummary", "In numbers"]
  },
  "CreateTaskRequest": {
    "": {"description": "The task, wrapped; the task alone is taken as well."},
    "task!": "Task"
  },
  "CreateTaskReply": {
    "": {"description": "The task as stored and what the pre-check said."},
    "task!": "Task",
    "check_result!": ["s", "Outcome of the pre-check with its warnings; empty when it was skipped", {"example": "pre-check is passed. "}]
  }
})json";

}  // namespace sluice::api
