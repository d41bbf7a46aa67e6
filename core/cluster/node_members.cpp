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
    if (state.masters.size() == 1) {
      return make_error(49001, "dm-master " + name + " is the only master and cannot be removed");
    }
    if (name == impl_->config.name) {
      return make_error(49001, "dm-master " + name + " answers this request and cannot remove itself", {},
                        "Ask another master.");
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
      return make_error(46005, "dm-worker with name " + name + " is still online", {}, "End the process first.");
    }
    const auto bound = state.bound.find(name);
    if (bound != state.bound.end()) change.unbind(bound->second.value);
    change.keep(key_of(kAliveWorkers, name)).remove(key_of(kWorkers, name));
    return {};
  });
}

}  // namespace sluice::cluster
