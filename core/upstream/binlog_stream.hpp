#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "core/model/error.hpp"
#include "core/model/source.hpp"

namespace sluice::upstream {

/// Where a stream begins.
struct StreamStart {
  bool by_gtid = false;
  std::string file;      ///< by position: a binlog file of the server
  uint64_t pos = 4;      ///< start of an event there; may exceed 4 GiB
  std::string gtid_set;  ///< by GTID: what has been seen already; "" = from the oldest
};

struct StreamOptions {
  uint32_t server_id = 0;                        ///< ours; unique among the replicas of the server
  std::chrono::milliseconds heartbeat{30'000};   ///< the server's silence at most
  std::chrono::seconds read_timeout{60};         ///< more than `heartbeat`; then the connection counts as lost
  int max_reconnects = 60;                       ///< attempts in a row without one event in between
  std::chrono::milliseconds backoff_first{100};  ///< pause before the second attempt, doubled each time
  std::chrono::milliseconds backoff_most{5'000};
};

/// One event of the stream.
struct StreamEvent {
  enum class Kind : uint8_t { Event, Heartbeat };
  Kind kind = Kind::Event;
  uint8_t type = 0;  ///< event type byte
  /// After a reconnect within a transaction the FORMAT_DESCRIPTION, ROTATE and TABLE_MAP events that the following
  /// events need come once more, marked so. All others come exactly once.
  bool replayed = false;
  bool has_checksum = false;                ///< the last four bytes of `data` are its CRC-32
  std::span<const uint8_t> data;            ///< header, body, checksum; valid while `owner` lives
  std::shared_ptr<const uint8_t[]> owner;   ///< block shared by neighbouring events
  std::shared_ptr<const std::string> file;  ///< binlog file that the event stands in; never null
  /// Where the event stands. Artificial events (first ROTATE, FORMAT_DESCRIPTION of a start inside a file) take no
  /// room: start = end = where the following one begins. Heartbeats: the server's reading position.
  uint64_t start_pos = 0;
  uint64_t end_pos = 0;
};

/// The events of a source server, in order, each once, over reconnects. One thread calls next(); cancel() and the
/// counters may be used by any. Format: MySQL's COM_BINLOG_DUMP and COM_BINLOG_DUMP_GTID; MariaDB's GTID start is
/// COM_BINLOG_DUMP after SET @slave_connect_state.
///
/// A lost connection is reopened with growing pauses at the start of the current transaction; events delivered before
/// are dropped. By GTID this also works when another server answers (its files and positions are different, and the
/// events to drop are checked against those delivered: E36069, retryable from a checkpoint, when they differ).
class BinlogStream {
 public:
  BinlogStream(model::Endpoint endpoint, StreamStart start, StreamOptions options);
  BinlogStream(const BinlogStream&) = delete;
  BinlogStream& operator=(const BinlogStream&) = delete;
  ~BinlogStream();

  /// Connects and asks for the stream, once, without reconnect; next() does so by itself otherwise.
  Status open();
  /// Blocks for the next event; at least every `heartbeat` something comes. Errors end the stream: E36069 with the
  /// cause after max_reconnects or when the server refuses (native 1236: what is missing and the remedy; not
  /// retryable), E10001 when the credentials are refused.
  Result<StreamEvent> next();
  /// Ends next() within a second with an error; cancelled() tells the difference. [any thread]
  void cancel();
  bool cancelled() const;

  uint64_t bytes_received() const;  ///< of events. [any thread]
  uint64_t reconnects() const;      ///< successful ones. [any thread]

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sluice::upstream
