#include "core/cluster/worker.hpp"
#include "core/plugin/log.hpp"

namespace sluice::cluster {

Result<std::shared_ptr<SubtaskHandle>> Worker::handle_for(const SubtaskName& name, const State& state) {
  // Not under this worker's lock, since it asks the others: the worker that had the source before closes it first.
  const bool moving = elsewhere_(name);
  const std::lock_guard lock(mutex_);
  const auto stage = state.stages.find(name);
  const bool known = stage != state.stages.end() && state.tasks.contains(name.first) &&
                     state.sources.contains(name.second) && state.worker_of(name.second) == identity_.name;
  const auto found = running_.find(name);
  if (!known || moving || (found != running_.end() && found->second.closing)) {
    return make_error(40054, "sub task with name " + name.first + " not found", {},
                      "Look at GET /api/v1/tasks/" + name.first + "/status for what runs where.");
  }
  if (found != running_.end()) return found->second.handle;
  const auto observed = state.observed.find(name);
  const bool was_here = observed != state.observed.end() && stage->second.value.started;
  const bool finished = was_here && observed->second.value.status.stage == model::Stage::Finished;
  if (!was_here || finished || stage->second.value.run) {
    return make_error(40051,
                      std::string("current stage is ") + (finished ? "Finished" : "New") + " but not paused, invalid",
                      {}, "Start the task, then stop it: POST /api/v1/tasks/" + name.first + "/start, .../stop.");
  }
  Running& running = create(name, stage->second.value, state);
  running.handle->restore(observed->second.value.status);
  return running.handle;
}

Result<model::Json> Worker::execute(const SubtaskName& name, const task::Command& command, const State& state) {
  auto handle = handle_for(name, state);
  if (!handle.ok()) return handle.status();
  log::info("command for a subtask", {{"task", name.first}, {"source", name.second}, {"command", command.kind}});
  auto outcome = (*handle)->execute(command);
  const model::Json* resume = command.arguments.find("resume");
  const auto stage = state.stages.find(name);
  const bool stopped = stage == state.stages.end() || !stage->second.value.run;  // by a user: it stays so
  if (outcome.ok() && resume && *resume == model::Json(true) && !stopped) (*handle)->start({});
  return outcome;
}

}  // namespace sluice::cluster
