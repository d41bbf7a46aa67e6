#pragma once

#include <string>

#include "core/task/subtask.hpp"

namespace sluice::task {

/// Failures of a subtask in the registry, under DM's names (docs/metrics.md). Without a registry nothing happens.
class SubtaskMetrics {
 public:
  SubtaskMetrics(const SubtaskConfig& config, const SubtaskServices& services) : config_(config), services_(services) {}
  /// Makes the series with 0, so that the first failure is a rise.
  void begin() const { add("", false, 0); }
  /// `unit` is "dump", "load" or "sync"; "" counts for all of them.
  void failed(const std::string& unit, bool resumable) const { add(unit, resumable, 1); }
  /// A stop that had to be cut off.
  void cut_off(double by = 1) const;

 private:
  void add(const std::string& unit, bool resumable, double by) const;

  const SubtaskConfig& config_;
  const SubtaskServices& services_;
};

}  // namespace sluice::task
