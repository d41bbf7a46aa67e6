#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/model/json.hpp"

namespace sluice::model {

/// How far one table of a subtask is. Counted since the unit began, so that rates can be drawn from it.
struct TableProgress {
  std::string schema;  ///< at the source
  std::string table;
  std::string state;            ///< waiting, running, done; following in sync
  uint64_t rows = 0;            ///< read and written by the copy; changes applied by sync
  uint64_t estimated_rows = 0;  ///< of the whole table, 0 = unknown
  uint64_t bytes = 0;           ///< of values; of the binlog's row changes in sync
  std::string progress;         ///< "12.34 %", "" in sync
  std::optional<int64_t> remaining_seconds;
};

/// What dump, load and sync tell with the same depth: an extension of DM's statuses.
struct Progress {
  uint64_t rows = 0;
  uint64_t estimated_rows = 0;  ///< 0 in sync
  uint64_t bytes = 0;
  uint64_t remaining_bytes = 0;  ///< estimated; in sync the binlog that has not been applied yet
  int64_t rows_per_second = 0;
  int64_t bytes_per_second = 0;
  std::optional<int64_t> remaining_seconds;  ///< none when it cannot be told
  size_t tables_total = 0;
  size_t tables_done = 0;
  /// Those in work first, then those that wait, the largest first; at most kMaxTables, since statuses are stored.
  std::vector<TableProgress> tables;
  static constexpr size_t kMaxTables = 50;
};

/// Where the time between a commit at the source and its arrival in the target goes: shares that add up to 1, of the
/// last moments. Absent until something has been measured.
struct LagShares {
  double source = 0;    ///< waiting for the source and the network
  double decode = 0;    ///< decoding, filtering, routing
  double conflict = 0;  ///< changes that wait for an earlier change of the same row
  double target = 0;    ///< the target's own time
};

Json write_progress(const Progress& progress);
Progress read_progress(const Json& json);
Json write_lag(int64_t milliseconds, const std::optional<LagShares>& shares);
std::optional<LagShares> read_lag_shares(const Json& lag);

}  // namespace sluice::model
