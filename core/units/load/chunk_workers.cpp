#include "core/units/load/chunk_workers.hpp"

#include <chrono>
#include <thread>

#include "core/units/full/chunk_plan.hpp"

namespace sluice::units::load {
namespace {

sluice_str str(const std::string& text) { return {text.data(), text.size()}; }

constexpr int kAttempts = 10;

}  // namespace

ChunkWorkers::ChunkWorkers(Options options, std::vector<ChunkJob> jobs, full::LoadProgress& progress)
    : options_(std::move(options)), jobs_(std::move(jobs)), progress_(progress) {}

void ChunkWorkers::fail(const Status& status) {
  const std::lock_guard lock(mutex_);
  if (first_failure_.ok()) first_failure_ = status;
  failed_ = true;
}

Status ChunkWorkers::load_chunk(upstream::Connection& session, SinkSession& writer, const ChunkJob& job,
                                const std::stop_token& stop) {
  const full::TablePlan& table = *job.table;
  const std::string key = table.chunk_key(job.chunk);
  const std::string sql = full::select_statement(*table.source.info, table.condition(job.chunk));
  full::TableCounters& of_table = progress_.chunk_begins(table.mark_name());
  for (int attempt = 1;; ++attempt) {
    auto rows = session.stream(sql);
    if (!rows) return rows.status();
    full::RowReader reader(*table.source.info, std::move(*rows), progress_.counters, &of_table);
    sluice_mark mark{};
    mark.scope = {full::kChunkScope, std::string_view(full::kChunkScope).size()};
    mark.key = str(key);
    mark.expect = {"", 0};
    mark.value = {"done", 4};
    sluice_load load{};
    load.struct_size = sizeof load;
    load.on_duplicate = job.on_duplicate;
    load.table = job.abi->get();
    load.self = &reader;
    load.next = &full::RowReader::pull;
    load.marks = options_.marks_in_sink ? &mark : nullptr;
    load.mark_count = options_.marks_in_sink ? 1 : 0;
    Status status = writer.load(load);
    if (reader.error()) return *reader.error();
    if (status.ok()) break;
    // The rows of a failed attempt were rolled back; they are counted when they come again.
    progress_.counters.rows -= reader.rows();
    progress_.counters.bytes -= reader.bytes();
    of_table.rows -= reader.rows();
    of_table.bytes -= reader.bytes();
    if ((writer.last_flags() & SLUICE_ERROR_FENCED) != 0) {
      // The mark is there: a former attempt, of this process or of a dead one, was committed and nobody heard of it.
      const std::lock_guard lock(mutex_);
      auto there = options_.arrived(key);
      if (!there) return there.status();
      if (*there) break;
    }
    if (!status.error().retryable || attempt == kAttempts || stop.stop_requested() || failed_) return status;
    std::this_thread::sleep_for(std::chrono::milliseconds(100 * attempt));
  }
  if (options_.marks_in_sink) return {};
  const std::lock_guard lock(mutex_);
  return options_.store_mark({full::kChunkScope, key, "done"});
}

void ChunkWorkers::work(upstream::Connection& session, const std::stop_token& stop) {
  SinkSession writer(options_.sink);
  // Going back to a savepoint after each chunk gives up the locks on the table's structure, which would make an ALTER,
  // and all that queues behind it, wait for the end of the load. The snapshot stays.
  (void)session.exec("SAVEPOINT sluice");
  while (!failed_ && !stop.stop_requested() && !progress_.counters.cancelled) {
    const size_t index = next_++;
    if (index >= jobs_.size()) return;
    const ChunkJob& job = jobs_[index];
    Status status = load_chunk(session, writer, job, stop);
    (void)session.exec("ROLLBACK TO SAVEPOINT sluice");
    if (!status) {
      status.error().table = job.table->source.schema + "." + job.table->source.table;
      fail(std::move(status).with("load " + job.table->chunk_key(job.chunk)));
      return;
    }
    ++done_;
    progress_.chunk_done(job.table->mark_name());
  }
}

Status ChunkWorkers::run(std::vector<upstream::Connection>& sessions, std::stop_token stop) {
  std::vector<std::thread> threads;
  for (size_t i = 1; i < sessions.size() && i < jobs_.size(); ++i) {
    threads.emplace_back([this, &session = sessions[i], &stop] { work(session, stop); });
  }
  work(sessions.front(), stop);
  for (std::thread& thread : threads) thread.join();
  const std::lock_guard lock(mutex_);
  return first_failure_;
}

}  // namespace sluice::units::load
