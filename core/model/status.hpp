#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/model/error.hpp"
#include "core/model/progress.hpp"
#include "core/model/stage.hpp"

namespace sluice::model {

/// api.md 3.14
struct DumpStatus {
  int64_t total_tables = 0;
  double completed_tables = 0;
  double finished_bytes = 0;
  double finished_rows = 0;
  double estimate_total_rows = 0;
  int64_t bps = 0;
  std::string progress = "0.00 %";
};

/// api.md 3.13
struct LoadStatus {
  int64_t finished_bytes = 0;
  int64_t total_bytes = 0;
  std::string progress = "0.00 %";
  std::string meta_binlog;
  std::string meta_binlog_gtid;
  int64_t bps = 0;
};

/// What somebody asked to be done with the statement at which a subtask stopped.
struct ErrorHandling {
  std::string action;  ///< skip, replace, inject
  std::string binlog_name;
  uint64_t binlog_pos = 0;  ///< end of the statement's event
  std::string binlog_gtid;
  std::string statement;          ///< the source's, as the error showed it
  std::vector<std::string> sqls;  ///< instead of it (replace) or before it (inject), in source names
  std::string requested_at;       ///< UTC, 2006-01-02T15:04:05Z
  bool applied = false;           ///< by the run that the status is of; else pending
};

/// api.md 3.15, plus the counters of the "no silent skip" rule: read = applied + filtered + pending.
struct SyncStatus {
  int64_t total_events = 0;
  int64_t total_tps = 0;
  int64_t recent_tps = 0;
  std::string master_binlog;
  std::string master_binlog_gtid;
  std::string syncer_binlog;
  std::string syncer_binlog_gtid;
  std::vector<std::string> blocking_ddls;
  bool synced = false;
  std::string until_reached;  ///< the end that the start request gave, once everything before it is applied; else ""
  std::string binlog_type = "remote";
  std::optional<int64_t> master_age_seconds;  ///< how old master_binlog is; 0 while the source answers
  std::optional<int64_t> seconds_behind_master;
  std::optional<int64_t> lag_ms;        ///< the same, finer
  std::optional<LagShares> lag_shares;  ///< where the lag comes from
  uint64_t io_total_bytes = 0;
  uint64_t dump_io_total_bytes = 0;
  uint64_t read = 0;                           ///< row changes and DDL clauses read
  uint64_t applied = 0;                        ///< reached the target, now or (replayed) before a restart
  uint64_t pending = 0;                        ///< in the pipeline
  std::map<std::string, uint64_t> filtered;    ///< by rule name
  std::vector<ErrorHandling> error_handlings;  ///< pending, or applied by this run
};

/// One subtask as a worker reports it (api.md 3.12).
struct SubtaskStatus {
  std::string task;
  std::string source;
  std::string worker;
  Stage stage = Stage::New;
  std::string unit = "sync";  ///< dump, load, sync
  std::optional<DumpStatus> dump;
  std::optional<LoadStatus> load;
  std::optional<SyncStatus> sync;
  std::optional<Progress> progress;
  std::vector<Error> errors;
  int64_t age_seconds = 0;  ///< of a report of another process; 0 = told by the subtask itself now
};

}  // namespace sluice::model
