#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>

namespace sluice::units {

/// The bytes of row changes that all subtasks of a process may have in flight, and of the transactions that they hold
/// back. Thread-safe.
///
/// What is taken counts three times: arenas' slack, queues, the conflict map and the allocator take as much again.
/// No subtask takes more than four times what it leaves free, so that one alone gets most of the budget, and a newcomer
/// finds room even when the target of every other one hangs. A change that is larger than what is free goes through
/// when its subtask has nothing else in flight, one such change at a time in the process.
class MemoryBudget {
 public:
  explicit MemoryBudget(uint64_t limit) : limit_(limit) {}
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  uint64_t limit() const { return limit_; }
  /// Bytes in flight, of all shares.
  uint64_t in_flight() const;

  /// What one subtask has in flight. Belongs to one object; take() from one thread at a time.
  class Share {
   public:
    explicit Share(std::shared_ptr<MemoryBudget> budget) : budget_(std::move(budget)) {}
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;
    /// Gives back what is left.
    ~Share();
    /// Blocks until the bytes are there; false once stop() was called.
    bool take(uint64_t bytes);
    void give(uint64_t bytes);
    /// Makes take() give up, now and later. [any thread]
    void stop();
    uint64_t bytes() const;

   private:
    friend class MemoryBudget;
    const std::shared_ptr<MemoryBudget> budget_;
    uint64_t bytes_ = 0;  // this and what follows: guarded by the budget's mutex
    bool stopped_ = false;
    bool oversize_ = false;  // holds the one large change
  };

  /// Transactions that wait for their commit: up to half of the budget. Does not block; false when there is no room.
  bool hold(uint64_t bytes);
  void release(uint64_t bytes);

 private:
  uint64_t room() const;
  bool fits(const Share& share, uint64_t bytes) const;
  void give_back(Share& share, uint64_t bytes);

  const uint64_t limit_;
  mutable std::mutex mutex_;
  std::condition_variable freed_;
  uint64_t in_flight_ = 0;
  uint64_t held_ = 0;
  bool oversize_taken_ = false;
};

}  // namespace sluice::units
