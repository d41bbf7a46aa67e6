#include "core/units/sync/writer_pool.hpp"

#include <algorithm>
#include <utility>

#include "core/sql/quote.hpp"
#include "core/units/sink_session.hpp"
#include "core/units/sync/row_key.hpp"

namespace sluice::units::sync {
namespace {

constexpr const char* kLaneScope = "lane";

sluice_str str(const std::string& s) { return {s.data(), s.size()}; }

// The rows of a batch with their tables, and how far each lane comes with it.
struct Built {
  std::vector<const sluice_table*> tables;
  std::vector<sluice_row> rows;
  std::vector<sluice_mark> marks;
  std::vector<uint32_t> lanes;
  std::vector<std::string> keys;
  std::vector<std::string> values;
};

uint32_t table_index(Built& built, const sluice_table* table) {
  const auto it = std::find(built.tables.begin(), built.tables.end(), table);
  if (it != built.tables.end()) return static_cast<uint32_t>(it - built.tables.begin());
  built.tables.push_back(table);
  return static_cast<uint32_t>(built.tables.size() - 1);
}

// Where each lane stands after the batch: its last row decides, so the batch is read backwards.
void add_lane_positions(Built& built, const std::vector<WorkItem>& batch) {
  static_assert(kLanes <= 64);
  uint64_t seen = 0;
  for (auto item = batch.rbegin(); item != batch.rend(); ++item) {
    for (auto row = item->rows.rbegin(); row != item->rows.rend(); ++row) {
      const uint64_t bit = 1ULL << row->lane;
      if ((seen & bit) != 0) continue;
      seen |= bit;
      built.lanes.push_back(row->lane);
      built.keys.push_back(std::to_string(row->lane));
      built.values.push_back(RowLocation{*item->file, item->pos, row->ordinal}.to_string());
    }
  }
}

// The table that the sink's message names (by its target's name), or the only one of the batch; "" when none is sure.
std::string blamed_table(const std::vector<WorkItem>& batch, const std::string& message) {
  const auto text = [](sluice_str s) { return std::string(s.data, s.len); };
  const auto source_name = [&](const sluice_table& table) {
    return text(table.source_schema) + "." + text(table.source_table);
  };
  const sluice_table* only = batch.front().table;
  for (const WorkItem& item : batch) {
    if (item.table == nullptr) continue;
    const std::string target = sql::quote_table(text(item.table->schema), text(item.table->name));
    if (message.find(target) != std::string::npos) return source_name(*item.table);
    if (item.table != only) only = nullptr;
  }
  return only == nullptr ? "" : source_name(*only);
}

// Says where the failure is: at the row that the sink names, else at the beginning of the batch.
void locate(const std::vector<WorkItem>& batch, uint64_t row, Error& error) {
  const WorkItem* item = &batch.front();
  if (row > 0) {
    while (row > item->rows.size()) row -= (item++)->rows.size();
    const auto text = [](sluice_str s) { return std::string(s.data, s.len); };
    error.table = text(item->table->source_schema) + "." + text(item->table->source_table);
    error.row_key = row_key(*item->table, item->rows[row - 1].row);
    error.message +=
        error.row_key.empty() ? " (the table has no key to name the row by)" : " (row " + error.row_key + ")";
  }
  error.binlog_name = *item->file;
  error.binlog_pos = item->pos;
  if (error.table.empty()) error.table = blamed_table(batch, error.message);
}

/// Adds its own life to a sum of microseconds.
class Spent {
 public:
  explicit Spent(std::atomic<uint64_t>& sum) : sum_(sum) {}
  ~Spent() {
    const auto time = std::chrono::steady_clock::now() - began_;
    sum_.fetch_add(static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(time).count()),
                   std::memory_order_relaxed);
  }
  Spent(const Spent&) = delete;
  Spent& operator=(const Spent&) = delete;

 private:
  std::atomic<uint64_t>& sum_;
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

void sleep_until_stop(std::condition_variable& cv, std::unique_lock<std::mutex>& lock, const bool& stopping,
                      int attempt) {
  const auto pause = std::chrono::milliseconds(std::min(2000, 50 << std::min(attempt, 6)));
  cv.wait_for(lock, pause, [&] { return stopping; });
}

}  // namespace

class WriterPool::Session {
 public:
  explicit Session(std::shared_ptr<host::Sink> target) : sink(std::move(target)) {}
  SinkSession sink;
};

WriterPool::WriterPool(std::shared_ptr<host::Sink> sink, WriterPoolOptions options,
                       std::shared_ptr<MemoryBudget> memory, std::array<std::string, kLanes> lanes, Counters& counters)
    : sink_(std::move(sink)),
      options_(options),
      memory_(std::move(memory)),
      lanes_(std::move(lanes)),
      counters_(counters) {
  options_.writers = std::clamp<uint32_t>(options_.writers, 1, kLanes);
  for (uint32_t i = 0; i < options_.writers; ++i) all_.push_back(std::make_unique<Writer>());
}

WriterPool::~WriterPool() {
  stop();
  join();
}

void WriterPool::join() {
  for (auto& writer : all_) {
    if (writer->thread.joinable()) writer->thread.join();
  }
}

void WriterPool::start() {
  for (uint32_t i = 0; i < options_.writers; ++i) {
    all_[i]->thread = std::thread([this, i] { run(i); });
  }
}

bool WriterPool::push(uint32_t index, WorkItem item) {
  const uint64_t asked_at = StageTimes::coarse_us();
  const bool room = memory_.take(item.bytes);
  counters_.times.queue_us.fetch_add(StageTimes::coarse_us() - asked_at, std::memory_order_relaxed);
  if (!room) return false;
  std::unique_lock lock(mutex_);
  if (stopping_ || error_) return false;
  dispatched_ = std::max(dispatched_, item.last_seq);
  Writer& writer = *all_[index];
  writer.queue.push_back(std::move(item));
  lock.unlock();
  writer.ready.notify_one();
  return true;
}

bool WriterPool::drain() {
  const Spent waiting(counters_.times.queue_us);
  std::unique_lock lock(mutex_);
  progress_.wait(lock, [&] {
    if (stopping_ || error_) return true;
    return std::all_of(all_.begin(), all_.end(), [](const auto& w) { return w->queue.empty() && !w->busy; });
  });
  return !stopping_ && !error_;
}

void WriterPool::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  memory_.stop();
  progress_.notify_all();
  for (auto& writer : all_) writer->ready.notify_all();
}

uint64_t WriterPool::applied_seq() const {
  const std::lock_guard lock(mutex_);
  uint64_t low = dispatched_;
  for (const auto& writer : all_) {
    // What a writer holds in its hands is not in its queue any more, but `applied` has not moved either.
    if (writer->busy) {
      low = std::min(low, writer->applied);
    } else if (!writer->queue.empty()) {
      low = std::min(low, writer->queue.front().first_seq - 1);
    }
  }
  return low;
}

std::optional<Error> WriterPool::error() const {
  const std::lock_guard lock(mutex_);
  return error_;
}

bool WriterPool::needs_met(const WorkItem& item) const {
  return std::all_of(item.needs.begin(), item.needs.end(), [&](const Dependency& need) {
    const Writer& other = *all_[need.writer];
    if (other.applied >= need.seq) return true;
    return !other.busy && (other.queue.empty() || other.queue.front().first_seq > need.seq);
  });
}

// Takes what fits into one transaction; waits until there is something whose dependencies are met. An item that has
// to wait ends the batch before it, so that nobody waits for what this writer holds back.
bool WriterPool::take_batch(uint32_t index, std::vector<WorkItem>& batch) {
  Writer& writer = *all_[index];
  std::unique_lock lock(mutex_);
  while (true) {
    if (stopping_ || error_) return false;
    if (writer.queue.empty()) {
      writer.ready.wait(lock);
      continue;
    }
    if (needs_met(writer.queue.front())) break;
    const Spent waiting(counters_.times.conflict_us);
    progress_.wait(lock);
  }
  size_t rows = 0;
  size_t bytes = 0;
  while (!writer.queue.empty()) {
    WorkItem& next = writer.queue.front();
    const bool full =
        rows > 0 && (rows + next.rows.size() > options_.batch_rows || bytes + next.bytes > options_.batch_bytes);
    if (full || (!batch.empty() && next.safe_mode != batch.front().safe_mode) || !needs_met(next)) break;
    rows += next.rows.size();
    bytes += next.bytes;
    if (batch.empty()) {
      writer.busy = true;
      writer.applied = next.first_seq - 1;
    }
    batch.push_back(std::move(next));
    writer.queue.pop_front();
  }
  return true;
}

Status WriterPool::apply(Session& session, std::vector<WorkItem>& batch) {
  Built built;
  for (const WorkItem& item : batch) {
    const uint32_t table = table_index(built, item.table);
    for (const LaneRow& row : item.rows) {
      built.rows.push_back(row.row);
      built.rows.back().table = table;
    }
  }
  if (options_.marks) add_lane_positions(built, batch);
  for (size_t i = 0; i < built.lanes.size(); ++i) {
    const std::string& expect = lanes_[built.lanes[i]];
    // An empty expectation still is one: data must not be null.
    const sluice_str expected = expect.empty() ? sluice_str{"", 0} : str(expect);
    built.marks.push_back({{kLaneScope, 4}, str(built.keys[i]), expected, str(built.values[i])});
  }
  sluice_batch out{};
  out.struct_size = sizeof(out);
  out.flags = batch.front().safe_mode ? SLUICE_BATCH_SAFE_MODE : 0;
  out.tables = built.tables.data();
  out.table_count = built.tables.size();
  out.rows = built.rows.data();
  out.row_count = built.rows.size();
  out.marks = built.marks.data();
  out.mark_count = built.marks.size();

  bool unsure = false;  // an earlier attempt may have been committed
  for (int attempt = 0;; ++attempt) {
    Status status = session.sink.open();
    if (status.ok() && unsure) {
      auto stored = session.sink.marks(kLaneScope);
      if (!stored.ok()) {
        status = stored.status();
      } else {
        const auto it = stored.value().find(built.keys.front());
        if (it != stored.value().end() && it->second == built.values.front()) break;  // it was committed
        unsure = false;
      }
    }
    sluice_sink_result result{};
    result.struct_size = sizeof(result);
    if (status.ok()) status = session.sink.apply(out, result);
    // Without marks the checkpoint stands elsewhere: it may only pass what the sink has made durable.
    if (status.ok() && !options_.marks) status = session.sink.flush();
    if (status.ok()) {
      counters_.unmatched.fetch_add(result.unmatched, std::memory_order_relaxed);
      break;
    }
    const uint32_t flags = session.sink.last_flags();
    if ((flags & (SLUICE_ERROR_OUTCOME_UNKNOWN | SLUICE_ERROR_RECONNECT)) != 0) {
      unsure = unsure || !built.marks.empty();
      session.sink.close();
    }
    // Refused by a mark although only this process moves it: an attempt whose answer was lost has been committed
    // after all, by a session that the server had not yet given up.
    const bool late = (flags & SLUICE_ERROR_FENCED) != 0 && attempt > 0 && !built.marks.empty();
    unsure = unsure || late;
    if ((!status.error().retryable && !late) || attempt + 1 >= options_.attempts) return status;
    std::unique_lock lock(mutex_);
    sleep_until_stop(progress_, lock, stopping_, attempt);
    if (stopping_) return status;
  }
  for (size_t i = 0; i < built.lanes.size(); ++i) lanes_[built.lanes[i]] = std::move(built.values[i]);
  return {};
}

void WriterPool::finished(uint32_t index, const std::vector<WorkItem>& batch) {
  uint64_t rows = 0;
  size_t bytes = 0;
  for (const WorkItem& item : batch) {
    uint64_t counted = 0;
    for (const LaneRow& row : item.rows) counted += row.counts ? 1 : 0;
    if (item.changes != nullptr) item.changes->finished[item.kind].fetch_add(counted, std::memory_order_relaxed);
    rows += counted;
    bytes += item.bytes;
  }
  {
    const std::lock_guard lock(mutex_);
    Writer& writer = *all_[index];
    writer.applied = batch.back().last_seq;
    writer.busy = false;
  }
  memory_.give(bytes);
  counters_.batch_rows.observe(rows);
  counters_.applied(rows);
  counters_.pending(-static_cast<int64_t>(rows));
  progress_.notify_all();
}

void WriterPool::fail(Error error) {
  {
    const std::lock_guard lock(mutex_);
    if (!error_ && !stopping_) error_ = std::move(error);
  }
  memory_.stop();
  progress_.notify_all();
  for (auto& writer : all_) writer->ready.notify_all();
  if (on_failure_) on_failure_();
}

void WriterPool::run(uint32_t index) {
  Session session(sink_);
  std::vector<WorkItem> batch;
  while (take_batch(index, batch)) {
    const auto began = std::chrono::steady_clock::now();
    Status status = apply(session, batch);
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began);
    counters_.times.target_us.fetch_add(static_cast<uint64_t>(took.count()), std::memory_order_relaxed);
    counters_.batch_us.observe(static_cast<uint64_t>(took.count()));
    if (!status.ok()) {
      Error error = std::move(status.error());
      locate(batch, session.sink.last_row(), error);
      fail(std::move(error));
      return;
    }
    finished(index, batch);
    batch.clear();
  }
}

}  // namespace sluice::units::sync
