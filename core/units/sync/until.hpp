#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/binlog/gtid.hpp"
#include "core/units/sync/sync_options.hpp"
#include "core/units/sync/watermark.hpp"
#include "core/upstream/binlog_search.hpp"
#include "core/upstream/binlog_stream.hpp"
#include "core/upstream/server_info.hpp"

namespace sluice::units::sync {

/// Where a run is to end, as the start request says: at the first boundary between transactions that is at or after a
/// position; at which all transactions of a GTID set have been seen; or before which everything began before a time. It
/// is judged anew in every run, from where that begins: nothing needs to be remembered. One thread.
class Until {
 public:
  /// REQUIRES: the request has one. E11059, E11060: no GTID set of the source's flavour; E26007: it has no GTIDs. The
  /// set that belongs to a bare position is read from the binlog.
  static Result<Until> make(const SyncOptions& options, const BinlogLocation& start, const upstream::ServerInfo& server,
                            upstream::BinlogSearch& search);

  // All three only between two transactions.
  /// Everything before `file`, `pos` has been read.
  bool reached(const std::string& file, uint64_t pos) const;
  /// The next event lies behind the end. `source_now`: a time of the source's clock, in seconds, whose earlier
  /// changes have all been read: a silent source says nothing that would show that the time has passed.
  bool ends_before(const upstream::StreamEvent& event, std::optional<int64_t> source_now) const;
  void passed(const TransactionId& transaction);

  const std::string& shown() const { return shown_; }

 private:
  std::string shown_;
  std::optional<binlog::Position> position_;
  std::optional<int64_t> time_;
  std::optional<binlog::GtidSet> wanted_;
  binlog::GtidSet seen_{binlog::Flavor::kMysql};
};

}  // namespace sluice::units::sync
