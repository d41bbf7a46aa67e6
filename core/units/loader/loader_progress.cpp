#include "core/units/loader/loader_progress.hpp"

#include <algorithm>
#include <cstdio>

namespace sluice::units::loader {
namespace {

std::string percent(uint64_t part, uint64_t whole) {
  char text[16];
  const double share = whole == 0 ? 1 : static_cast<double>(part) / static_cast<double>(whole);
  std::snprintf(text, sizeof text, "%.2f %%", std::clamp(share, 0.0, 1.0) * 100);
  return text;
}

int64_t per_second(uint64_t now, uint64_t before, double seconds) {
  return static_cast<int64_t>(static_cast<double>(now - std::min(now, before)) / seconds);
}

bool more_interesting(const model::TableProgress& a, const model::TableProgress& b) {
  const auto rank = [](const model::TableProgress& t) {
    return t.state == "running" ? 0 : t.state == "waiting" ? 1 : 2;
  };
  return rank(a) != rank(b) ? rank(a) < rank(b) : a.bytes > b.bytes;
}

}  // namespace

void LoaderProgress::begin(const std::vector<Table>& tables, const BinlogLocation& location) {
  const std::lock_guard lock(mutex_);
  for (const Table& table : tables) {
    tables_.push_back(std::make_unique<Counted>());
    tables_.back()->table = table;
  }
  location_ = location;
  began_ = sampled_at_ = Clock::now();
}

FileCounters& LoaderProgress::counters(size_t table) { return tables_[table]->counters; }
void LoaderProgress::file_begins(size_t table) { tables_[table]->began = true; }

void LoaderProgress::finish() {
  const std::lock_guard lock(mutex_);
  finished_ = true;
}

LoaderProgress::Sums LoaderProgress::sums() const {
  Sums out;
  for (const auto& counted : tables_) {
    const uint64_t read = counted->counters.bytes;
    out.rows += counted->counters.rows;
    out.read += read;
    out.done += counted->table.done + read;
    out.total += counted->table.bytes;
    if (finished_ || counted->table.done + read >= counted->table.bytes) ++out.tables_done;
  }
  return out;
}

void LoaderProgress::sample(const Sums& sums) const {
  const auto now = Clock::now();
  const double seconds = std::chrono::duration<double>(now - sampled_at_).count();
  if (finished_) {
    bytes_speed_ = rows_speed_ = 0;
  } else if (seconds >= 1 && sampled_at_ != Clock::time_point{}) {
    bytes_speed_ = per_second(sums.read, sampled_bytes_, seconds);
    rows_speed_ = per_second(sums.rows, sampled_rows_, seconds);
    sampled_bytes_ = sums.read;
    sampled_rows_ = sums.rows;
    sampled_at_ = now;
  }
}

model::TableProgress LoaderProgress::table_progress(const Counted& counted) const {
  model::TableProgress out;
  const uint64_t done = counted.table.done + counted.counters.bytes;
  out.schema = counted.table.schema;
  out.table = counted.table.name;
  out.rows = counted.counters.rows;
  out.bytes = counted.counters.bytes;
  const bool all = finished_ || done >= counted.table.bytes;
  out.state = all ? "done" : counted.began ? "running" : "waiting";
  out.progress = all ? percent(1, 1) : percent(done, counted.table.bytes);
  if (all) out.remaining_seconds = 0;
  return out;
}

void LoaderProgress::fill(model::SubtaskStatus& status) const {
  const std::lock_guard lock(mutex_);
  const Sums all = sums();
  sample(all);
  status.unit = "load";
  model::Progress progress;
  progress.rows = all.rows;
  progress.bytes = all.read;
  progress.remaining_bytes = finished_ ? 0 : all.total - std::min(all.total, all.done);
  progress.rows_per_second = rows_speed_;
  progress.bytes_per_second = bytes_speed_;
  progress.tables_total = tables_.size();
  progress.tables_done = all.tables_done;
  const double seconds = std::chrono::duration<double>(Clock::now() - began_).count();
  if (finished_) {
    progress.remaining_seconds = 0;
  } else if (all.read > 0 && seconds >= 1) {
    progress.remaining_seconds = static_cast<int64_t>(
        static_cast<double>(progress.remaining_bytes) * seconds / static_cast<double>(all.read) + 0.5);
  }
  for (const auto& counted : tables_) progress.tables.push_back(table_progress(*counted));
  std::stable_sort(progress.tables.begin(), progress.tables.end(), more_interesting);
  if (progress.tables.size() > model::Progress::kMaxTables) progress.tables.resize(model::Progress::kMaxTables);
  status.progress = std::move(progress);
  model::LoadStatus load;
  load.finished_bytes = static_cast<int64_t>(finished_ ? all.total : all.done);
  load.total_bytes = static_cast<int64_t>(all.total);
  load.progress = finished_ ? percent(1, 1) : tables_.empty() ? percent(0, 1) : percent(all.done, all.total);
  if (!location_.name.empty()) {
    load.meta_binlog = "(" + location_.name + ", " + std::to_string(location_.pos) + ")";
    load.meta_binlog_gtid = location_.gtid;
  }
  load.bps = bytes_speed_;
  status.load = load;
}

}  // namespace sluice::units::loader
