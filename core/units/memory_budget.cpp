#include "core/units/memory_budget.hpp"

#include <algorithm>

namespace sluice::units {
namespace {

constexpr uint64_t kTimes = 3;         // what a counted byte really takes
constexpr uint64_t kGreed = 4;         // times what is left free
constexpr uint64_t kHeldFraction = 2;  // of the budget

}  // namespace

uint64_t MemoryBudget::in_flight() const {
  const std::lock_guard lock(mutex_);
  return in_flight_;
}

uint64_t MemoryBudget::room() const { return (limit_ - std::min(held_, limit_)) / kTimes; }

bool MemoryBudget::fits(const Share& share, uint64_t bytes) const {
  const uint64_t after = in_flight_ + bytes;
  if (after > room()) return false;
  // With nothing in flight a subtask may take what there is: it has nothing to wait for.
  return share.bytes_ == 0 || share.bytes_ + bytes <= kGreed * (room() - after);
}

bool MemoryBudget::Share::take(uint64_t bytes) {
  MemoryBudget& budget = *budget_;
  std::unique_lock lock(budget.mutex_);
  bool large = false;
  budget.freed_.wait(lock, [&] {
    if (stopped_ || budget.fits(*this, bytes)) return true;
    large = bytes_ == 0 && !budget.oversize_taken_;
    return large;
  });
  if (stopped_) return false;
  if (large) oversize_ = budget.oversize_taken_ = true;
  bytes_ += bytes;
  budget.in_flight_ += bytes;
  return true;
}

void MemoryBudget::give_back(Share& share, uint64_t bytes) {
  {
    const std::lock_guard lock(mutex_);
    share.bytes_ -= bytes;
    in_flight_ -= bytes;
    if (share.bytes_ == 0 && share.oversize_) share.oversize_ = oversize_taken_ = false;
  }
  freed_.notify_all();
}

void MemoryBudget::Share::give(uint64_t bytes) { budget_->give_back(*this, bytes); }

MemoryBudget::Share::~Share() { budget_->give_back(*this, bytes_); }

void MemoryBudget::Share::stop() {
  {
    const std::lock_guard lock(budget_->mutex_);
    stopped_ = true;
  }
  budget_->freed_.notify_all();
}

uint64_t MemoryBudget::Share::bytes() const {
  const std::lock_guard lock(budget_->mutex_);
  return bytes_;
}

bool MemoryBudget::hold(uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  if (held_ + bytes > limit_ / kHeldFraction) return false;
  held_ += bytes;
  return true;
}

void MemoryBudget::release(uint64_t bytes) {
  {
    const std::lock_guard lock(mutex_);
    held_ -= bytes;
  }
  freed_.notify_all();
}

}  // namespace sluice::units
