#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/binlog/arena.hpp"

namespace sluice::units::sync {

/// Holds event bytes and decoded values until all changes that refer to them have been applied. Shared by neighbouring
/// events, so that a stream of one-row transactions does not pay for an arena each. Only the dispatching thread adds
/// to it; others just keep it alive.
struct EventMemory {
  binlog::Arena arena{16 * 1024};
  std::vector<std::shared_ptr<const uint8_t[]>> blocks;
};

/// Hands out the memory for the next event, starting a new one when the current one is full.
class EventMemoryPool {
 public:
  std::shared_ptr<EventMemory> current() {
    if (!memory_ || memory_->arena.bytes_used() > kArenaBytes || memory_->blocks.size() > kBlocks) {
      memory_ = std::make_shared<EventMemory>();
    }
    return memory_;
  }
  /// As current(), and keeps `block` alive with it.
  std::shared_ptr<EventMemory> with(const std::shared_ptr<const uint8_t[]>& block) {
    std::shared_ptr<EventMemory> memory = current();
    if (block && (memory->blocks.empty() || memory->blocks.back() != block)) memory->blocks.push_back(block);
    return memory;
  }

 private:
  static constexpr size_t kArenaBytes = 48 * 1024;
  static constexpr size_t kBlocks = 2;
  std::shared_ptr<EventMemory> memory_;
};

}  // namespace sluice::units::sync
