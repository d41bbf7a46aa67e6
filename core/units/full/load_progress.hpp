#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>

#include "core/model/status.hpp"
#include "core/units/full/load_plan.hpp"
#include "core/units/full/row_reader.hpp"

namespace sluice::units::full {

/// What a load tells of itself. [any thread]
class LoadProgress {
 public:
  LoadCounters counters;

  void begin(const LoadPlan& plan, size_t all_chunks, size_t done_chunks);
  void chunk_done(const std::string& table);
  void finish();
  void fill(model::SubtaskStatus& status) const;

 private:
  int64_t speed() const;

  mutable std::mutex mutex_;
  std::map<std::string, size_t> chunks_left_;  ///< by table
  size_t tables_ = 0;
  size_t chunks_ = 0;
  size_t done_ = 0;
  uint64_t estimated_rows_ = 0;
  uint64_t estimated_bytes_ = 0;
  bool finished_ = false;
  BinlogLocation location_;
  mutable std::chrono::steady_clock::time_point sampled_at_{};
  mutable uint64_t sampled_bytes_ = 0;
  mutable int64_t speed_ = 0;
};

}  // namespace sluice::units::full
