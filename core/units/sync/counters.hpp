#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace sluice::units::sync {

/// The books of "no silent skip": every row change and DDL clause that was read is applied, filtered by a rule with a
/// name, or pending. Thread-safe; `filtered` is counted per event, not per row.
class Counters {
 public:
  void read(uint64_t n) { read_.fetch_add(n, std::memory_order_relaxed); }
  void applied(uint64_t n) { applied_.fetch_add(n, std::memory_order_relaxed); }
  void pending(int64_t n) { pending_.fetch_add(n, std::memory_order_relaxed); }
  void filtered(const std::string& rule, uint64_t n) {
    const std::lock_guard lock(mutex_);
    filtered_[rule] += n;
  }

  uint64_t read() const { return read_.load(std::memory_order_relaxed); }
  uint64_t applied() const { return applied_.load(std::memory_order_relaxed); }
  uint64_t pending() const { return static_cast<uint64_t>(pending_.load(std::memory_order_relaxed)); }
  std::map<std::string, uint64_t> filtered() const {
    const std::lock_guard lock(mutex_);
    return filtered_;
  }

  std::atomic<uint64_t> io_bytes{0};   ///< binlog bytes received
  std::atomic<uint64_t> unmatched{0};  ///< updates and deletes that met no row in the target

 private:
  std::atomic<uint64_t> read_{0};
  std::atomic<uint64_t> applied_{0};
  std::atomic<int64_t> pending_{0};
  mutable std::mutex mutex_;
  std::map<std::string, uint64_t> filtered_;
};

}  // namespace sluice::units::sync
