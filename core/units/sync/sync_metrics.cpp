#include "core/units/sync/sync_metrics.hpp"

#include <algorithm>

#include "sluice/abi/row.h"

namespace sluice::units::sync {
namespace {

const std::vector<double>& lag_bounds() {
  static const std::vector<double> bounds{0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096};
  return bounds;
}

}  // namespace

SyncMetrics::SyncMetrics(plugin::Metrics* metrics, const std::string& task, const std::string& source,
                         const std::string& worker)
    : metrics_(metrics), labels_{{"task", task}, {"source_id", source}, {"worker", worker}} {
  if (!metrics_) return;
  metrics_->describe("dm_syncer_replication_lag", "Lag in seconds, observed every second");
  metrics_->describe("dm_syncer_added_jobs_total", "Row changes given to the writers, and DDL clauses");
  metrics_->describe("dm_syncer_finished_jobs_total", "Row changes and DDL clauses that the target has taken");
  metrics_->describe("dm_syncer_finished_transaction_total", "Transactions of the source that were read to their end");
  metrics_->describe("dm_syncer_queue_size", "Changes on their way to the target");
  metrics_->describe("dm_syncer_binlog_event_size", "Bytes of a binlog event");
  metrics_->describe("dm_syncer_binlog_event_row", "Rows of a row event");
  metrics_->describe("dm_syncer_replication_transaction_batch", "Row changes of a transaction in the target");
  metrics_->describe("dm_syncer_txn_duration_time", "Seconds that a transaction in the target took");
  metrics_->describe("dm_syncer_flush_checkpoints_time_interval", "Seconds between two checkpoints");
  metrics_->describe("sluice_sync_read_bytes_total", "Bytes of binlog received");
  metrics_->describe("sluice_sync_wait_seconds_total",
                     "Time spent waiting: reader for source and queue, writers for conflicts and target");
  metrics_->describe("sluice_sync_unmatched_total", "Updates and deletes that met no row in the target");
}

uint64_t SyncMetrics::since(const std::string& key, uint64_t now) {
  uint64_t& last = published_[key];
  const uint64_t out = now - std::min(now, last);
  last = now;
  return out;
}

void SyncMetrics::counter(const char* name, Labels labels, uint64_t now, double scale) {
  std::string key = name;
  for (const auto& [label, value] : labels) key += '\0' + value;
  labels.insert(labels.end(), labels_.begin(), labels_.end());
  metrics_->counter_add(name, labels, static_cast<double>(since(key, now)) * scale);
}

void SyncMetrics::histogram(const char* name, const StepHistogram& now, double scale) {
  std::vector<double> bounds;
  std::vector<uint64_t> counts;
  for (size_t step = 0; step <= StepHistogram::kBounds; ++step) {
    if (step < StepHistogram::kBounds) bounds.push_back(static_cast<double>(now.bound(step)) * scale);
    counts.push_back(since(std::string(name) + '\0' + std::to_string(step), now.count(step)));
  }
  const double sum = static_cast<double>(since(std::string(name) + '\0' + "sum", now.sum())) * scale;
  metrics_->histogram_add(name, labels_, bounds, counts, sum);
}

void SyncMetrics::table(const TableChanges& changes) {
  static constexpr std::pair<int, const char*> kKinds[] = {
      {SLUICE_INSERT, "insert"}, {SLUICE_UPDATE, "update"}, {SLUICE_DELETE, "delete"}};
  for (const auto& [kind, type] : kKinds) {
    const Labels labels{
        {"type", type}, {"target_schema", changes.target_schema}, {"target_table", changes.target_table}};
    // Several source tables may go to one target table: their sum is what rises.
    const std::string source = changes.schema + '\0' + changes.table + '\0' + type;
    Labels all = labels;
    all.insert(all.end(), labels_.begin(), labels_.end());
    const auto index = static_cast<size_t>(kind);
    const uint64_t added = since("added" + source, changes.added[index].load(std::memory_order_relaxed));
    const uint64_t finished = since("finished" + source, changes.finished[index].load(std::memory_order_relaxed));
    metrics_->counter_add("dm_syncer_added_jobs_total", all, static_cast<double>(added));
    metrics_->counter_add("dm_syncer_finished_jobs_total", all, static_cast<double>(finished));
  }
}

void SyncMetrics::publish(const Counters& counters, std::optional<int64_t> lag_ms) {
  if (!metrics_) return;
  counters.each_table([this](const TableChanges& changes) { table(changes); });
  const Labels ddl{{"type", "ddl"}, {"target_schema", ""}, {"target_table", ""}};
  counter("dm_syncer_added_jobs_total", ddl, counters.ddl);
  counter("dm_syncer_finished_jobs_total", ddl, counters.ddl);
  counter("dm_syncer_finished_transaction_total", {}, counters.transactions);
  counter("sluice_sync_read_bytes_total", {}, counters.io_bytes);
  counter("sluice_sync_unmatched_total", {}, counters.unmatched);
  const StageTimes::Values times = counters.times.values();
  counter("sluice_sync_wait_seconds_total", {{"for", "source"}}, times.read_us, 1e-6);
  counter("sluice_sync_wait_seconds_total", {{"for", "queue"}}, times.queue_us, 1e-6);
  counter("sluice_sync_wait_seconds_total", {{"for", "conflict"}}, times.conflict_us, 1e-6);
  counter("sluice_sync_wait_seconds_total", {{"for", "target"}}, times.target_us, 1e-6);
  histogram("dm_syncer_binlog_event_size", counters.event_bytes, 1);
  histogram("dm_syncer_binlog_event_row", counters.event_rows, 1);
  histogram("dm_syncer_replication_transaction_batch", counters.batch_rows, 1);
  histogram("dm_syncer_txn_duration_time", counters.batch_us, 1e-6);
  histogram("dm_syncer_flush_checkpoints_time_interval", counters.flush_us, 1e-6);
  metrics_->gauge_set("dm_syncer_queue_size", labels_, static_cast<double>(counters.pending()));
  if (lag_ms) {
    metrics_->observe("dm_syncer_replication_lag", labels_, lag_bounds(), static_cast<double>(*lag_ms) / 1000);
  }
}

}  // namespace sluice::units::sync
