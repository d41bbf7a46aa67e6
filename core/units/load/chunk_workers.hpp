#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <vector>

#include "core/model/error.hpp"
#include "core/schema/abi_table.hpp"
#include "core/units/full/load_plan.hpp"
#include "core/units/full/load_progress.hpp"
#include "core/units/sink_session.hpp"
#include "core/upstream/connection.hpp"

namespace sluice::units::load {

/// One piece of work: rows of `table` between two bounds.
struct ChunkJob {
  const full::TablePlan* table = nullptr;
  std::shared_ptr<const schema::AbiTable> abi;
  size_t chunk = 0;
  int32_t on_duplicate = 0;  ///< SLUICE_DUPLICATE_...
};

/// Copies chunks from the source's sessions to writers of the sink, one of each per thread.
class ChunkWorkers {
 public:
  struct Options {
    std::shared_ptr<host::Sink> sink;
    bool marks_in_sink = true;                      ///< a chunk's mark is stored in the transaction of its rows
    std::function<Status(const Mark&)> store_mark;  ///< for the other case; called under a lock
    std::function<Result<bool>(const std::string& key)> arrived;  ///< whether the target holds this chunk's mark
  };
  ChunkWorkers(Options options, std::vector<ChunkJob> jobs, full::LoadProgress& progress);

  /// Ends when all jobs are done, at the first failure (of which it returns the first), or when `stop` is asked for
  /// and the chunks in hand are done. Takes the sessions; they stay open until the end.
  Status run(std::vector<upstream::Connection>& sessions, std::stop_token stop);
  size_t done() const { return done_; }
  size_t total() const { return jobs_.size(); }

 private:
  void work(upstream::Connection& session, const std::stop_token& stop);
  Status load_chunk(upstream::Connection& session, SinkSession& writer, const ChunkJob& job,
                    const std::stop_token& stop);
  void fail(const Status& status);

  Options options_;
  std::vector<ChunkJob> jobs_;
  full::LoadProgress& progress_;
  std::atomic<size_t> next_{0};
  std::atomic<size_t> done_{0};
  std::atomic<bool> failed_{false};
  std::mutex mutex_;
  Status first_failure_;
};

}  // namespace sluice::units::load
