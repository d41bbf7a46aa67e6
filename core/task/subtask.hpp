#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "core/model/error.hpp"
#include "core/model/source.hpp"
#include "core/model/status.hpp"
#include "core/model/task.hpp"
#include "core/task/command.hpp"

namespace sluice::host {
class Store;
}
namespace sluice::plugin {
class Registry;
}

namespace sluice::units {
class MemoryBudget;
}

namespace sluice::task {

/// For SubtaskServices::memory: bytes for the row changes in flight of all subtasks together.
std::shared_ptr<units::MemoryBudget> make_memory_budget(uint64_t limit);

/// One task on one source, as the worker that runs it was told.
struct SubtaskConfig {
  model::Task task;
  model::Source source;
  std::string worker_name;
  std::filesystem::path work_dir;  ///< for what exceeds memory; made when missing
};

/// What a subtask works with. The objects outlive it.
struct SubtaskServices {
  plugin::Registry* plugins = nullptr;
  std::shared_ptr<host::Store> store;           ///< holds checkpoints of sinks that cannot hold them
  std::shared_ptr<units::MemoryBudget> memory;  ///< that the subtasks of the process share; null = one's own
};

/// The state machine of behaviour.md, section 2: runs the units of a subtask one after another on a thread of its
/// own, pauses on errors, resumes by itself (section 2.1). All functions may be called from any thread; operations
/// are serialised. Every transition is logged with its reason.
class Subtask {
 public:
  Subtask(SubtaskConfig config, SubtaskServices services);
  Subtask(const Subtask&) = delete;
  Subtask& operator=(const Subtask&) = delete;
  /// Closes, with a bound of 10 s.
  ~Subtask();

  /// New, Paused or Stopped → Running, asynchronously; also Finished when the task follows the binlog. No effect when
  /// running or finished otherwise.
  void start(model::StartArguments arguments);
  /// → Paused by the user: no auto-resume any more. Waits up to `bound` for the unit to end at a safe point, then cuts
  /// it off. A subtask that was never started stays New. No effect when paused (but it loses its auto-resume).
  void pause(std::chrono::milliseconds bound, const std::string& reason);
  /// → Stopped; the units are gone afterwards.
  void close(std::chrono::milliseconds bound, const std::string& reason);

  /// Makes a fresh object what an earlier process left: paused, with the figures and errors of its last report.
  void restore(model::SubtaskStatus former);
  /// Carries out a command (subtask_commands.hpp). Blocks on servers; ended early by pause and close. Those that need a
  /// paused subtask keep it paused meanwhile: a resume, asked for or automatic, waits.
  Result<model::Json> execute(const Command& command);

  /// Answered from memory, never blocks on a server.
  model::SubtaskStatus status() const;

  /// Called (on a thread of the subtask) after each change of stage or unit. Set before start.
  void on_change(std::function<void()> callback);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Removes the metadata of a task (all its sources) from the target, or from the store. Connects to the target.
/// A stop request cuts it off.
Status remove_metadata(const SubtaskConfig& config, const SubtaskServices& services, const std::stop_token& stop);
/// Whether a global checkpoint is there, which a subtask would go on from. Ends early when `stop` is asked for.
Result<bool> has_checkpoint(const SubtaskConfig& config, const SubtaskServices& services, const std::stop_token& stop);

}  // namespace sluice::task
