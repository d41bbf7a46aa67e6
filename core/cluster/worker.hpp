#pragma once

#include <atomic>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "core/cluster/node.hpp"
#include "core/cluster/state.hpp"

namespace sluice::cluster {

/// One worker of this process. Runs the subtasks of the source bound to it: compares what is desired with what is
/// there, and acts. What takes time (stopping) runs beside, one action per subtask at a time; the next look sees what
/// came of it.
class Worker {
 public:
  /// `wake` asks for another look; called from any thread. `elsewhere` tells whether another worker of this process
  /// still holds a subtask: it is closed there before it begins here.
  Worker(WorkerIdentity identity, const NodeConfig& config, const NodeServices& services, StateStore& store,
         std::function<void()> wake, std::function<bool(const SubtaskName&)> elsewhere);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  /// Closes all.
  ~Worker();

  const std::string& name() const { return identity_.name; }

  /// One look. One thread at a time, for all workers of a process.
  void reconcile(const State& state);
  /// Writes reports of what has changed: stages at once, figures every few seconds.
  void report(const State& state);
  /// Ends all subtasks side by side; with bound 0 without waiting for transactions. Desired stages are not touched.
  void close_all(std::chrono::milliseconds bound, const std::string& reason);

  /// Lets a subtask execute a command. A started one that was stopped before this process began lives here from then
  /// on, as paused as it was. E40054 when there is none of the name, E40051 when it was never started.
  Result<model::Json> execute(const SubtaskName& name, const task::Command& command, const State& state);

  /// The status of a subtask that lives here.
  std::optional<model::SubtaskStatus> status(const SubtaskName& name) const;
  /// True while a subtask of this task (of this source) lives here, closing ones included.
  bool holds_task(const std::string& task) const;
  bool holds_source(const std::string& source) const;

 private:
  struct Running {
    std::shared_ptr<SubtaskHandle> handle;
    int64_t request = 0;        ///< last request acted upon
    int64_t task_revision = 0;  ///< definitions that the handle was made of
    int64_t source_revision = 0;
    std::future<void> busy;                                                                ///< the action in progress
    std::shared_ptr<std::atomic<bool>> acted = std::make_shared<std::atomic<bool>>(true);  ///< it has ended
    bool closing = false;
    std::string reported;  ///< last report, without its time
    int64_t reported_at_ms = 0;
    bool is_busy() const;
  };
  void drop_report(const SubtaskName& name);
  void look_at(const SubtaskName& name, const StageRecord& stage, const State& state, bool elsewhere);
  Running& create(const SubtaskName& name, const StageRecord& stage, const State& state);
  Result<std::shared_ptr<SubtaskHandle>> handle_for(const SubtaskName& name, const State& state);
  void act(Running& running, std::function<void()> action);
  void close(Running& running, const std::string& reason);
  void report_one(const SubtaskName& name, Running& running, const State& state);
  void consume_arguments(const SubtaskName& name, const model::SubtaskStatus& status, const State& state);

  const WorkerIdentity identity_;
  const NodeConfig& config_;
  const NodeServices& services_;
  StateStore& store_;
  const std::function<void()> wake_;
  const std::function<bool(const SubtaskName&)> elsewhere_;
  mutable std::mutex mutex_;  // guards the map; handles have their own
  std::map<SubtaskName, Running> running_;
};

/// The configuration of a subtask as that worker of this node would run it.
task::SubtaskConfig subtask_config(const NodeConfig& node, const std::string& worker, const model::Task& task,
                                   const model::Source& source);

}  // namespace sluice::cluster
