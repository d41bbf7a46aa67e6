#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/model/status.hpp"
#include "core/units/checkpoints.hpp"

namespace sluice::units::loader {

/// Counted while files are read. [any thread]
struct FileCounters {
  std::atomic<uint64_t> rows{0};
  std::atomic<uint64_t> bytes{0};  ///< of the files
};

/// What mode load tells of itself, by the bytes of the files. [any thread]
class LoaderProgress {
 public:
  struct Table {
    std::string schema;
    std::string name;
    uint64_t bytes = 0;  ///< of all its files
    uint64_t done = 0;   ///< of these, what an earlier run loaded
  };

  void begin(const std::vector<Table>& tables, const BinlogLocation& location);
  /// REQUIRES: begin() with that many tables
  FileCounters& counters(size_t table);
  void file_begins(size_t table);
  void finish();
  void fill(model::SubtaskStatus& status) const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Counted {
    Table table;
    FileCounters counters;
    std::atomic<bool> began{false};
  };
  struct Sums {
    uint64_t rows = 0;
    uint64_t read = 0;  ///< by this run
    uint64_t done = 0;
    uint64_t total = 0;
    size_t tables_done = 0;
  };

  Sums sums() const;
  void sample(const Sums& sums) const;
  model::TableProgress table_progress(const Counted& counted) const;

  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Counted>> tables_;
  BinlogLocation location_;
  bool finished_ = false;
  Clock::time_point began_{};
  // Of the last second or more.
  mutable Clock::time_point sampled_at_{};
  mutable uint64_t sampled_bytes_ = 0;
  mutable uint64_t sampled_rows_ = 0;
  mutable int64_t bytes_speed_ = 0;
  mutable int64_t rows_speed_ = 0;
};

}  // namespace sluice::units::loader
