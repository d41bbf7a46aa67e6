#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/units/checkpoints.hpp"
#include "core/units/sync/error_handling.hpp"
#include "core/units/sync/key_hash.hpp"
#include "core/units/sync/row_location.hpp"
#include "core/units/sync/sync_options.hpp"
#include "core/upstream/binlog_search.hpp"

namespace sluice::units::sync {

/// What earlier runs left.
struct Stored {
  std::optional<CheckpointRow> global;
  std::vector<CheckpointRow> tables;
  std::array<std::string, kLanes> lanes;
  std::optional<RowLocation> ddl;
  std::vector<StoredHandling> handlings;     ///< that are still to be met
  bool old_handlings = false;                ///< only others are there
  std::map<std::string, std::string> start;  ///< which start arguments have been fulfilled, see sync_start.cpp
};
Result<Stored> read_stored(Checkpoints& checkpoints);

/// Where a run begins: at start_time when that has not been fulfilled yet, else at the checkpoint, else at the task's
/// own location (E20022 when there is none). start_time is searched for in the binlog (E20057) and becomes the
/// checkpoint, here and in `stored`, before anything is applied: in one transaction with the note that it is fulfilled.
Result<BinlogLocation> start_location(const SyncOptions& options, Stored& stored, upstream::BinlogSearch& search);

/// For how long row changes are written so that they may come a second time. Times are those of event headers.
struct SafeMode {
  bool always = false;
  std::optional<RowLocation> until;                   ///< exit point: rows up to here
  std::optional<int64_t> until_time;                  ///< up to the first event of this second or later
  std::optional<int64_t> seconds_to_come;             ///< the same, so long after the first event
  std::vector<Mark> noted(int64_t until_time) const;  ///< what stores `until_time` once the first event has told it
  std::string token;
};
/// E36071 when the request forbids safe mode, and changes have to be applied a second time.
Result<SafeMode> safe_mode_of(const SyncOptions& options, const Stored& stored, const BinlogLocation& start);

}  // namespace sluice::units::sync
