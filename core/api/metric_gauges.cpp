#include "core/api/metric_gauges.hpp"

#include <cstdlib>
#include <set>
#include <string>
#include <utility>

namespace sluice::api {
namespace {

using Labels = plugin::Metrics::Labels;

constexpr std::pair<const char*, const char*> kGauges[] = {
    {"dm_worker_task_state",
     "Stage of a subtask: 1 New, 2 Running, 3 Paused, 4 Stopped, 5 Finished, 6 to 8 in passing"},
    {"dm_master_worker_state", "0 offline, 1 free, 1.5 relay, 2 bound"},
    {"dm_syncer_replication_lag_gauge", "Age in seconds of the oldest change not yet applied"},
    {"dm_syncer_remaining_time", "Seconds until the source is caught up with; absent when unknown"},
    {"dm_syncer_binlog_file", "Number of the binlog file: at the source, and of the last checkpoint"},
    {"dm_syncer_binlog_pos", "Position in the binlog file: at the source, and of the last checkpoint"},
    {"dumpling_dump_finished_rows", "Rows read by the full copy or the dump"},
    {"dumpling_dump_estimate_total_rows", "Rows of all tables, as the source estimates them"},
    {"sluice_sync_changes", "Row changes and DDL clauses by what became of them"},
};

/// "(mysql-bin.000012, 345)": the numbers 12 and 345.
bool numbers_of(const std::string& shown, double& file, double& position) {
  const size_t comma = shown.rfind(", ");
  const size_t dot = comma == std::string::npos ? comma : shown.rfind('.', comma);
  if (dot == std::string::npos) return false;
  file = static_cast<double>(std::strtoull(shown.c_str() + dot + 1, nullptr, 10));
  position = static_cast<double>(std::strtoull(shown.c_str() + comma + 2, nullptr, 10));
  return true;
}

void show_place(plugin::Metrics& metrics, const model::SubtaskStatus& status, const char* node,
                const std::string& shown) {
  double file = 0;
  double position = 0;
  if (!numbers_of(shown, file, position)) return;
  const Labels labels{{"node", node}, {"task", status.task}, {"source_id", status.source}};
  metrics.gauge_set("dm_syncer_binlog_file", labels, file);
  metrics.gauge_set("dm_syncer_binlog_pos", labels, position);
}

void show_sync(plugin::Metrics& metrics, const model::SubtaskStatus& status, const Labels& labels) {
  const model::SyncStatus& sync = *status.sync;
  if (sync.seconds_behind_master) {
    metrics.gauge_set("dm_syncer_replication_lag_gauge", labels, static_cast<double>(*sync.seconds_behind_master));
  }
  if (status.progress && status.progress->remaining_seconds) {
    metrics.gauge_set("dm_syncer_remaining_time", labels, static_cast<double>(*status.progress->remaining_seconds));
  }
  show_place(metrics, status, "master", sync.master_binlog);
  show_place(metrics, status, "syncer", sync.syncer_binlog);
  const auto count = [&](const char* state, const std::string& rule, uint64_t number) {
    metrics.gauge_set("sluice_sync_changes",
                      {{"task", status.task}, {"source_id", status.source}, {"state", state}, {"rule", rule}},
                      static_cast<double>(number));
  };
  count("read", "", sync.read);
  count("applied", "", sync.applied);
  count("pending", "", sync.pending);
  for (const auto& [rule, number] : sync.filtered) count("filtered", rule, number);
}

void show_subtask(plugin::Metrics& metrics, const model::SubtaskStatus& status) {
  const Labels labels{{"task", status.task}, {"source_id", status.source}, {"worker", status.worker}};
  metrics.gauge_set("dm_worker_task_state", labels, static_cast<double>(status.stage));
  if (status.sync) show_sync(metrics, status, labels);
  if (!status.dump) return;
  const Labels copy{{"task", status.task}, {"source_id", status.source}};
  metrics.gauge_set("dumpling_dump_finished_rows", copy, status.dump->finished_rows);
  metrics.gauge_set("dumpling_dump_estimate_total_rows", copy, status.dump->estimate_total_rows);
}

double worker_state(const std::string& stage) {
  return stage == "bound" ? 2 : stage == "relay" ? 1.5 : stage == "free" ? 1 : 0;
}

}  // namespace

void refresh_gauges(const cluster::Node& node, plugin::Metrics& metrics) {
  for (const auto& [name, help] : kGauges) {
    metrics.describe(name, help);
    metrics.remove(name, {});
  }
  if (auto workers = node.workers(); workers.ok()) {
    for (const auto& worker : *workers) {
      metrics.gauge_set("dm_master_worker_state", {{"worker", worker.name}}, worker_state(worker.stage));
    }
  }
  auto tasks = node.tasks();
  if (!tasks.ok()) return;
  std::set<std::string> names;
  for (const auto& task : *tasks) {
    names.insert(task.task.name);
    for (const auto& status : task.statuses) show_subtask(metrics, status);
  }
  metrics.keep("task", names);
}

}  // namespace sluice::api
