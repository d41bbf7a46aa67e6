#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "core/model/error.hpp"
#include "core/units/memory_budget.hpp"
#include "core/units/sync/counters.hpp"
#include "core/units/sync/work_item.hpp"

namespace sluice::host {
class Sink;
}

namespace sluice::units::sync {

struct WriterPoolOptions {
  uint32_t writers = 16;    ///< at most kLanes
  size_t batch_rows = 100;  ///< rows per target transaction
  size_t batch_bytes = 1U << 20;
  bool marks = true;  ///< lanes write their position with their rows
  int attempts = 8;   ///< per batch, for retryable errors
};

/// The sink's writers and their queues. Lane l is served by writer l % writers, so that changes of one lane are applied
/// in order by one session. push() and drain() are for the dispatching thread only.
class WriterPool {
 public:
  /// `lanes`: the stored position of each lane ("" = none), see RowLocation::to_string.
  WriterPool(std::shared_ptr<host::Sink> sink, WriterPoolOptions options, std::shared_ptr<MemoryBudget> memory,
             std::array<std::string, kLanes> lanes, Counters& counters);
  WriterPool(const WriterPool&) = delete;
  WriterPool& operator=(const WriterPool&) = delete;
  /// Stops without waiting for what is queued.
  ~WriterPool();

  uint32_t writers() const { return options_.writers; }
  uint32_t writer_of(uint32_t lane) const { return lane % options_.writers; }

  void start();
  /// Queues an item; blocks while the memory is used up. False when the pool has failed or is stopping.
  bool push(uint32_t writer, WorkItem item);
  /// Waits until everything pushed has been applied. False when the pool has failed or is stopping.
  bool drain();
  /// Makes push, drain and the writers give up. [any thread]
  void stop();
  /// Waits for the writers' threads after stop(): no callback comes any more.
  void join();

  /// Every change up to this number has been applied. [any thread]
  uint64_t applied_seq() const;
  /// The first failure, if any. [any thread]
  std::optional<Error> error() const;
  /// Called (on a writer's thread) when the pool has failed.
  void on_failure(std::function<void()> callback) { on_failure_ = std::move(callback); }

 private:
  struct Writer {
    std::deque<WorkItem> queue;
    uint64_t applied = 0;  // all its changes up to here are applied
    bool busy = false;
    std::thread thread;
    std::condition_variable ready;
  };
  class Session;

  void run(uint32_t index);
  bool take_batch(uint32_t index, std::vector<WorkItem>& batch);
  bool needs_met(const WorkItem& item) const;
  Status apply(Session& session, std::vector<WorkItem>& batch);
  void finished(uint32_t index, const std::vector<WorkItem>& batch);
  void fail(Error error);

  std::shared_ptr<host::Sink> sink_;
  WriterPoolOptions options_;
  MemoryBudget::Share memory_;
  std::array<std::string, kLanes> lanes_;  // each element is touched by its writer's thread only
  Counters& counters_;
  std::function<void()> on_failure_;

  mutable std::mutex mutex_;
  std::condition_variable progress_;  // applied moved, failed, stopping
  std::vector<std::unique_ptr<Writer>> all_;
  uint64_t dispatched_ = 0;
  bool stopping_ = false;
  std::optional<Error> error_;
};

}  // namespace sluice::units::sync
