#include "core/units/full/load_progress.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace sluice::units::full {
namespace {

std::string percent(double part) {
  char text[16];
  std::snprintf(text, sizeof text, "%.2f %%", std::clamp(part, 0.0, 1.0) * 100);
  return text;
}

uint64_t rest(uint64_t whole, uint64_t part) { return whole - std::min(whole, part); }

/// Time for what is left at the speed so far; none while that says nothing, or when the estimate was too low.
std::optional<int64_t> remaining(uint64_t estimated, uint64_t done, double seconds) {
  if (done == 0 || done >= estimated || seconds < 1) return std::nullopt;
  return std::llround(static_cast<double>(estimated - done) * seconds / static_cast<double>(done));
}

int64_t per_second(uint64_t now, uint64_t before, double seconds) {
  return static_cast<int64_t>(static_cast<double>(rest(now, before)) / seconds);
}

/// Those in work, then those that wait, then those done; the largest first.
bool more_interesting(const model::TableProgress& a, const model::TableProgress& b) {
  const auto rank = [](const model::TableProgress& t) {
    return t.state == "running" ? 0 : t.state == "waiting" ? 1 : 2;
  };
  return rank(a) != rank(b) ? rank(a) < rank(b) : a.estimated_rows > b.estimated_rows;
}

}  // namespace

void LoadProgress::begin(const LoadPlan& plan, const std::map<std::string, size_t>& to_do) {
  const std::lock_guard lock(mutex_);
  location_ = plan.location;
  for (const TablePlan& from : plan.tables) {
    const auto found = to_do.find(from.mark_name());
    Table& table = tables_[from.mark_name()];
    table.schema = from.source.schema;
    table.name = from.source.table;
    table.estimated_rows = from.source.rows;
    table.estimated_bytes = from.source.bytes;
    table.chunks = from.chunk_count();
    table.to_do = found == to_do.end() ? 0 : found->second;
    table.left = table.to_do;
    chunks_ += table.chunks;
    left_ += table.left;
  }
  began_ = Clock::now();
  sampled_at_ = began_;
}

TableCounters& LoadProgress::chunk_begins(const std::string& table) {
  const std::lock_guard lock(mutex_);
  Table& found = tables_.at(table);
  if (!found.began) found.began = Clock::now();
  return found.counters;
}

void LoadProgress::chunk_done(const std::string& table) {
  const std::lock_guard lock(mutex_);
  const auto found = tables_.find(table);
  if (found == tables_.end() || found->second.left == 0) return;
  --found->second.left;
  --left_;
}

void LoadProgress::finish() {
  const std::lock_guard lock(mutex_);
  finished_ = true;
}

void LoadProgress::sample() const {
  const auto now = Clock::now();
  const double seconds = std::chrono::duration<double>(now - sampled_at_).count();
  if (finished_) {
    bytes_speed_ = rows_speed_ = 0;
  } else if (seconds >= 1 && sampled_at_ != Clock::time_point{}) {
    bytes_speed_ = per_second(counters.bytes, sampled_bytes_, seconds);
    rows_speed_ = per_second(counters.rows, sampled_rows_, seconds);
    sampled_bytes_ = counters.bytes;
    sampled_rows_ = counters.rows;
    sampled_at_ = now;
  }
}

model::TableProgress LoadProgress::table_progress(const Table& table) const {
  model::TableProgress out;
  out.schema = table.schema;
  out.table = table.name;
  out.rows = table.counters.rows;
  out.bytes = table.counters.bytes;
  out.estimated_rows = std::max<uint64_t>(table.estimated_rows, out.rows);
  const bool done = finished_ || table.left == 0;
  out.state = done ? "done" : table.began ? "running" : "waiting";
  out.progress = percent(done ? 1 : 1 - static_cast<double>(table.left) / static_cast<double>(table.chunks));
  if (done) {
    out.remaining_seconds = 0;
  } else if (table.began) {
    const double seconds = std::chrono::duration<double>(Clock::now() - *table.began).count();
    out.remaining_seconds = remaining(table.share(table.estimated_rows), out.rows, seconds);
  }
  return out;
}

model::Progress LoadProgress::progress() const {
  model::Progress out;
  uint64_t bytes_to_do = 0;
  uint64_t rows_to_do = 0;
  out.rows = counters.rows;
  out.bytes = counters.bytes;
  for (const auto& [name, table] : tables_) {
    out.estimated_rows += table.estimated_rows;
    bytes_to_do += table.share(table.estimated_bytes);
    rows_to_do += table.share(table.estimated_rows);
    if (finished_ || table.left == 0) ++out.tables_done;
    out.tables.push_back(table_progress(table));
  }
  out.estimated_rows = std::max(out.estimated_rows, out.rows);
  out.tables_total = tables_.size();
  std::stable_sort(out.tables.begin(), out.tables.end(), more_interesting);
  if (out.tables.size() > model::Progress::kMaxTables) out.tables.resize(model::Progress::kMaxTables);
  out.rows_per_second = rows_speed_;
  out.bytes_per_second = bytes_speed_;
  if (finished_) {
    out.remaining_seconds = 0;
  } else {
    out.remaining_bytes = rest(bytes_to_do, out.bytes);
    out.remaining_seconds =
        remaining(rows_to_do, out.rows, std::chrono::duration<double>(Clock::now() - began_).count());
  }
  return out;
}

void LoadProgress::fill(model::SubtaskStatus& status) const {
  const std::lock_guard lock(mutex_);
  sample();
  status.unit = "load";
  status.progress = progress();
  const double part = finished_      ? 1.0
                      : chunks_ == 0 ? 0.0
                                     : 1 - static_cast<double>(left_) / static_cast<double>(chunks_);
  uint64_t estimated_bytes = 0;
  for (const auto& [name, table] : tables_) estimated_bytes += table.estimated_bytes;
  model::LoadStatus load;
  load.finished_bytes = static_cast<int64_t>(counters.bytes);
  load.total_bytes =
      finished_ ? load.finished_bytes : std::max(load.finished_bytes, static_cast<int64_t>(estimated_bytes));
  load.progress = percent(part);
  if (!location_.name.empty()) {
    load.meta_binlog = "(" + location_.name + ", " + std::to_string(location_.pos) + ")";
    load.meta_binlog_gtid = location_.gtid;
  }
  load.bps = bytes_speed_;
  model::DumpStatus dump;
  dump.total_tables = static_cast<int64_t>(tables_.size());
  dump.completed_tables = static_cast<double>(status.progress->tables_done);
  dump.finished_bytes = static_cast<double>(load.finished_bytes);
  dump.finished_rows = static_cast<double>(counters.rows);
  dump.estimate_total_rows = static_cast<double>(status.progress->estimated_rows);
  dump.bps = load.bps;
  dump.progress = load.progress;
  status.load = load;
  status.dump = dump;
}

}  // namespace sluice::units::full
