#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>

#include "core/binlog/gtid.hpp"
#include "core/model/error.hpp"
#include "core/units/checkpoints.hpp"
#include "core/units/sync/watermark.hpp"

namespace sluice::units::sync {

/// Writes the global checkpoint as the watermark moves: every interval when something changed, and on demand. The
/// checkpoint never runs ahead of what the target has confirmed. Thread-safe.
class Checkpointer {
 public:
  /// `applied` tells the pool's low watermark. `start` is the location this run begins at; a GTID set that cannot be
  /// read, or "", is unknown until the binlog tells one.
  Checkpointer(Checkpoints& store, Watermark& watermark, std::function<uint64_t()> applied, BinlogLocation start,
               BinlogLocation exit_safe, binlog::Flavor flavor);
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;
  ~Checkpointer();

  /// Called after each write. Set before anything is written.
  void on_written(std::function<void()> callback) { on_written_ = std::move(callback); }
  void start(std::chrono::milliseconds interval, std::function<void()> on_failure);
  void stop();

  /// Writes now, with further rows (tables' structures) and marks; the global row is written even when it did not move.
  Status flush(std::span<const CheckpointRow> rows = {}, std::span<const Mark> marks = {});

  /// The last location that was written (at first: where the run began).
  BinlogLocation flushed() const;
  /// A failure of the background thread that will not go away.
  std::optional<Error> error() const;

 private:
  void run(std::chrono::milliseconds interval);
  bool advance();  // takes what has been applied into `location_`; true when it moved
  Status write(std::span<const CheckpointRow> rows, std::span<const Mark> marks);

  Checkpoints& store_;
  Watermark& watermark_;
  std::function<uint64_t()> applied_;
  std::function<void()> on_failure_;
  std::function<void()> on_written_;

  std::mutex writing_;  // one write at a time; guards store_, location_, set_, exit_safe_
  BinlogLocation location_;
  BinlogLocation exit_safe_;
  std::optional<binlog::GtidSet> set_;
  bool dirty_ = true;  // the first write records where the task began

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  BinlogLocation flushed_;
  std::optional<Error> error_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace sluice::units::sync
