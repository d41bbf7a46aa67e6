#include "core/cluster/state.hpp"

#include "core/cluster/keys.hpp"
#include "core/cluster/records.hpp"

namespace sluice::cluster {
namespace {

/// Puts one decoded record where it belongs.
class Filler {
 public:
  Filler(State& state, const plugin::SecretBox* secrets) : state_(state), secrets_(secrets) {}

  Status add(const Entry& entry) {
    state_.revisions[entry.key] = entry.mod_revision;
    const auto parts = parts_of(entry.key);
    if (parts.size() == 2) return add_one(parts[0], parts[1], entry);
    if (parts.size() == 3) return add_pair(parts[0], {parts[1], parts[2]}, entry);
    return {};
  }

 private:
  template <typename T>
  static Status put(std::map<std::string, Stored<T>>& into, const std::string& name, Result<T> value,
                    int64_t revision) {
    if (!value.ok()) return value.status();
    into.insert_or_assign(name, Stored<T>{std::move(value).value(), revision});
    return {};
  }

  Status add_one(const std::string& kind, const std::string& name, const Entry& entry) {
    if (kind == kSources) return put(state_.sources, name, decode_source(entry.value, secrets_), entry.mod_revision);
    if (kind == kTasks) return put(state_.tasks, name, decode_task(entry.value, secrets_), entry.mod_revision);
    if (kind == kTransfers) return put(state_.transfers, name, decode_transfer(entry.value), entry.mod_revision);
    if (kind == kRemovals) return put(state_.removals, name, decode_removal(entry.value, secrets_), entry.mod_revision);
    const std::pair<const char*, std::map<std::string, Stored<std::string>>*> texts[] = {
        {kBindings, &state_.bindings},
        {kBound, &state_.bound},
        {kLastBound, &state_.last_bound},
        {kWorkers, &state_.workers},
        {kMasters, &state_.masters},
        {kAliveWorkers, &state_.alive_workers},
        {kAliveMasters, &state_.alive_masters},
        {kCluster, &state_.cluster}};
    for (const auto& [known, into] : texts) {
      if (kind == known) return put(*into, name, decode_text(entry.value), entry.mod_revision);
    }
    if (kind == kLeader) {
      auto leader = decode_text(entry.value);
      if (!leader.ok()) return leader.status();
      state_.leader = Stored<std::string>{*leader, entry.mod_revision};
    }
    return {};
  }

  Status add_pair(const std::string& kind, SubtaskName name, const Entry& entry) {
    if (kind == kStages) {
      auto stage = decode_stage(entry.value);
      if (!stage.ok()) return stage.status();
      state_.stages.insert_or_assign(std::move(name), Stored<StageRecord>{*stage, entry.mod_revision});
    } else if (kind == kObserved) {
      auto observed = decode_observed(entry.value);
      if (!observed.ok()) return observed.status();
      state_.observed.insert_or_assign(std::move(name), Stored<ObservedRecord>{*observed, entry.mod_revision});
    }
    return {};
  }

  State& state_;
  const plugin::SecretBox* secrets_;
};

}  // namespace

int64_t State::revision_of(const std::string& key) const {
  const auto it = revisions.find(key);
  return it == revisions.end() ? 0 : it->second;
}

std::string State::worker_of(const std::string& source) const {
  const auto it = bindings.find(source);
  return it == bindings.end() ? std::string() : it->second.value;
}

std::vector<std::string> State::tasks_of(const std::string& source) const {
  std::vector<std::string> out;
  for (const auto& [name, task] : tasks) {
    for (const auto& conf : task.value.source_conf) {
      if (conf.source_name == source) out.push_back(name);
    }
  }
  return out;
}

namespace {

Result<State> read_at(const StateStore& store, const plugin::SecretBox* secrets, int64_t& revision) {
  auto entries = store.range(kStateRoot, revision);
  if (!entries.ok()) return entries.status();
  State state;
  Filler filler(state, secrets);
  for (const Entry& entry : *entries) {
    if (Status added = filler.add(entry); !added) {
      return make_error(42502, "the record " + entry.key + " of the state store cannot be read", added.error().message,
                        "Restore the record from a backup of the store, or remove it.");
    }
  }
  return state;
}

}  // namespace

Result<State> read_state(const StateStore& store, const plugin::SecretBox* secrets) {
  int64_t revision = 0;
  return read_at(store, secrets, revision);
}

Result<State> StateCache::read() {
  auto now = store_.revision();
  if (!now.ok()) return now.status();
  {
    const std::lock_guard lock(mutex_);
    if (last_ && revision_ == *now) return State(*last_);
  }
  int64_t revision = 0;
  auto state = read_at(store_, secrets_, revision);
  if (!state.ok()) return state;
  auto kept = std::make_shared<const State>(*state);
  const std::lock_guard lock(mutex_);
  if (!last_ || revision > revision_) {
    last_ = std::move(kept);
    revision_ = revision;
  }
  return state;
}

Change& Change::keep(const std::string& key) {
  guards_.push_back({key, state_.revision_of(key)});
  return *this;
}

Change& Change::put(const std::string& key, std::string value) {
  keep(key);
  writes_.push_back({key, std::move(value), 0});
  return *this;
}

Change& Change::remove(const std::string& key) {
  if (state_.revision_of(key) == 0) return *this;
  keep(key);
  writes_.push_back({key, std::nullopt, 0});
  return *this;
}

Change& Change::bind(const std::string& source, const std::string& worker) {
  put(key_of(kBindings, source), encode_text(worker));
  put(key_of(kBound, worker), encode_text(source));
  return put(key_of(kLastBound, source), encode_text(worker));
}

Change& Change::unbind(const std::string& source) {
  const std::string worker = state_.worker_of(source);
  if (worker.empty()) return *this;
  return remove(key_of(kBindings, source)).remove(key_of(kBound, worker));
}

}  // namespace sluice::cluster
