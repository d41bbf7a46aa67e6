#include "core/cluster/dry_run.hpp"
#include "core/cluster/keys.hpp"
#include "core/cluster/node.hpp"
#include "core/cluster/node_impl.hpp"

namespace sluice::cluster {
namespace {

Error no_source_handled(const std::string& source) {
  return make_error(40070, "no mysql source is being handled in the worker: source " + source + " is bound to none", {},
                    "Start a worker for it, or enable it: POST /api/v1/sources/" + source + "/enable.");
}

}  // namespace

Result<model::Json> Node::command(const std::string& task, const std::string& source, const task::Command& command) {
  Impl& impl = *impl_;
  auto state = impl.read();
  if (!state.ok()) return state.status();
  if (!state->tasks.contains(task)) {
    return make_error(46018, "task with name " + task + " not exist", {}, "Look at GET /api/v1/tasks for the names.");
  }
  if (!state->sources.contains(source)) {
    return make_error(46008, "source config with ID " + source + " not exists", {},
                      "Look at GET /api/v1/sources for the names.");
  }
  if (!state->stages.contains({task, source})) {
    return make_error(40054, "sub task with name " + task + " not found on source " + source, {},
                      "Look at GET /api/v1/tasks/" + task + " for its sources.");
  }
  const std::string worker = state->worker_of(source);
  if (worker.empty()) return no_source_handled(source);
  // A worker of the same name that registered again is another process.
  const std::string alive_key = key_of(kAliveWorkers, worker);
  const int64_t registered = state->revision_of(alive_key);
  if (registered == 0) {
    return make_error(38008, "dm-worker " + worker + " is not alive", {}, "Look at GET /api/v1/cluster/workers.");
  }
  const auto alive = [&] {
    auto entries = impl.store.range(alive_key);
    if (!entries.ok()) return true;  // not known; the bound ends it
    for (const Entry& entry : *entries) {
      if (entry.key == alive_key) return entry.mod_revision == registered;
    }
    return false;
  };
  if (!DryRun::active()) return impl.commands.call(worker, {task, source, command}, impl.config.rpc_timeout, alive);
  task::Command trial = command;
  trial.kind += ".trial";
  trial.arguments.erase("resume");
  auto tried = impl.commands.call(worker, {task, source, trial}, impl.config.rpc_timeout, alive);
  if (!tried.ok()) return tried;
  return dry_run_end();
}

Result<model::Json> Node::Impl::execute(const SubtaskCommand& command) {
  if (!membership.alive()) {
    return make_error(38008, "dm-worker " + config.name + " has lost its lease and executes nothing", {},
                      "Repeat the request in a moment.");
  }
  auto state = read();
  if (!state.ok()) return state.status();
  Worker* worker = local_worker(state->worker_of(command.source));
  if (!worker) return no_source_handled(command.source);
  auto outcome = worker->execute({command.task, command.source}, command.command, *state);
  wake();  // what the subtask shows may be new
  return outcome;
}

}  // namespace sluice::cluster
