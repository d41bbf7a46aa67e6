#pragma once

#include <ctime>

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace sluice::units::sync {

/// Where the time goes, in microseconds since the unit began. The reader waits for the source, waits for the writers,
/// or works; the writers wait for other lanes, or for the target.
struct StageTimes {
  struct Values {
    uint64_t read_us = 0;
    uint64_t queue_us = 0;
    uint64_t conflict_us = 0;
    uint64_t target_us = 0;
  };
  std::atomic<uint64_t> read_us{0};      ///< the reader: until the next event is there
  std::atomic<uint64_t> queue_us{0};     ///< the reader: until there is room for it, or all is applied (DDL)
  std::atomic<uint64_t> conflict_us{0};  ///< all writers: until an earlier change of the same row is applied
  std::atomic<uint64_t> target_us{0};    ///< all writers: until the target has taken a batch

  Values values() const { return {read_us, queue_us, conflict_us, target_us}; }

  /// A clock that costs next to nothing and steps by milliseconds: sums of many differences are right.
  static uint64_t coarse_us() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return static_cast<uint64_t>(now.tv_sec) * 1'000'000 + static_cast<uint64_t>(now.tv_nsec) / 1000;
  }
};

/// Counts observations by powers of four, from `first` on. [any thread]
class StepHistogram {
 public:
  static constexpr size_t kBounds = 10;
  explicit StepHistogram(uint64_t first) : first_(first) {}
  void observe(uint64_t value) {
    size_t step = 0;
    for (uint64_t bound = first_; value > bound && step < kBounds; bound *= 4) ++step;
    counts_[step].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
  }
  uint64_t bound(size_t step) const { return first_ << (2 * step); }
  uint64_t count(size_t step) const { return counts_[step].load(std::memory_order_relaxed); }  ///< [kBounds]: above
  uint64_t sum() const { return sum_.load(std::memory_order_relaxed); }

 private:
  const uint64_t first_;
  std::array<std::atomic<uint64_t>, kBounds + 1> counts_{};
  std::atomic<uint64_t> sum_{0};
};

/// The row changes of one source table, by kind (SLUICE_INSERT, ...). [any thread]
struct TableChanges {
  std::string schema;  ///< at the source
  std::string table;
  std::string target_schema;
  std::string target_table;
  std::array<std::atomic<uint64_t>, 4> added{};     ///< sent to the writers
  std::array<std::atomic<uint64_t>, 4> finished{};  ///< applied
  std::atomic<uint64_t> bytes{0};                   ///< of their events
};

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

  /// The entry of a source table, made when it is new; lives as long as this object.
  TableChanges& table(const std::string& schema, const std::string& table, const std::string& target_schema,
                      const std::string& target_table) {
    const std::lock_guard lock(mutex_);
    auto& entry = tables_[{schema, table}];
    if (!entry) {
      entry = std::make_unique<TableChanges>();
      entry->schema = schema;
      entry->table = table;
      entry->target_schema = target_schema;
      entry->target_table = target_table;
    }
    return *entry;
  }
  template <typename Visit>
  void each_table(const Visit& visit) const {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, entry] : tables_) visit(static_cast<const TableChanges&>(*entry));
  }

  std::atomic<uint64_t> io_bytes{0};      ///< binlog bytes received
  std::atomic<uint64_t> unmatched{0};     ///< updates and deletes that met no row in the target
  std::atomic<uint64_t> transactions{0};  ///< whose end was read
  std::atomic<uint64_t> ddl{0};           ///< DDL clauses applied
  StageTimes times;
  StepHistogram event_bytes{64};   ///< of each event
  StepHistogram event_rows{1};     ///< of each row event
  StepHistogram batch_rows{1};     ///< of each transaction in the target
  StepHistogram batch_us{250};     ///< its time there, with what was tried again
  StepHistogram flush_us{250000};  ///< between two checkpoints

 private:
  std::atomic<uint64_t> read_{0};
  std::atomic<uint64_t> applied_{0};
  std::atomic<int64_t> pending_{0};
  mutable std::mutex mutex_;
  std::map<std::string, uint64_t> filtered_;
  std::map<std::pair<std::string, std::string>, std::unique_ptr<TableChanges>> tables_;
};

}  // namespace sluice::units::sync
