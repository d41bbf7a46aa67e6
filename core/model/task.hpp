#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/model/source.hpp"

namespace sluice::model {

/// Named by TableMigrateRule::binlog_filter_rule (api.md 3.9).
struct BinlogFilterRule {
  /// Extension: "Ignore" ignores what the lists match, "Do" ignores everything else.
  std::string action = "Ignore";
  std::vector<std::string> ignore_event;
  std::vector<std::string> ignore_sql;
};

/// Extension: DM's expression-filter, named by SourceConf::expression_filter_rule. Row changes of one source table for
/// which an expression is true are not replicated. Empty = no such expression.
struct ExpressionFilterRule {
  std::string schema;  ///< a name, no pattern
  std::string table;
  std::string insert_value_expr;
  std::string update_old_value_expr;
  std::string update_new_value_expr;
  std::string delete_value_expr;
};

/// Extension: DM's block-allow-list, named by SourceConf::block_allow_list. All texts are patterns.
struct BlockAllowList {
  struct Table {
    std::string schema;
    std::string table;
  };
  std::vector<std::string> do_dbs;
  std::vector<Table> do_tables;
  std::vector<std::string> ignore_dbs;
  std::vector<Table> ignore_tables;
};

/// api.md 3.10. Empty target parts keep the source's name.
struct TableMigrateRule {
  std::string source_name;
  std::string schema;  ///< pattern
  std::string table;   ///< pattern; "" = the whole schema
  std::string target_schema;
  std::string target_table;
  std::vector<std::string> binlog_filter_rule;
};

struct FullMigrateConf {
  int export_threads = 4;
  int import_threads = 16;
  std::string data_dir = "./dumped_data";
  std::string consistency = "auto";  ///< auto, flush, snapshot, lock, none
  std::string import_mode = "logical";
  std::string on_duplicate_logical;  ///< "" = take the task's on_duplicate
  // Kept and returned; only physical import reads them.
  std::string on_duplicate_physical;
  std::string sorting_dir;
  std::string disk_quota;
  std::string checksum;
  std::string analyze;
  int range_concurrency = 0;
  std::string compress_kv_pairs;
  std::string pd_addr;
  std::optional<Security> security;
};

struct IncrMigrateConf {
  int repl_threads = 16;
  int repl_batch = 100;
  bool safe_mode = false;
};

struct SourceConf {
  std::string source_name;
  std::string binlog_name;
  uint64_t binlog_pos = 0;
  std::string binlog_gtid;
  /// Extension: the list that alone says which tables of the source are migrated; "" = all but the system schemas.
  /// Absent: the table_migrate_rule entries of the source say it.
  std::optional<std::string> block_allow_list;
  std::vector<std::string> expression_filter_rule;  ///< extension
};

struct TargetConfig {
  std::string plugin = "mysql";  ///< extension: the sink plugin; its own settings are in `settings_json`
  Endpoint endpoint;             ///< unused by sinks that are no server
  std::string foreign_key_checks = "0";
  std::string settings_json = "{}";  ///< the posted target_config object, secrets in clear, in memory only
};

/// Extension: a filter plugin that judges what a task replicates, beside binlog_filter_rule.
struct FilterPlugin {
  std::string plugin;
  std::string settings_json = "{}";
};

/// A task as the API defines it (api.md 3.7).
struct Task {
  std::string name;
  std::string task_mode;   ///< all, full, incremental, dump, load
  std::string shard_mode;  ///< "", pessimistic, optimistic
  bool strict_optimistic_shard_mode = false;
  std::string meta_schema = "dm_meta";
  std::string timezone;  ///< "" = the downstream's
  bool enhance_online_schema_change = true;
  std::string on_duplicate = "replace";  ///< replace, error, ignore ("overwrite" is read as replace)
  TargetConfig target;
  std::map<std::string, BinlogFilterRule> binlog_filter_rule;
  std::vector<TableMigrateRule> table_migrate_rule;
  std::optional<FullMigrateConf> full_migrate_conf;
  std::optional<IncrMigrateConf> incr_migrate_conf;
  std::vector<SourceConf> source_conf;
  std::vector<std::string> ignore_checking_items;
  std::vector<std::string> checking_items;                 ///< extension: pre-check items that are off unless named
  std::vector<FilterPlugin> filters;                       ///< extension
  std::map<std::string, BlockAllowList> block_allow_list;  ///< extension
  std::map<std::string, ExpressionFilterRule> expression_filter_rule;  ///< extension

  bool dumps() const { return task_mode == "all" || task_mode == "full" || task_mode == "dump"; }
  bool loads() const { return task_mode == "all" || task_mode == "full" || task_mode == "load"; }
  /// The block-allow-list of a source stands instead of its table_migrate_rule entries.
  bool has_list(const std::string& source) const {
    for (const SourceConf& conf : source_conf) {
      if (conf.source_name == source && conf.block_allow_list) return true;
    }
    return false;
  }
  bool syncs() const { return task_mode == "all" || task_mode == "incremental"; }
};

/// Where a start request wants following to end: one of the three, or none. (extension)
struct Until {
  std::string binlog_name;
  uint64_t binlog_pos = 0;
  std::string binlog_gtid;
  std::string time;  ///< a form of start_time
  bool empty() const { return binlog_name.empty() && binlog_gtid.empty() && time.empty(); }
};

/// Arguments of one start request, kept per subtask until the next start or stop (behaviour.md 10.8).
struct StartArguments {
  bool remove_meta = false;
  std::string start_time;
  std::string safe_mode_time_duration;
  Until until;
  /// Tells this request from all others: what has been fulfilled is noted with it beside the checkpoint, in the same
  /// transaction, so that a restart neither forgets an argument nor obeys it twice.
  std::string token;
};

}  // namespace sluice::model
