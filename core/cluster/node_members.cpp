#include <algorithm>

#include "core/cluster/keys.hpp"
#include "core/cluster/node.hpp"
#include "core/cluster/node_impl.hpp"

namespace sluice::cluster {

Result<std::vector<MasterView>> Node::masters() const {
  auto state = impl_->read();
  if (!state.ok()) return state.status();
  std::vector<MasterView> out;
  for (const auto& [name, address] : state->masters) {
    out.push_back(
        {name, address.value, state->alive_masters.contains(name), state->leader && state->leader->value == name});
  }
  return out;
}

Result<std::vector<WorkerView>> Node::workers() const {
  auto state = impl_->read();
  if (!state.ok()) return state.status();
  std::vector<WorkerView> out;
  for (const auto& [name, address] : state->workers) {
    WorkerView view{name, address.value, "offline", ""};
    const auto bound = state->bound.find(name);
    if (bound != state->bound.end()) view.source = bound->second.value;
    if (state->alive_workers.contains(name)) view.stage = view.source.empty() ? "free" : "bound";
    out.push_back(std::move(view));
  }
  return out;
}

Status Node::remove_master(const std::string& name) {
  return impl_->update(name, [&](const State& state, Change& change) -> Status {
    if (!state.masters.contains(name)) return make_error(38048, "dm-master with name " + name + " not exists");
    const bool other = std::any_of(state.alive_masters.begin(), state.alive_masters.end(),
                                   [&](const auto& master) { return master.first != name; });
    if (!other) {
      return make_error(49001, "dm-master " + name + " is the only master that is alive and cannot be removed", {},
                        "Start another master first.");
    }
    change.remove(key_of(kMasters, name)).remove(key_of(kAliveMasters, name));
    if (state.leader && state.leader->value == name) change.remove(key_of(kLeader, "leader"));
    return {};
  });
}

Status Node::remove_worker(const std::string& name) {
  return impl_->update(name, [&](const State& state, Change& change) -> Status {
    if (!state.workers.contains(name)) return make_error(46004, "dm-worker with name " + name + " not exists");
    if (state.alive_workers.contains(name)) {
      return make_error(46005, "dm-worker with name " + name + " is still online", {},
                        "End its process, or lower `count` in [worker] there, first.");
    }
    const auto bound = state.bound.find(name);
    if (bound != state.bound.end()) change.unbind(bound->second.value);
    change.keep(key_of(kAliveWorkers, name)).remove(key_of(kWorkers, name));
    return {};
  });
}

}  // namespace sluice::cluster
