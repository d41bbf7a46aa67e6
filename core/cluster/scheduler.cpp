#include "core/cluster/scheduler.hpp"

#include <climits>
#include <map>

#include "core/cluster/keys.hpp"
#include "core/plugin/log.hpp"

namespace sluice::cluster {
namespace {

bool is_free(const State& state, const std::string& worker) {
  return state.alive_workers.contains(worker) && !state.bound.contains(worker);
}

/// The worker on whose disk the files lie that an unfinished task of mode load reads for this source (E34017: they
/// cannot move). A full copy has no files: any worker goes on with it.
std::string holder_of_load(const State& state, const std::string& source) {
  for (const auto& [name, observed] : state.observed) {
    const auto& status = observed.value.status;
    const auto task = state.tasks.find(name.first);
    const bool reads_files = task != state.tasks.end() && task->second.value.task_mode == "load";
    if (name.second == source && reads_files && status.stage != model::Stage::Finished) return status.worker;
  }
  return {};
}

}  // namespace

std::string choose_worker(const State& state, const std::string& source) {
  if (const std::string holder = holder_of_load(state, source); !holder.empty()) {
    return is_free(state, holder) ? holder : std::string();
  }
  const auto last = state.last_bound.find(source);
  if (last != state.last_bound.end() && is_free(state, last->second.value)) return last->second.value;
  // The workers of one process register in one transaction, so they have one revision.
  std::map<int64_t, int> bound_to_process;
  for (const auto& [worker, address] : state.alive_workers) {
    if (state.bound.contains(worker)) ++bound_to_process[address.revision];
  }
  std::string chosen;
  int least = INT_MAX;
  for (const auto& [worker, address] : state.alive_workers) {
    const int load = bound_to_process[address.revision];
    if (!is_free(state, worker) || load >= least) continue;
    chosen = worker;
    least = load;
  }
  return chosen;
}

Result<bool> schedule(const State& state, StateStore& store) {
  for (const auto& [source, worker] : state.bindings) {
    if (state.alive_workers.contains(worker.value)) continue;
    Change change(state);
    change.unbind(source).keep(key_of(kAliveWorkers, worker.value));
    auto done = store.commit(change.guards(), change.writes());
    if (!done.ok()) return done;
    log::warn("source unbound: its worker is gone", {{"source", source}, {"worker", worker.value}});
    return true;
  }
  for (const auto& [source, definition] : state.sources) {
    if (state.bindings.contains(source)) continue;
    const std::string worker = choose_worker(state, source);
    if (worker.empty()) continue;
    Change change(state);
    change.bind(source, worker).keep(key_of(kAliveWorkers, worker)).keep(key_of(kSources, source));
    auto done = store.commit(change.guards(), change.writes());
    if (!done.ok()) return done;
    log::info("source bound", {{"source", source}, {"worker", worker}});
    return true;
  }
  return false;
}

}  // namespace sluice::cluster
