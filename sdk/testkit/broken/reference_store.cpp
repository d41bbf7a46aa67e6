#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "reference.hpp"

namespace sluice::reference {

using Clock = std::chrono::system_clock;

struct ReferenceStore::State {
  struct Item {
    std::string value;
    int64_t create, mod, version, lease;
  };
  struct Event {
    bool deleted;
    std::string key;
    Item item;
  };
  struct Lease {
    std::chrono::milliseconds ttl;
    Clock::time_point end;
  };

  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::string, Item, std::less<>> items;
  std::vector<std::vector<Event>> history;  // [revision - 1]
  std::map<int64_t, Lease> leases;
  int64_t next_lease = 1;
  bool closed = false;
  std::thread reaper;

  int64_t revision() const { return static_cast<int64_t>(history.size()); }
  bool holds(const sluice_compare& c) const;
  void change(const sluice_store_op& op, std::vector<Event>& events);
  void erase(const std::string& key, std::vector<Event>& events);
  void erase_lease(int64_t lease);
  void commit(std::vector<Event> events);
  void reap();
};

namespace {

template <typename T>
bool compares(int32_t result, const T& found, const T& given) {
  switch (result) {
    case SLUICE_EQUAL: return found == given;
    case SLUICE_GREATER: return found > given;
    case SLUICE_LESS: return found < given;
    case SLUICE_NOT_EQUAL: return found != given;
    default: throw plugin::Failure("unknown comparison " + std::to_string(result));
  }
}

}  // namespace

bool ReferenceStore::State::holds(const sluice_compare& c) const {
  if (fault("cas-ignores-compare") && c.target == SLUICE_COMPARE_CREATE) return true;
  const auto it = items.find(view(c.key));
  const bool found = it != items.end();
  switch (c.target) {
    case SLUICE_COMPARE_VERSION: return compares(c.result, found ? it->second.version : 0, c.number);
    case SLUICE_COMPARE_CREATE: return compares(c.result, found ? it->second.create : 0, c.number);
    case SLUICE_COMPARE_MOD: return compares(c.result, found ? it->second.mod : 0, c.number);
    case SLUICE_COMPARE_VALUE: return found && compares(c.result, std::string_view(it->second.value), view(c.value));
    default: throw plugin::Failure("unknown target " + std::to_string(c.target));
  }
}

void ReferenceStore::State::erase(const std::string& key, std::vector<Event>& events) {
  if (items.erase(key) > 0) events.push_back({true, key, {"", 0, revision() + 1, 0, 0}});
}

void ReferenceStore::State::change(const sluice_store_op& op, std::vector<Event>& events) {
  const std::string key(view(op.key));
  if (op.op == SLUICE_OP_DELETE) return erase(key, events);
  if (op.op == SLUICE_OP_DELETE_PREFIX) {
    std::vector<std::string> keys;
    for (auto it = items.lower_bound(key); it != items.end() && it->first.starts_with(key); ++it)
      keys.push_back(it->first);
    for (const auto& k : keys) erase(k, events);
    return;
  }
  if (op.op != SLUICE_OP_PUT) throw plugin::Failure("unknown operation " + std::to_string(op.op));
  if (op.lease != 0 && !leases.count(op.lease)) throw plugin::Failure("unknown lease");
  auto [it, fresh] = items.try_emplace(key, Item{"", revision() + 1, 0, 0, 0});
  Item& item = it->second;
  item = {std::string(view(op.value)), item.create, revision() + 1, item.version + 1, op.lease};
  events.push_back({false, key, item});
}

void ReferenceStore::State::commit(std::vector<Event> events) {
  if (events.empty()) return;
  history.push_back(std::move(events));
  changed.notify_all();
}

void ReferenceStore::State::erase_lease(int64_t lease) {
  leases.erase(lease);
  std::vector<std::string> keys;
  for (const auto& [key, item] : items) {
    if (item.lease == lease) keys.push_back(key);
  }
  std::vector<Event> events;
  for (const auto& key : keys) erase(key, events);
  commit(std::move(events));
}

void ReferenceStore::State::reap() {
  std::unique_lock<std::mutex> lock(mutex);
  while (!closed) {
    const auto now = Clock::now();
    std::vector<int64_t> over;
    for (const auto& [id, lease] : leases) {
      if (lease.end <= now) over.push_back(id);
    }
    if (!fault("lease-never-expires")) {
      for (const int64_t id : over) erase_lease(id);
    }
    changed.wait_until(lock, now + std::chrono::milliseconds(50));
  }
}

ReferenceStore::ReferenceStore(const plugin::Config& config) : state_(std::make_shared<State>()) {
  read_settings(config);
  state_->reaper = std::thread([s = state_.get()] { s->reap(); });
}

ReferenceStore::~ReferenceStore() {
  {
    const std::lock_guard<std::mutex> lock(state_->mutex);
    state_->closed = true;
  }
  state_->changed.notify_all();
  state_->reaper.join();
}

int64_t ReferenceStore::range(std::string_view prefix, bool exact, const Each& each) {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  std::vector<plugin::Kv> found;
  for (auto it = state_->items.lower_bound(prefix); it != state_->items.end() && it->first.starts_with(prefix); ++it) {
    if (exact && it->first != prefix) break;
    const State::Item& i = it->second;
    found.push_back({it->first, i.value, i.create, i.mod, i.version, i.lease});
  }
  if (fault("range-out-of-order")) std::reverse(found.begin(), found.end());
  for (const auto& kv : found) each(kv);
  return state_->revision();
}

plugin::TxnResult ReferenceStore::txn(const plugin::Txn& txn) {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  bool succeeded = true;
  for (const auto& c : txn.compares) succeeded = succeeded && state_->holds(c);
  std::vector<State::Event> events;
  for (const auto& op : succeeded ? txn.then_ops : txn.else_ops) state_->change(op, events);
  if (fault("two-revisions") && events.size() > 1) {
    state_->commit({events.front()});
    events.erase(events.begin());
  }
  state_->commit(std::move(events));
  return {succeeded, state_->revision()};
}

namespace {

class ReferenceWatch : public plugin::StoreWatch {
 public:
  ReferenceWatch(std::shared_ptr<ReferenceStore::State> state, std::string prefix, size_t at, plugin::Watcher watcher)
      : state_(std::move(state)), prefix_(std::move(prefix)), at_(at), watcher_(watcher), thread_([this] { run(); }) {}
  ~ReferenceWatch() override {
    {
      const std::lock_guard<std::mutex> lock(state_->mutex);
      stopped_ = true;
    }
    state_->changed.notify_all();
    thread_.join();
  }

 private:
  void run() {
    std::unique_lock<std::mutex> lock(state_->mutex);
    for (;;) {
      state_->changed.wait(lock, [&] { return stopped_ || at_ < state_->history.size(); });
      if (stopped_) return;
      const auto events = state_->history[at_++];
      if (fault("watch-drops-events") && at_ % 7 == 0) continue;
      lock.unlock();
      deliver(events);
      lock.lock();
    }
  }
  void deliver(const std::vector<ReferenceStore::State::Event>& events) const {
    std::vector<plugin::WatchEvent> out;
    for (const auto& e : events) {
      if (!e.key.starts_with(prefix_)) continue;
      out.push_back({e.deleted, {e.key, e.item.value, e.item.create, e.item.mod, e.item.version, e.item.lease}});
    }
    if (!out.empty()) watcher_.events(out);
  }
  std::shared_ptr<ReferenceStore::State> state_;
  std::string prefix_;
  size_t at_;
  plugin::Watcher watcher_;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<plugin::StoreWatch> ReferenceStore::watch(std::string_view prefix, int64_t from,
                                                          plugin::Watcher watcher) {
  size_t at = 0;
  {
    const std::lock_guard<std::mutex> lock(state_->mutex);
    at = from > 0 ? static_cast<size_t>(from - 1) : state_->history.size();
  }
  return std::make_unique<ReferenceWatch>(state_, std::string(prefix), at, watcher);
}

int64_t ReferenceStore::lease_grant(std::chrono::milliseconds ttl) {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  state_->leases[state_->next_lease] = {ttl, Clock::now() + ttl};
  return state_->next_lease++;
}

void ReferenceStore::lease_keep_alive(int64_t lease) {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  const auto it = state_->leases.find(lease);
  if (it == state_->leases.end()) throw plugin::Failure("no lease " + std::to_string(lease));
  it->second.end = Clock::now() + it->second.ttl;
}

void ReferenceStore::lease_revoke(int64_t lease) {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  state_->erase_lease(lease);
}

}  // namespace sluice::reference
