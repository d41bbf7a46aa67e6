#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <future>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "core/cluster/command_channel.hpp"
#include "core/cluster/keyed_requests.hpp"
#include "core/cluster/membership.hpp"
#include "core/cluster/node.hpp"
#include "core/cluster/state.hpp"
#include "core/cluster/worker.hpp"

namespace sluice::cluster {

/// Serialises operations on one name within this process; a second caller is refused (E46024), not queued.
class Latches {
 public:
  class Held {
   public:
    Held(Latches& latches, std::string name) : latches_(&latches), name_(std::move(name)) {}
    Held(Held&& other) noexcept : latches_(std::exchange(other.latches_, nullptr)), name_(std::move(other.name_)) {}
    Held& operator=(Held&&) = delete;
    ~Held();

   private:
    Latches* latches_;
    std::string name_;
  };
  Result<Held> take(const std::string& name);

 private:
  std::mutex mutex_;
  std::set<std::string> taken_;
};

class Node::Impl {
 public:
  Impl(NodeConfig config, NodeServices services);

  /// Reads, lets `decide` fill a change, commits; again when another writer was faster (E46024 after ten times).
  Status update(const std::string& name, const std::function<Status(const State&, Change&)>& decide);
  Result<State> read() const { return cache.read(); }
  void wake();

  void loop(const std::stop_token& stop);
  void look();

  model::SubtaskStatus status_of(const State& state, const SubtaskName& name) const;
  TaskView view_of(const State& state, const model::Task& task) const;
  SourceView view_of(const State& state, const model::Source& source) const;
  /// Waits until a whole look at the state of now has been made here, and `closed` holds.
  bool wait_closed(std::chrono::milliseconds bound, const std::function<bool(const State&)>& closed);
  /// The worker of this process with that name, or null.
  Worker* local_worker(const std::string& name) const;
  bool holds_task(const std::string& task) const;
  bool holds_source(const std::string& source) const;
  /// All workers side by side.
  void close_all(std::chrono::milliseconds bound, const std::string& reason);
  /// Executes a command that came for a subtask here.
  Result<model::Json> execute(const SubtaskCommand& command);
  Status begin_transfer(const std::string& source, const std::string& worker, TransferRecord& transfer);
  bool paused_for_transfer(const State& state, const std::string& source, const TransferRecord& transfer) const;
  /// Runs again what transfers of processes that are gone had paused.
  void undo_transfers(const State& state);
  Status draw_cluster_id();
  /// All nodes must open what one has sealed. The first leaves a digest of its key; E20010 when it is another one.
  Status check_key();
  /// Reads the store, on a thread of its own; the problem, or "".
  std::string probe_store(std::chrono::milliseconds bound);
  Status ask_store();
  /// Whether a subtask can go on from a checkpoint in its target, asked now.
  bool has_checkpoint(const State& state, const model::Task& task, const std::string& source);
  void finish_removals(const State& state);
  /// False when the end of the process interrupted it.
  bool remove_target_metadata(const std::string& task, const RemovalRecord& removal);

  const NodeConfig config;
  const NodeServices services;
  StateStore store;
  mutable StateCache cache;
  Membership membership;
  KeyedRequests keyed_requests;
  std::vector<std::unique_ptr<Worker>> workers;  ///< filled by the constructor, fixed from then on
  Latches latches;
  CommandChannel commands;

  std::mutex mutex;
  std::condition_variable_any cv;
  bool dirty = true;
  bool watch_lost = true;
  std::atomic<bool> lease_lost{false};
  std::atomic<bool> removed{false};      ///< this master was taken out of the cluster
  std::atomic<int64_t> looked_at_ms{0};  ///< steady clock, end of the last look that could read the store
  std::mutex probe_mutex;
  std::shared_future<Status> probe;
  std::atomic<uint64_t> looks_begun{0};
  std::atomic<uint64_t> looks_done{0};  ///< number of the last look that has ended
  std::stop_source ending;              ///< the process ends: what waits for servers gives up
  std::future<void> removing;           ///< metadata of deleted tasks, beside the loop
  std::jthread thread;
};

int64_t steady_ms();

/// The names of `stages` of one task, restricted to `sources` when it is not empty.
void set_stages(const State& state, Change& change, const std::string& task, const std::vector<std::string>& sources,
                const std::function<void(StageRecord&)>& edit);

}  // namespace sluice::cluster
