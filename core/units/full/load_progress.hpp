#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "core/model/status.hpp"
#include "core/units/full/load_plan.hpp"
#include "core/units/full/row_reader.hpp"

namespace sluice::units::full {

/// What a load tells of itself, in the whole and table by table. [any thread]
class LoadProgress {
 public:
  LoadCounters counters;

  /// `to_do`: the chunks of this run by table (TablePlan::mark_name); the others were done by an earlier one.
  void begin(const LoadPlan& plan, const std::map<std::string, size_t>& to_do);
  /// A chunk of the table is being read; its rows are counted there as well. REQUIRES: a table of the plan.
  TableCounters& chunk_begins(const std::string& table);
  void chunk_done(const std::string& table);
  void finish();
  void fill(model::SubtaskStatus& status) const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Table {
    std::string schema;
    std::string name;
    uint64_t estimated_rows = 0;
    uint64_t estimated_bytes = 0;
    size_t chunks = 0;
    size_t left = 0;
    size_t to_do = 0;  ///< of this run
    TableCounters counters;
    std::optional<Clock::time_point> began;

    /// What of an estimate falls to this run.
    uint64_t share(uint64_t estimate) const { return chunks == 0 ? 0 : estimate * to_do / chunks; }
  };

  void sample() const;
  model::TableProgress table_progress(const Table& table) const;
  model::Progress progress() const;

  mutable std::mutex mutex_;
  std::map<std::string, Table> tables_;
  size_t chunks_ = 0;
  size_t left_ = 0;
  bool finished_ = false;
  BinlogLocation location_;
  Clock::time_point began_{};
  // Of the last second or more.
  mutable Clock::time_point sampled_at_{};
  mutable uint64_t sampled_bytes_ = 0;
  mutable uint64_t sampled_rows_ = 0;
  mutable int64_t bytes_speed_ = 0;
  mutable int64_t rows_speed_ = 0;
};

}  // namespace sluice::units::full
