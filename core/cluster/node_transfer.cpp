#include <algorithm>

#include "core/cluster/keys.hpp"
#include "core/cluster/node.hpp"
#include "core/cluster/node_impl.hpp"
#include "core/plugin/log.hpp"

namespace sluice::cluster {
namespace {

using model::Stage;

constexpr auto kPoll = std::chrono::milliseconds(20);

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "" : " ") + name;
  return "[" + out + "]";
}

bool at_rest(Stage stage) { return stage == Stage::Paused || stage == Stage::Stopped || stage == Stage::Finished; }

Status check_free(const State& state, const std::string& worker, const std::string& source) {
  const auto bound = state.bound.find(worker);
  const bool alive = state.alive_workers.contains(worker);
  if (alive && bound == state.bound.end()) return {};
  const std::string now = alive ? "bound" : "offline";
  return make_error(46006, "invalid stage transformation for dm-worker " + worker + ", from " + now + " to bound",
                    alive ? "it runs source " + bound->second.value + ", not " + source : "it does not answer",
                    "Choose a worker that GET /api/v1/cluster/workers shows as free.");
}

void bind_anew(const State& state, Change& change, const std::string& source, const std::string& worker) {
  // Both write the key of the binding: the new one counts.
  const std::string former = state.worker_of(source);
  if (!former.empty()) change.remove(key_of(kBound, former));
  change.bind(source, worker).keep(key_of(kAliveWorkers, worker)).keep(key_of(kSources, source));
}

/// Runs again what the transfer paused, unless somebody else has spoken to it since.
void resume(const State& state, Change& change, const std::string& source, const TransferRecord& transfer) {
  for (const auto& [task, request] : transfer.tasks) {
    const auto stage = state.stages.find({task, source});
    if (stage == state.stages.end() || stage->second.value.request != request) continue;
    StageRecord record = stage->second.value;
    record.run = true;
    record.request += 1;
    change.put(key_of(kStages, task, source), encode_stage(record));
  }
  change.remove(key_of(kTransfers, source));
}

}  // namespace

bool Node::Impl::paused_for_transfer(const State& state, const std::string& source,
                                     const TransferRecord& transfer) const {
  return std::all_of(transfer.tasks.begin(), transfer.tasks.end(), [&](const auto& item) {
    const SubtaskName name{item.first, source};
    if (!state.stages.contains(name)) return true;  // deleted meanwhile
    if (const Worker* local = local_worker(state.worker_of(source))) {
      const auto here = local->status(name);
      return !here || at_rest(here->stage);
    }
    const auto observed = state.observed.find(name);
    return observed == state.observed.end() || at_rest(observed->second.value.status.stage);
  });
}

/// Writes what is to be paused and why, or moves the source at once when nothing runs (`transfer` stays empty then).
Status Node::Impl::begin_transfer(const std::string& source, const std::string& worker, TransferRecord& transfer) {
  return update(source, [&](const State& state, Change& change) -> Status {
    transfer = {config.name, {}};
    if (!state.sources.contains(source)) {
      return make_error(46008, "source config with ID " + source + " not exists", {},
                        "Look at GET /api/v1/sources for the names.");
    }
    if (!state.workers.contains(worker)) {
      return make_error(46004, "dm-worker with name " + worker + " not exists", {},
                        "Look at GET /api/v1/cluster/workers for the names.");
    }
    if (state.worker_of(source) == worker) return {};
    if (Status free = check_free(state, worker, source); !free) return free;
    std::vector<std::string> elsewhere;
    for (const auto& [name, stage] : state.stages) {
      if (name.second != source || !stage.value.run) continue;
      const model::SubtaskStatus status = status_of(state, name);
      if (status.stage == Stage::Finished || status.stage == Stage::Paused) continue;
      if (status.unit != "sync") elsewhere.push_back(name.first);
      transfer.tasks.emplace_back(name.first, stage.value.request + 1);
    }
    if (!elsewhere.empty()) {
      return make_error(
          46019,
          "running tasks " + joined(elsewhere) + " to be transferred on source " + source + " should in sync unit", {},
          "Wait until they are in the sync unit, or stop them first.");
    }
    if (transfer.tasks.empty()) {
      bind_anew(state, change, source, worker);
      return {};
    }
    for (const auto& [task, request] : transfer.tasks) {
      StageRecord record = state.stages.at({task, source}).value;
      record.run = false;
      record.request = request;
      record.bound_ms = -1;
      change.put(key_of(kStages, task, source), encode_stage(record));
    }
    change.put(key_of(kTransfers, source), encode_transfer(transfer)).keep(key_of(kBindings, source));
    return {};
  });
}

Status Node::transfer_source(const std::string& source, const std::string& worker) {
  auto latch = impl_->latches.take("source " + source);
  if (!latch.ok()) return latch.status();
  TransferRecord transfer;
  if (Status begun = impl_->begin_transfer(source, worker, transfer); !begun) return begun;
  if (transfer.tasks.empty()) return {};
  const bool paused = impl_->wait_closed(impl_->config.transfer_bound, [&](const State& state) {
    return impl_->paused_for_transfer(state, source, transfer);
  });
  Status moved;
  const Status written = impl_->update(source, [&](const State& state, Change& change) -> Status {
    moved = {};
    if (!state.transfers.contains(source)) return {};  // the source is gone
    if (!paused) {
      std::vector<std::string> names;
      for (const auto& [task, request] : transfer.tasks) names.push_back(task);
      moved = make_error(
          46032,
          "fail to pause tasks " + joined(names) + " of source " + source + " before its transfer; nothing was moved",
          {}, "Look at the status of these tasks, stop them, then repeat the request.");
    } else if (!state.workers.contains(worker)) {
      moved = make_error(46004, "dm-worker with name " + worker + " not exists");
    } else {
      moved = check_free(state, worker, source);
    }
    if (moved.ok()) bind_anew(state, change, source, worker);
    resume(state, change, source, transfer);
    return {};
  });
  if (!written) return written;
  if (moved.ok()) log::info("source transferred", {{"source", source}, {"worker", worker}});
  return moved;
}

void Node::Impl::undo_transfers(const State& state) {
  for (const auto& [source, transfer] : state.transfers) {
    const std::string& owner = transfer.value.owner;
    const bool ours = owner == config.name || (membership.leader() && !state.alive_masters.contains(owner));
    if (!ours) continue;
    auto latch = latches.take("source " + source);
    if (!latch.ok()) continue;  // a request of this process is at it
    Change change(state);
    resume(state, change, source, transfer.value);
    auto done = store.commit(change.guards(), change.writes());
    if (done.ok() && *done) {
      log::warn("a transfer was interrupted: what it had paused runs again", {{"source", source}});
      wake();
    }
  }
}

}  // namespace sluice::cluster
