#include "core/task/subtask_metrics.hpp"

#include "core/plugin/metrics.hpp"
#include "core/plugin/registry.hpp"

namespace sluice::task {
namespace {

struct Name {
  const char* unit;
  const char* series;
};

constexpr Name kNames[] = {{"dump", "dm_dumpling_exit_with_error_count"},
                           {"load", "dm_loader_exit_with_error_count"},
                           {"sync", "dm_syncer_exit_with_error_count"}};

}  // namespace

void SubtaskMetrics::add(const std::string& unit, bool resumable, double by) const {
  if (services_.plugins == nullptr) return;
  plugin::Metrics& metrics = services_.plugins->metrics();
  for (const Name& name : kNames) {
    if (!unit.empty() && unit != name.unit) continue;
    metrics.describe(name.series, "Times that the unit ended with an error; resumable_err: it resumes by itself");
    for (const bool each : {false, true}) {
      metrics.counter_add(
          name.series,
          {{"task", config_.task.name}, {"source_id", config_.source.name}, {"resumable_err", each ? "true" : "false"}},
          each == resumable ? by : 0);
    }
  }
  if (by == 0) cut_off(0);
}

void SubtaskMetrics::cut_off(double by) const {
  if (services_.plugins == nullptr) return;
  plugin::Metrics& metrics = services_.plugins->metrics();
  metrics.describe("dm_worker_operate_error", "Operations on subtasks that did not end as they should");
  metrics.counter_add("dm_worker_operate_error", {{"worker", config_.worker_name}, {"type", "stop"}}, by);
}

}  // namespace sluice::task
