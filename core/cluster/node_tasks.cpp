#include <algorithm>
#include <chrono>
#include <random>
#include <set>

#include "core/cluster/keys.hpp"
#include "core/cluster/node.hpp"
#include "core/cluster/node_impl.hpp"
#include "core/model/definitions.hpp"
#include "core/model/json.hpp"

namespace sluice::cluster {
namespace {

using Names = std::vector<std::string>;
using StatusOf = std::function<model::SubtaskStatus(const SubtaskName&)>;

std::string joined(const Names& names) {
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "" : " ") + name;
  return "[" + out + "]";
}

Error no_such_task(const std::string& name) {
  return make_error(46018, "task with name " + name + " not exist", {}, "Look at GET /api/v1/tasks for the names.");
}

std::string new_token() {
  std::random_device random;
  return std::to_string(random()) + "-" + std::to_string(random());
}

Names sources_of(const model::Task& task) {
  Names out;
  for (const auto& conf : task.source_conf) out.push_back(conf.source_name);
  return out;
}

Names missing_from(const Names& wanted, const Names& known) {
  Names out;
  for (const auto& name : wanted) {
    if (std::find(known.begin(), known.end(), name) == known.end()) out.push_back(name);
  }
  return out;
}

/// Tells what a task update may not change by blanking what it may (api.md 6.4).
model::Json fixed_part(model::Task task) {
  task.table_migrate_rule.clear();
  task.binlog_filter_rule.clear();
  task.block_allow_list.clear();
  task.expression_filter_rule.clear();
  for (auto& conf : task.source_conf) {
    conf.block_allow_list.reset();
    conf.expression_filter_rule.clear();
  }
  const bool safe_mode = task.incr_migrate_conf && task.incr_migrate_conf->safe_mode;
  task.incr_migrate_conf.emplace();
  task.incr_migrate_conf->safe_mode = safe_mode;
  task.full_migrate_conf.reset();  // its units are over: without effect
  task.ignore_checking_items.clear();
  task.checking_items.clear();
  task.target.settings_json = model::to_text(model::parse_json(task.target.settings_json).value());
  return model::write_task(task);
}

/// Names of the members in which two objects differ.
Names differing(const model::Json& left, const model::Json& right) {
  Names out;
  const auto compare = [&out](const model::Json& from, const model::Json& with) {
    for (const auto& member : *from.as_object()) {
      const model::Json* other = with.find(member.name);
      const bool same = other && *other == member.value;
      if (!same && std::find(out.begin(), out.end(), member.name) == out.end()) out.push_back(member.name);
    }
  };
  compare(left, right);
  compare(right, left);
  return out;
}

/// `has_checkpoint` tells whether the target holds a place to go on from, for a task that was never seen to have one.
Status check_start(const State& state, const model::Task& task, const std::string& source,
                   const model::StartArguments& arguments, const std::function<bool()>& has_checkpoint) {
  const auto definition = state.sources.find(source);
  if (definition == state.sources.end()) return make_error(46008, "source config with ID " + source + " not exists");
  if (!definition->second.value.enable) {
    return make_error(38058, "can not start task: " + task.name + " reason: source " + source + " is disabled", {},
                      "Enable it first: POST /api/v1/sources/" + source + "/enable.");
  }
  if (!arguments.start_time.empty() && task.task_mode != "incremental") {
    return make_error(49001, "start_time is for task-mode incremental; task " + task.name + " has " + task.task_mode,
                      {}, "Leave it out: the full copy knows where following begins.");
  }
  if (!arguments.until.empty() && !task.syncs()) {
    return make_error(
        49001, "until is for tasks that follow the binlog; task " + task.name + " has task-mode " + task.task_mode, {},
        "Leave it out: the task ends by itself.");
  }
  if (task.task_mode != "incremental" || !arguments.start_time.empty()) return {};
  const auto conf = std::find_if(task.source_conf.begin(), task.source_conf.end(),
                                 [&](const model::SourceConf& c) { return c.source_name == source; });
  if (!conf->binlog_name.empty() || !conf->binlog_gtid.empty()) return {};
  const auto observed = state.observed.find({task.name, source});
  const bool seen = observed != state.observed.end() && observed->second.value.status.sync &&
                    !observed->second.value.status.sync->syncer_binlog.empty();
  if (seen || (!arguments.remove_meta && has_checkpoint())) return {};
  return make_error(20022, "mysql-instance(" + source + ") must set meta for task-mode incremental", {},
                    "Give binlog_name and binlog_pos, or binlog_gtid for a source with enable_gtid, in source_conf, or "
                    "start_time in the start request.");
}

Status check_update(const State& state, const StatusOf& status_of, const model::Task& old, const model::Task& task) {
  const Names known = sources_of(old);
  if (const Names extra = missing_from(sources_of(task), known); !extra.empty()) {
    return make_error(46034, "subtask of task " + task.name + " with sources " + joined(extra) + " not exists");
  }
  for (const auto& source : known) {
    const model::SubtaskStatus status = status_of({task.name, source});
    const std::string stage = model::api_stage_name(status.stage);
    // Asked to run and on its way there, between two stages: its worker may be about to use the old definition.
    const auto asked = state.stages.find({task.name, source});
    const bool begins = asked != state.stages.end() && asked->second.value.run && status.errors.empty() &&
                        status.stage != model::Stage::Finished;
    if (state.worker_of(source).empty() || stage == "Running" || begins) {
      return make_error(
          46035, "subtask of task " + task.name + " on source " + source + " must not run and its source must be bound",
          "stage is " + stage, "Stop the task first: POST /api/v1/tasks/" + task.name + "/stop.");
    }
    if (status.unit != "sync") {
      return make_error(40081, "can only update a task whose subtasks are in the sync unit; that of source " + source +
                                   " is in " + status.unit);
    }
  }
  if (const Names changed = differing(fixed_part(old), fixed_part(task)); !changed.empty()) {
    return make_error(
        40081,
        "can only update table_migrate_rule, block_allow_list, binlog_filter_rule, expression_filter_rule, "
        "repl_threads and repl_batch of task " +
            task.name + ", not " + joined(changed),
        {}, "Delete and create the task to change anything else.");
  }
  return {};
}

}  // namespace

void set_stages(const State& state, Change& change, const std::string& task, const std::vector<std::string>& sources,
                const std::function<void(StageRecord&)>& edit) {
  for (const auto& [name, stage] : state.stages) {
    if (name.first != task) continue;
    if (!sources.empty() && std::find(sources.begin(), sources.end(), name.second) == sources.end()) continue;
    StageRecord record = stage.value;
    edit(record);
    change.put(key_of(kStages, name.first, name.second), encode_stage(record));
  }
}

model::SubtaskStatus Node::Impl::status_of(const State& state, const SubtaskName& name) const {
  const std::string bound = state.worker_of(name.second);
  Worker* local = local_worker(bound);
  if (local) {
    if (auto here = local->status(name)) return *here;
  }
  model::SubtaskStatus out;
  const auto observed = state.observed.find(name);
  if (observed != state.observed.end()) {
    out = observed->second.value.status;
    const auto now =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch());
    out.age_seconds = std::max<int64_t>(0, now.count() - observed->second.value.at_ms / 1000);
  } else if (const auto task = state.tasks.find(name.first); task != state.tasks.end()) {
    out.unit = model::first_unit(task->second.value);
  }
  out.task = name.first;
  out.source = name.second;
  out.worker = bound;
  // A report of work here without a subtask here is that of a former process: it does not run yet.
  const bool former = local && out.stage != model::Stage::Finished;
  if (former) out.stage = model::Stage::New;
  const auto stage = state.stages.find(name);
  const bool run = stage != state.stages.end() && stage->second.value.run;
  const bool started = stage != state.stages.end() && stage->second.value.started;
  if (out.stage != model::Stage::Finished && !run) out.stage = started ? model::Stage::Paused : model::Stage::New;
  if (bound.empty() || !state.alive_workers.contains(bound)) {
    std::string age;
    if (observed != state.observed.end()) {
      const auto now =
          std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch());
      age = "; the last report is " + std::to_string(now.count() - observed->second.value.at_ms / 1000) + " s old";
    }
    if (out.stage == model::Stage::Running) out.stage = model::Stage::Stopped;
    Error error = bound.empty() ? make_error(40070, "no mysql source is being handled in the worker: source " +
                                                        name.second + " is bound to none" + age)
                                : make_error(38008, "dm-worker " + bound + " is not alive" + age);
    error.source = name.second;
    out.errors.push_back(std::move(error));
  }
  return out;
}

TaskView Node::Impl::view_of(const State& state, const model::Task& task) const {
  TaskView out;
  out.task = task;
  for (const auto& conf : task.source_conf) out.statuses.push_back(status_of(state, {task.name, conf.source_name}));
  return out;
}

Status Node::create_task(const model::Task& task) {
  auto latch = impl_->latches.take(task.name);
  if (!latch.ok()) return latch.status();
  return impl_->update(task.name, [&](const State& state, Change& change) -> Status {
    const Names sources = sources_of(task);
    if (state.tasks.contains(task.name)) {
      return make_error(46014,
                        "subtasks with name " + task.name + " for sources " + joined(sources) + " already exist");
    }
    if (state.removals.contains(task.name)) {
      return make_error(
          46024, "failed to operate resource " + task.name + ": a deleted task of this name is still being removed", {},
          "Repeat the request in a moment.");
    }
    for (const auto& source : sources) {
      if (!state.sources.contains(source)) return make_error(46008, "source config with ID " + source + " not exists");
      change.keep(key_of(kSources, source));
    }
    Names unbound;
    for (const auto& source : sources) {
      if (state.worker_of(source).empty()) unbound.push_back(source);
    }
    if (!unbound.empty()) {
      return make_error(46009, "sources " + joined(unbound) + " have not bound", {},
                        "A worker runs one source: raise `count` in [worker] of a node's configuration, or start "
                        "another node, until no source is left without a worker.");
    }
    auto text = encode_task(task, impl_->services.secrets);
    if (!text.ok()) return text.status();
    change.put(key_of(kTasks, task.name), *text);
    for (const auto& source : sources) {
      change.put(key_of(kStages, task.name, source), encode_stage(StageRecord{}));
      change.remove(key_of(kObserved, task.name, source));
    }
    return {};
  });
}

Status Node::update_task(const model::Task& task) {
  auto latch = impl_->latches.take(task.name);
  if (!latch.ok()) return latch.status();
  return impl_->update(task.name, [&](const State& state, Change& change) -> Status {
    const auto old = state.tasks.find(task.name);
    if (old == state.tasks.end()) return no_such_task(task.name);
    const auto status_of = [&](const SubtaskName& name) { return impl_->status_of(state, name); };
    if (Status allowed = check_update(state, status_of, old->second.value, task); !allowed) return allowed;
    auto text = encode_task(task, impl_->services.secrets);
    if (!text.ok()) return text.status();
    change.put(key_of(kTasks, task.name), *text);
    for (const auto& conf : task.source_conf) change.keep(key_of(kStages, task.name, conf.source_name));
    return {};
  });
}

Status Node::check_task_update(const model::Task& task) const {
  auto state = impl_->read();
  if (!state.ok()) return state.status();
  const auto old = state->tasks.find(task.name);
  if (old == state->tasks.end()) return no_such_task(task.name);
  const auto status_of = [&](const SubtaskName& name) { return impl_->status_of(*state, name); };
  return check_update(*state, status_of, old->second.value, task);
}

bool Node::Impl::has_checkpoint(const State& state, const model::Task& task, const std::string& source) {
  const auto definition = state.sources.find(source);
  if (definition == state.sources.end()) return false;
  auto found =
      services.has_checkpoint(subtask_config(config, config.name, task, definition->second.value), ending.get_token());
  // A target that cannot be asked is the subtask's to report.
  return !found.ok() || *found;
}

Status Node::start_task(const std::string& name, const model::StartArguments& arguments, const Names& sources) {
  model::StartArguments tagged = arguments;
  tagged.token = new_token();
  auto latch = impl_->latches.take(name);
  if (!latch.ok()) return latch.status();
  return impl_->update(name, [&](const State& state, Change& change) -> Status {
    const auto found = state.tasks.find(name);
    if (found == state.tasks.end()) return no_such_task(name);
    const model::Task& task = found->second.value;
    if (const Names unknown = missing_from(sources, sources_of(task)); !unknown.empty()) {
      return make_error(46008, "source config with ID " + unknown.front() + " not exists in task " + name);
    }
    const Names chosen = sources.empty() ? sources_of(task) : sources;
    for (const auto& source : chosen) {
      if (Status startable =
              check_start(state, task, source, arguments, [&] { return impl_->has_checkpoint(state, task, source); });
          !startable) {
        return startable;
      }
      change.keep(key_of(kSources, source));
    }
    for (const auto& source : chosen) {
      // To a running subtask a start means nothing, now and when it begins again after a crash.
      const bool running = impl_->status_of(state, {name, source}).stage == model::Stage::Running;
      set_stages(state, change, name, {source}, [&](StageRecord& stage) {
        if (!(stage.run && running)) stage.arguments = tagged;
        stage.run = true;
        stage.started = true;
        stage.request += 1;
        stage.bound_ms = -1;
      });
    }
    return {};
  });
}

Status Node::stop_task(const std::string& name, std::optional<std::chrono::milliseconds> bound, const Names& sources) {
  auto latch = impl_->latches.take(name);
  if (!latch.ok()) return latch.status();
  return impl_->update(name, [&](const State& state, Change& change) -> Status {
    const auto found = state.tasks.find(name);
    if (found == state.tasks.end()) return no_such_task(name);
    if (const Names unknown = missing_from(sources, sources_of(found->second.value)); !unknown.empty()) {
      return make_error(46017, "sources " + joined(unknown) + " not found in task " + name);
    }
    set_stages(state, change, name, sources, [&](StageRecord& stage) {
      stage.run = false;
      stage.request += 1;
      stage.bound_ms = bound ? bound->count() : -1;
      stage.arguments = {};
    });
    return {};
  });
}

Result<std::vector<TaskView>> Node::tasks() const {
  auto state = impl_->read();
  if (!state.ok()) return state.status();
  std::vector<TaskView> out;
  for (const auto& [name, task] : state->tasks) out.push_back(impl_->view_of(*state, task.value));
  return out;
}

Result<TaskView> Node::task(const std::string& name) const {
  auto state = impl_->read();
  if (!state.ok()) return state.status();
  const auto found = state->tasks.find(name);
  if (found == state->tasks.end()) return no_such_task(name);
  return impl_->view_of(*state, found->second.value);
}

}  // namespace sluice::cluster
