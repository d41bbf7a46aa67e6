#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/plugin/metrics.hpp"
#include "core/units/sync/counters.hpp"

namespace sluice::units::sync {

/// Takes the figures of a sync unit over into the registry, under DM's names (docs/metrics.md). What is counted per
/// event or batch is counted in Counters; here only the difference to the last time is added. One thread at a time.
class SyncMetrics {
 public:
  /// `metrics` may be null: then nothing happens.
  SyncMetrics(plugin::Metrics* metrics, const std::string& task, const std::string& source, const std::string& worker);
  void publish(const Counters& counters, std::optional<int64_t> lag_ms);

 private:
  using Labels = plugin::Metrics::Labels;
  void counter(const char* name, Labels labels, uint64_t now, double scale = 1);
  void histogram(const char* name, const StepHistogram& now, double scale);
  void table(const TableChanges& changes);
  uint64_t since(const std::string& key, uint64_t now);

  plugin::Metrics* metrics_;
  Labels labels_;
  std::map<std::string, uint64_t> published_;
};

}  // namespace sluice::units::sync
