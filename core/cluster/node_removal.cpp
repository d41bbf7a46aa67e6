#include <algorithm>
#include <future>

#include "core/cluster/keys.hpp"
#include "core/cluster/node.hpp"
#include "core/cluster/node_impl.hpp"
#include "core/plugin/log.hpp"

namespace sluice::cluster {
namespace {

constexpr auto kMetadataBound = std::chrono::seconds(10);
constexpr auto kPoll = std::chrono::milliseconds(20);

bool any_to_run(const State& state, const std::string& task) {
  return std::any_of(state.stages.begin(), state.stages.end(), [&](const auto& item) {
    if (item.first.first != task || !item.second.value.run) return false;
    const auto observed = state.observed.find(item.first);
    return observed == state.observed.end() || observed->second.value.status.stage != model::Stage::Finished;
  });
}

Status mark_removed(const State& state, Change& change, const model::Task& task, const plugin::SecretBox* secrets) {
  RemovalRecord removal;
  removal.task = task;
  for (const auto& conf : task.source_conf) {
    const auto source = state.sources.find(conf.source_name);
    if (source != state.sources.end()) removal.sources.push_back(source->second.value);
  }
  auto text = encode_removal(removal, secrets);
  if (!text.ok()) return text.status();
  change.put(key_of(kRemovals, task.name), *text);
  return {};
}

}  // namespace

bool Node::Impl::wait_closed(std::chrono::milliseconds bound, const std::function<bool(const State&)>& closed) {
  const auto deadline = std::chrono::steady_clock::now() + bound;
  // A look that is going on may still act on the state of before.
  const uint64_t fresh = looks_begun + 1;
  wake();
  while (true) {
    auto state = read();
    if (!state.ok()) return false;
    if ((looks_done >= fresh || !thread.joinable()) && closed(*state)) return true;
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(kPoll);
  }
}

bool Node::Impl::remove_target_metadata(const std::string& task, const RemovalRecord& removal) {
  // Side by side and within one bound: a target that hangs must not hang the request, nor the end of the process.
  struct Job {
    std::string source;
    std::stop_source stop;
    std::future<Status> done;
  };
  std::vector<Job> jobs;
  for (const auto& source : removal.sources) {
    Job job{source.name, {}, {}};
    job.done = std::async(std::launch::async, [this, stop = job.stop.get_token(),
                                               config_of = subtask_config(config, config.name, removal.task, source)] {
      return services.remove_metadata(config_of, stop);
    });
    jobs.push_back(std::move(job));
  }
  const auto deadline = std::chrono::steady_clock::now() + kMetadataBound;
  const auto ready = [](Job& job) { return job.done.wait_for(kPoll) == std::future_status::ready; };
  for (Job& job : jobs) {
    while (!ready(job) && std::chrono::steady_clock::now() < deadline && !ending.stop_requested()) {
    }
  }
  bool whole = true;
  for (Job& job : jobs) {
    const bool answered = job.done.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
    if (!answered) job.stop.request_stop();
    const Status status = job.done.get();
    if (status.ok()) continue;
    whole = whole && !ending.stop_requested();
    log::warn(answered ? "metadata of a deleted task stays in the target"
                       : "metadata of a deleted task stays in the target: it did not answer",
              {{"task", task}, {"source", job.source}, {"error", status.error().one_line()}});
  }
  return whole;
}

void Node::Impl::finish_removals(const State& state) {
  if (state.removals.empty()) return;
  if (removing.valid() && removing.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return;
  // Beside the loop, which others wait for.
  removing = std::async(std::launch::async, [this, removals = state.removals] {
    for (const auto& [name, removal] : removals) {
      auto latch = latches.take(name);
      if (!latch.ok()) continue;  // a request of this process is at it
      if (!remove_target_metadata(name, removal.value)) return;
      auto dropped =
          store.commit({{key_of(kRemovals, name), removal.revision}}, {{key_of(kRemovals, name), std::nullopt, 0}});
      if (!dropped.ok()) log::warn("removal stays noted", {{"task", name}, {"error", dropped.error().one_line()}});
    }
  });
}

Status Node::delete_task(const std::string& name, bool force, bool keep_meta) {
  auto latch = impl_->latches.take(name);
  if (!latch.ok()) return latch.status();
  RemovalRecord removal;
  Status done = impl_->update(name, [&](const State& state, Change& change) -> Status {
    const auto found = state.tasks.find(name);
    if (found == state.tasks.end()) {
      return make_error(46018, "task with name " + name + " not exist", {}, "Look at GET /api/v1/tasks for the names.");
    }
    if (!force && any_to_run(state, name)) {
      return make_error(49001, "task " + name + " have running subtasks, please stop them or delete task with force.");
    }
    removal = {found->second.value, {}};
    change.remove(key_of(kTasks, name));
    for (const auto& conf : found->second.value.source_conf) {
      change.remove(key_of(kStages, name, conf.source_name));
      const auto source = state.sources.find(conf.source_name);
      if (source != state.sources.end()) removal.sources.push_back(source->second.value);
      // A report of a worker that lives is its own to remove: that tells that the subtask is closed.
      const auto observed = state.observed.find({name, conf.source_name});
      const bool live =
          observed != state.observed.end() && state.alive_workers.contains(observed->second.value.status.worker);
      if (!live) change.remove(key_of(kObserved, name, conf.source_name));
    }
    return mark_removed(state, change, found->second.value, impl_->services.secrets);
  });
  if (!done) return done;
  const auto closed = [&](const State& state) {
    const bool open = std::any_of(state.observed.begin(), state.observed.end(), [&](const auto& item) {
      return item.first.first == name && state.alive_workers.contains(item.second.value.status.worker);
    });
    return !open && !impl_->holds_task(name);
  };
  if (!impl_->wait_closed(impl_->config.stop_bound + std::chrono::seconds(5), closed)) {
    log::warn("subtasks of a deleted task did not close in time", {{"task", name}});
  }
  if (!keep_meta && !impl_->remove_target_metadata(name, removal)) return {};  // the next start goes on with it
  auto dropped = impl_->store.commit({}, {{key_of(kRemovals, name), std::nullopt, 0}});
  return dropped.status();
}

}  // namespace sluice::cluster
