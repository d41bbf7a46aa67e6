#include "core/units/sync/sync_progress.hpp"

#include <algorithm>

namespace sluice::units::sync {

std::optional<uint64_t> binlog_bytes_between(const BinlogLocation& from, const std::string& to_file, uint64_t to_pos,
                                             const std::vector<upstream::BinlogFile>& files) {
  if (from.name == to_file) return to_pos - std::min(to_pos, from.pos);
  const auto named = [&](const std::string& name) {
    return std::find_if(files.begin(), files.end(),
                        [&](const upstream::BinlogFile& file) { return file.name == name; });
  };
  const auto first = named(from.name);
  const auto last = named(to_file);
  if (first == files.end() || last == files.end() || last < first) return std::nullopt;
  uint64_t out = first->size - std::min(first->size, from.pos);
  for (auto file = first + 1; file != last; ++file) out += file->size;
  return out + to_pos;
}

model::LagShares lag_shares(const StageTimes::Values& before, const StageTimes::Values& now, double seconds) {
  const auto spent = [](uint64_t from, uint64_t to) { return static_cast<double>(to - std::min(from, to)) / 1e6; };
  const double read = spent(before.read_us, now.read_us);
  const double queue = spent(before.queue_us, now.queue_us);
  const double conflict = spent(before.conflict_us, now.conflict_us);
  const double target = spent(before.target_us, now.target_us);
  // The reader's time is the measure; when it waits for the writers, what these wait for is the reason.
  const double whole = std::max({seconds, read + queue, 1e-9});
  const double waits_for_conflicts = conflict + target > 0 ? queue * conflict / (conflict + target) : 0;
  model::LagShares out;
  out.source = read / whole;
  out.conflict = waits_for_conflicts / whole;
  out.target = (queue - waits_for_conflicts) / whole;
  out.decode = std::max(0.0, 1 - out.source - out.conflict - out.target);
  return out;
}

void SyncProgress::sample(const Counters& counters) const {
  const auto now = Clock::now();
  const double seconds = std::chrono::duration<double>(now - at_).count();
  if (seconds < 0.5) return;
  const uint64_t rows = counters.applied();
  const uint64_t bytes = counters.io_bytes.load(std::memory_order_relaxed);
  const StageTimes::Values times = counters.times.values();
  rows_speed_ = static_cast<int64_t>(static_cast<double>(rows - rows_) / seconds);
  bytes_speed_ = static_cast<int64_t>(static_cast<double>(bytes - bytes_) / seconds);
  shares_ = lag_shares(times_, times, seconds);
  at_ = now;
  rows_ = rows;
  bytes_ = bytes;
  times_ = times;
}

void SyncProgress::fill(const Counters& counters, std::optional<uint64_t> remaining, model::SyncStatus& sync,
                        model::Progress& progress) const {
  {
    const std::lock_guard lock(mutex_);
    sample(counters);
    progress.rows_per_second = sync.recent_tps = rows_speed_;
    progress.bytes_per_second = bytes_speed_;
    sync.lag_shares = shares_;
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - began_).count();
  sync.total_events = static_cast<int64_t>(sync.applied);
  sync.total_tps = seconds > 0 ? static_cast<int64_t>(static_cast<double>(sync.applied) / seconds) : 0;
  progress.rows = sync.applied;
  progress.bytes = sync.io_total_bytes;
  progress.remaining_bytes = remaining.value_or(0);
  if (remaining && *remaining == 0) {
    progress.remaining_seconds = 0;
  } else if (remaining && progress.bytes_per_second > 0) {
    progress.remaining_seconds = static_cast<int64_t>(*remaining) / progress.bytes_per_second;
  }
  counters.each_table([&](const TableChanges& table) {
    model::TableProgress out;
    out.schema = table.schema;
    out.table = table.table;
    out.state = "following";
    for (const auto& kind : table.finished) out.rows += kind.load(std::memory_order_relaxed);
    out.bytes = table.bytes.load(std::memory_order_relaxed);
    progress.tables.push_back(std::move(out));
  });
  progress.tables_total = progress.tables.size();
  std::stable_sort(progress.tables.begin(), progress.tables.end(),
                   [](const auto& a, const auto& b) { return a.rows > b.rows; });
  if (progress.tables.size() > model::Progress::kMaxTables) progress.tables.resize(model::Progress::kMaxTables);
}

}  // namespace sluice::units::sync
