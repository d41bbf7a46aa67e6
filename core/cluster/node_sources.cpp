#include <algorithm>

#include "core/cluster/keys.hpp"
#include "core/cluster/node.hpp"
#include "core/cluster/node_impl.hpp"
#include "core/cluster/scheduler.hpp"

namespace sluice::cluster {
namespace {

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "" : " ") + name;
  return "[" + out + "]";
}

Error no_such_source(const std::string& name) {
  return make_error(46008, "source config with ID " + name + " not exists", {},
                    "Look at GET /api/v1/sources for the names.");
}

Status check_worker(const State& state, const std::string& worker) {
  if (!state.workers.contains(worker)) return make_error(46004, "dm-worker with name " + worker + " not exists");
  const auto bound = state.bound.find(worker);
  if (!state.alive_workers.contains(worker) || bound != state.bound.end()) {
    return make_error(46033,
                      "dm-worker with name " + worker + " is not free: it is " +
                          (bound == state.bound.end() ? "offline" : "bound to source " + bound->second.value),
                      {}, "Leave worker_name out to take any free worker.");
  }
  return {};
}

/// Takes a source out of a task; the task goes with its last source.
Status drop_from_task(const State& state, Change& change, const std::string& source, const std::string& name,
                      const plugin::SecretBox* secrets) {
  model::Task task = state.tasks.at(name).value;
  std::erase_if(task.source_conf, [&](const model::SourceConf& conf) { return conf.source_name == source; });
  std::erase_if(task.table_migrate_rule,
                [&](const model::TableMigrateRule& rule) { return rule.source_name == source; });
  change.remove(key_of(kStages, name, source)).remove(key_of(kObserved, name, source));
  if (task.source_conf.empty()) {
    change.remove(key_of(kTasks, name));
    return {};
  }
  auto text = encode_task(task, secrets);
  if (!text.ok()) return text.status();
  change.put(key_of(kTasks, name), *text);
  return {};
}

void set_source_stages(const State& state, Change& change, const std::string& source, bool run) {
  for (const auto& [name, stage] : state.stages) {
    if (name.second != source) continue;
    StageRecord record = stage.value;
    record.run = run;
    record.started = record.started || run;
    record.request += 1;
    record.bound_ms = -1;
    record.arguments = {};
    change.put(key_of(kStages, name.first, name.second), encode_stage(record));
  }
}

bool any_running(const State& state, const std::string& source) {
  return std::any_of(state.stages.begin(), state.stages.end(), [&](const auto& item) {
    if (item.first.second != source || !item.second.value.run) return false;
    const auto observed = state.observed.find(item.first);
    return observed == state.observed.end() || observed->second.value.status.stage != model::Stage::Finished;
  });
}

}  // namespace

SourceView Node::Impl::view_of(const State& state, const model::Source& source) const {
  SourceView out;
  out.source = source;
  out.worker = state.worker_of(source.name);
  out.tasks = state.tasks_of(source.name);
  if (!out.worker.empty() && !state.alive_workers.contains(out.worker)) {
    out.error = make_error(38008, "dm-worker " + out.worker + " is not alive").one_line();
  }
  return out;
}

Status Node::create_source(const model::Source& source, const std::string& worker) {
  return impl_->update(source.name, [&](const State& state, Change& change) -> Status {
    if (state.sources.contains(source.name)) {
      return make_error(46007, "source config with ID " + source.name + " already exists");
    }
    if (!worker.empty()) {
      if (Status free = check_worker(state, worker); !free) return free;
    }
    auto text = encode_source(source, impl_->services.secrets);
    if (!text.ok()) return text.status();
    change.put(key_of(kSources, source.name), *text);
    const std::string chosen = worker.empty() ? choose_worker(state, source.name) : worker;
    if (!chosen.empty()) change.bind(source.name, chosen).keep(key_of(kAliveWorkers, chosen));
    return {};
  });
}

Status Node::update_source(const model::Source& source) {
  return impl_->update(source.name, [&](const State& state, Change& change) -> Status {
    const auto known = state.sources.find(source.name);
    if (known == state.sources.end()) return no_such_source(source.name);
    if (any_running(state, source.name)) {
      return make_error(46025,
                        "source can only be updated when relay is disabled and no tasks are running; tasks of " +
                            source.name + ": " + joined(state.tasks_of(source.name)),
                        {}, "Stop these tasks first: POST /api/v1/tasks/{task-name}/stop.");
    }
    auto text = encode_source(source, impl_->services.secrets);
    if (!text.ok()) return text.status();
    change.put(key_of(kSources, source.name), *text);
    if (source.enable && !known->second.value.enable && !state.worker_of(source.name).empty()) {
      set_source_stages(state, change, source.name, true);
    }
    return {};
  });
}

Status Node::delete_source(const std::string& name, bool force) {
  Status done = impl_->update(name, [&](const State& state, Change& change) -> Status {
    if (!state.sources.contains(name)) return no_such_source(name);
    const auto tasks = state.tasks_of(name);
    if (!tasks.empty() && !force) {
      return make_error(46010, "source with name " + name + " still has tasks " + joined(tasks), {},
                        "Delete these tasks first, or repeat with force=true.");
    }
    for (const auto& task : tasks) {
      if (Status dropped = drop_from_task(state, change, name, task, impl_->services.secrets); !dropped) return dropped;
    }
    change.unbind(name).remove(key_of(kLastBound, name)).remove(key_of(kSources, name));
    return {};
  });
  if (!done) return done;
  // Stopped when the reply goes out; what does not end in time is cut off by its own bound.
  (void)impl_->wait_closed(impl_->config.stop_bound + std::chrono::seconds(5),
                           [&](const State&) { return !impl_->holds_source(name); });
  return {};
}

Status Node::set_source_enabled(const std::string& name, bool enable) {
  return impl_->update(name, [&](const State& state, Change& change) -> Status {
    const auto known = state.sources.find(name);
    if (known == state.sources.end()) return no_such_source(name);
    if (enable && state.worker_of(name).empty()) {
      return make_error(40070, "no mysql source is being handled in the worker: source " + name + " is bound to none",
                        {}, "Start a worker; a free one takes the source by itself.");
    }
    model::Source source = known->second.value;
    if (source.enable == enable) return {};
    source.enable = enable;
    auto text = encode_source(source, impl_->services.secrets);
    if (!text.ok()) return text.status();
    change.put(key_of(kSources, name), *text);
    set_source_stages(state, change, name, enable);
    return {};
  });
}

Result<std::vector<SourceView>> Node::sources() const {
  auto state = impl_->read();
  if (!state.ok()) return state.status();
  std::vector<SourceView> out;
  for (const auto& [name, source] : state->sources) out.push_back(impl_->view_of(*state, source.value));
  return out;
}

Result<SourceView> Node::source(const std::string& name) const {
  auto state = impl_->read();
  if (!state.ok()) return state.status();
  const auto found = state->sources.find(name);
  if (found == state->sources.end()) return no_such_source(name);
  return impl_->view_of(*state, found->second.value);
}

}  // namespace sluice::cluster
