#include "core/units/full/load_progress.hpp"

#include <algorithm>
#include <cstdio>

namespace sluice::units::full {

void LoadProgress::begin(const LoadPlan& plan, size_t all_chunks, size_t done_chunks) {
  const std::lock_guard lock(mutex_);
  tables_ = plan.tables.size();
  chunks_ = all_chunks;
  done_ = done_chunks;
  location_ = plan.location;
  for (const TablePlan& table : plan.tables) {
    estimated_rows_ += table.source.rows;
    estimated_bytes_ += table.source.bytes;
    chunks_left_[table.mark_name()] = table.chunk_count();
  }
  sampled_at_ = std::chrono::steady_clock::now();
}

void LoadProgress::chunk_done(const std::string& table) {
  const std::lock_guard lock(mutex_);
  ++done_;
  const auto found = chunks_left_.find(table);
  if (found != chunks_left_.end() && --found->second == 0) chunks_left_.erase(found);
}

void LoadProgress::finish() {
  const std::lock_guard lock(mutex_);
  finished_ = true;
}

// Of the last second or more.
int64_t LoadProgress::speed() const {
  const auto now = std::chrono::steady_clock::now();
  const double seconds = std::chrono::duration<double>(now - sampled_at_).count();
  if (seconds >= 1 && sampled_at_ != std::chrono::steady_clock::time_point{}) {
    const uint64_t bytes = counters.bytes;
    speed_ = static_cast<int64_t>(static_cast<double>(bytes - std::min(bytes, sampled_bytes_)) / seconds);
    sampled_bytes_ = bytes;
    sampled_at_ = now;
  }
  return finished_ ? 0 : speed_;
}

void LoadProgress::fill(model::SubtaskStatus& status) const {
  const std::lock_guard lock(mutex_);
  status.unit = "load";
  const double part = finished_ ? 1.0 : chunks_ == 0 ? 0.0 : static_cast<double>(done_) / static_cast<double>(chunks_);
  char text[16];
  std::snprintf(text, sizeof text, "%.2f %%", std::min(part, 1.0) * 100);
  model::LoadStatus load;
  load.finished_bytes = static_cast<int64_t>(counters.bytes);
  load.total_bytes =
      finished_ ? load.finished_bytes : std::max(load.finished_bytes, static_cast<int64_t>(estimated_bytes_));
  load.progress = text;
  if (!location_.name.empty()) {
    load.meta_binlog = "(" + location_.name + ", " + std::to_string(location_.pos) + ")";
    load.meta_binlog_gtid = location_.gtid;
  }
  load.bps = speed();
  model::DumpStatus dump;
  dump.total_tables = static_cast<int64_t>(tables_);
  dump.completed_tables =
      finished_ ? static_cast<double>(tables_) : static_cast<double>(tables_ - std::min(tables_, chunks_left_.size()));
  dump.finished_bytes = static_cast<double>(load.finished_bytes);
  dump.finished_rows = static_cast<double>(counters.rows);
  dump.estimate_total_rows = static_cast<double>(std::max<uint64_t>(estimated_rows_, counters.rows));
  dump.bps = load.bps;
  dump.progress = text;
  status.load = load;
  status.dump = dump;
}

}  // namespace sluice::units::full
