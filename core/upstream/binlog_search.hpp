#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "core/binlog/event_header.hpp"
#include "core/binlog/gtid.hpp"
#include "core/binlog/position.hpp"
#include "core/model/error.hpp"
#include "core/model/source.hpp"
#include "core/upstream/binlog_stream.hpp"
#include "core/upstream/connection.hpp"

namespace sluice::upstream {

/// A place between two transactions of a source's binlog.
struct BinlogPlace {
  std::string file;
  uint64_t pos = 4;
  std::string gtid_set;       ///< of all transactions before it; "" without GTIDs
  bool before_first = false;  ///< the time asked for lies before the oldest file: this is where that one begins
};

/// Part of transactions or a statement: its time says when the source changed something. Heads of files, rotations and
/// the like say when the file was made.
bool tells_time_of_change(binlog::EventType type);

/// Finds places in the binlog files that a source has. One thread, but cancel().
class BinlogSearch {
 public:
  /// `server_id`: ours on the replication connections, free at the source. `canceller`: of the other connections.
  BinlogSearch(model::Endpoint endpoint, uint32_t server_id, Canceller canceller = {});

  /// Where the first transaction begins that holds an event of `time` (seconds since the epoch) or later: a search over
  /// the times at which the files begin, then a scan. Before the oldest file: that file's begin. E20057 when the binlog
  /// ends before `time`. Sources whose clock was set back are searched as if it had not been.
  /// `shown` is how the user wrote the time.
  Result<BinlogPlace> at_time(int64_t time, const std::string& shown);
  /// The GTIDs executed before a place between two transactions, read from the head of its file on.
  Result<std::string> gtid_set_before(const std::string& file, uint64_t pos);
  /// Ends the search in progress and later ones with a retryable E36069. [any thread]
  void cancel();

 private:
  struct Wanted;
  Status open(const std::string& file);
  Result<int64_t> begin_of(const std::string& file);
  Result<std::optional<BinlogPlace>> scan(const std::string& file, const Wanted& wanted);

  const model::Endpoint endpoint_;
  const uint32_t server_id_;
  const Canceller canceller_;
  std::mutex mutex_;  // guards the two below against cancel()
  std::unique_ptr<BinlogStream> stream_;
  bool cancelled_ = false;
};

/// The instant that a time of a request means (model::parse_start_time), in seconds since the epoch: without a zone it
/// is a time of the source's own zone, summer time included.
Result<int64_t> unix_time(const model::Endpoint& endpoint, const std::string& text, const Canceller& canceller = {});

}  // namespace sluice::upstream
