#include "store.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <limits>
#include <set>
#include <utility>

namespace sluice::memory_store {
namespace {

using plugin::Failure;
using Clock = std::chrono::steady_clock;

struct Entry {
  std::string value;
  int64_t create_revision = 0;
  int64_t mod_revision = 0;
  int64_t version = 0;
  int64_t lease = 0;
};

struct Lease {
  std::chrono::milliseconds ttl{};
  Clock::time_point deadline;
};

bool starts_with(std::string_view text, std::string_view prefix) { return text.substr(0, prefix.size()) == prefix; }

template <typename T>
bool compare(const T& left, int32_t result, const T& right) {
  switch (result) {
    case SLUICE_EQUAL: return left == right;
    case SLUICE_GREATER: return left > right;
    case SLUICE_LESS: return left < right;
    case SLUICE_NOT_EQUAL: return left != right;
    default: throw Failure("a comparison asks for the unknown result " + std::to_string(result));
  }
}

/// As etcd: a transaction that touches one key twice is refused.
void check_ops(std::span<const sluice_store_op> ops) {
  std::set<std::string_view> keys;
  for (const auto& op : ops) {
    if (op.op < SLUICE_OP_PUT || op.op > SLUICE_OP_DELETE_PREFIX) {
      throw Failure("a transaction asks for the unknown operation " + std::to_string(op.op));
    }
    if (op.op == SLUICE_OP_DELETE_PREFIX) continue;
    if (op.key.len == 0) throw Failure("a transaction names an empty key");
    if (!keys.insert(view(op.key)).second) {
      throw Failure("a transaction names the key `" + std::string(view(op.key)) + "` twice");
    }
  }
  for (const auto& op : ops) {
    if (op.op != SLUICE_OP_DELETE_PREFIX) continue;
    const auto covered = keys.lower_bound(view(op.key));
    if (covered != keys.end() && starts_with(*covered, view(op.key))) {
      throw Failure("a transaction names the key `" + std::string(*covered) + "` and deletes a prefix of it");
    }
  }
}

}  // namespace

class MemoryStore::State {
 public:
  explicit State(int64_t limit) : history_limit(limit) {}

  // All below with `mutex` held.
  bool holds(const sluice_compare& c) const {
    const auto it = entries.find(view(c.key));
    const bool found = it != entries.end();
    switch (c.target) {
      case SLUICE_COMPARE_VERSION: return compare(found ? it->second.version : 0, c.result, c.number);
      case SLUICE_COMPARE_CREATE: return compare(found ? it->second.create_revision : 0, c.result, c.number);
      case SLUICE_COMPARE_MOD: return compare(found ? it->second.mod_revision : 0, c.result, c.number);
      case SLUICE_COMPARE_VALUE: return found && compare(std::string_view(it->second.value), c.result, view(c.value));
      default: throw Failure("a comparison looks at the unknown target " + std::to_string(c.target));
    }
  }

  void put(std::string_view key, std::string_view value, int64_t lease, int64_t at) {
    Entry& entry = entries[std::string(key)];
    entry.value = value;
    entry.create_revision = entry.version == 0 ? at : entry.create_revision;
    entry.mod_revision = at;
    ++entry.version;
    entry.lease = lease;
    history.push_back({false, std::string(key), entry.value, entry.create_revision, at, entry.version, entry.lease});
  }

  bool remove(std::string_view key, int64_t at) {
    const auto it = entries.find(key);
    if (it == entries.end()) return false;
    history.push_back({true, it->first, {}, 0, at, 0, 0});
    entries.erase(it);
    return true;
  }

  bool remove_prefix(std::string_view prefix, int64_t at) {
    bool any = false;
    auto it = entries.lower_bound(prefix);
    while (it != entries.end() && starts_with(it->first, prefix)) {
      const std::string key = (it++)->first;
      any = remove(key, at) || any;
    }
    return any;
  }

  bool run(std::span<const sluice_store_op> ops, int64_t at) {
    bool any = false;
    for (const auto& op : ops) {
      if (op.op == SLUICE_OP_PUT) {
        put(view(op.key), view(op.value), op.lease, at);
        any = true;
      } else if (op.op == SLUICE_OP_DELETE) {
        any = remove(view(op.key), at) || any;
      } else {
        any = remove_prefix(view(op.key), at) || any;
      }
    }
    return any;
  }

  void end_lease(int64_t id) {
    std::vector<std::string> keys;
    for (const auto& [key, entry] : entries) {
      if (entry.lease == id) keys.push_back(key);
    }
    for (const auto& key : keys) remove(key, revision + 1);
    leases.erase(id);
    if (!keys.empty()) commit();
  }

  void commit() {
    ++revision;
    while (!history.empty() && history.front().mod_revision <= revision - history_limit) {
      compacted = history.front().mod_revision;
      history.pop_front();
    }
    changed.notify_all();
  }

  const int64_t history_limit;
  std::mutex mutex;
  std::condition_variable changed;  // revision, leases or `closed`
  std::map<std::string, Entry, std::less<>> entries;
  std::map<int64_t, Lease> leases;
  std::deque<Event> history;
  int64_t revision = 1;   // as a fresh etcd
  int64_t compacted = 0;  // events up to this revision are forgotten
  int64_t last_lease = 0;
  bool closed = false;
};

/// One thread per watch: it sleeps until the revision moves, then reports what is new for its prefix.
class MemoryStore::Watch final : public plugin::StoreWatch {
 public:
  Watch(std::shared_ptr<State> state, std::string_view prefix, int64_t next, const plugin::Watcher& watcher)
      : state_(std::move(state)), prefix_(prefix), next_(next), watcher_(watcher), thread_([this] { run(); }) {}

  ~Watch() override {
    {
      const std::lock_guard lock(state_->mutex);
      stop_ = true;
    }
    state_->changed.notify_all();
    thread_.join();
  }

 private:
  void run() noexcept {
    const char* reason = nullptr;
    plugin::guard_silent([&] {
      while (reason == nullptr) {
        std::vector<Event> fresh;
        {
          std::unique_lock lock(state_->mutex);
          state_->changed.wait(lock, [&] { return stop_ || state_->closed || next_ <= state_->revision; });
          if (stop_) return;
          if (state_->closed) {
            reason = "the store was closed";
          } else if (next_ <= state_->compacted) {
            reason = "the watch asks for a revision that is compacted; read again, then watch anew";
          } else {
            fresh = collect();
          }
        }
        if (!fresh.empty()) report(fresh);
      }
    });
    if (reason == nullptr) reason = "the watch ran out of memory";
    {
      const std::lock_guard lock(state_->mutex);
      if (stop_) return;
    }
    plugin::guard_silent([&] { watcher_.lost(Failure(reason).retryable()); });
  }

  std::vector<Event> collect() {
    std::vector<Event> out;
    const auto first = std::lower_bound(state_->history.begin(), state_->history.end(), next_,
                                        [](const Event& event, int64_t at) { return event.mod_revision < at; });
    std::copy_if(first, state_->history.end(), std::back_inserter(out),
                 [&](const Event& event) { return starts_with(event.key, prefix_); });
    next_ = state_->revision + 1;
    return out;
  }

  void report(const std::vector<Event>& fresh) const {
    std::vector<plugin::WatchEvent> events;
    events.reserve(fresh.size());
    for (const auto& e : fresh) {
      events.push_back({e.deleted, {e.key, e.value, e.create_revision, e.mod_revision, e.version, e.lease}});
    }
    watcher_.events(events);
  }

  std::shared_ptr<State> state_;
  std::string prefix_;
  int64_t next_;
  plugin::Watcher watcher_;
  bool stop_ = false;   // guarded by the state's mutex
  std::thread thread_;  // last: it uses all of the above
};

std::vector<plugin::Setting> MemoryStore::settings() {
  return {plugin::Setting::integer("history")
              .fallback("10000")
              .range("1", "1000000000")
              .unit("revisions")
              .help("changes that are kept for watches that begin in the past")};
}

MemoryStore::MemoryStore(const plugin::Config& config)
    : state_(std::make_shared<State>(config.integer("history", 10000))) {
  expiry_ = std::thread([state = state_] {
    std::unique_lock lock(state->mutex);
    while (!state->closed) {
      auto first = Clock::time_point::max();
      int64_t id = 0;
      for (const auto& [lease, entry] : state->leases) {
        if (entry.deadline < first) {
          first = entry.deadline;
          id = lease;
        }
      }
      if (id == 0) {
        state->changed.wait(lock);
      } else if (first <= Clock::now()) {
        plugin::guard_silent([&] { state->end_lease(id); });
      } else {
        state->changed.wait_until(lock, first);
      }
    }
  });
}

MemoryStore::~MemoryStore() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->closed = true;
  }
  state_->changed.notify_all();
  expiry_.join();
}

int64_t MemoryStore::range(std::string_view prefix, bool exact, const Each& each) {
  std::vector<std::pair<std::string, Entry>> found;  // copied, so that `each` may call the store
  int64_t revision = 0;
  {
    const std::lock_guard lock(state_->mutex);
    revision = state_->revision;
    for (auto it = state_->entries.lower_bound(prefix); it != state_->entries.end(); ++it) {
      if (exact ? it->first != prefix : !starts_with(it->first, prefix)) break;
      found.emplace_back(*it);
    }
  }
  for (const auto& [key, e] : found) each({key, e.value, e.create_revision, e.mod_revision, e.version, e.lease});
  return revision;
}

plugin::TxnResult MemoryStore::txn(const plugin::Txn& txn) {
  check_ops(txn.then_ops);
  check_ops(txn.else_ops);
  const std::lock_guard lock(state_->mutex);
  bool succeeded = true;
  for (const auto& c : txn.compares) succeeded = state_->holds(c) && succeeded;
  const auto ops = succeeded ? txn.then_ops : txn.else_ops;
  for (const auto& op : ops) {
    if (op.op == SLUICE_OP_PUT && op.lease != 0 && state_->leases.count(op.lease) == 0) {
      throw Failure("lease " + std::to_string(op.lease) + " does not exist or has expired");
    }
  }
  if (state_->run(ops, state_->revision + 1)) state_->commit();
  return {succeeded, state_->revision};
}

std::unique_ptr<plugin::StoreWatch> MemoryStore::watch(std::string_view prefix, int64_t from_revision,
                                                       plugin::Watcher watcher) {
  int64_t next = from_revision;
  if (next <= 0) {
    const std::lock_guard lock(state_->mutex);
    next = state_->revision + 1;
  }
  return std::make_unique<Watch>(state_, prefix, next, watcher);
}

int64_t MemoryStore::lease_grant(std::chrono::milliseconds ttl) {
  if (ttl.count() <= 0) throw Failure("a lease needs a time to live above 0 ms");
  const std::lock_guard lock(state_->mutex);
  const int64_t id = ++state_->last_lease;
  state_->leases[id] = {ttl, Clock::now() + ttl};
  state_->changed.notify_all();
  return id;
}

void MemoryStore::lease_keep_alive(int64_t lease) {
  const std::lock_guard lock(state_->mutex);
  const auto it = state_->leases.find(lease);
  if (it == state_->leases.end()) throw Failure("lease " + std::to_string(lease) + " does not exist or has expired");
  it->second.deadline = Clock::now() + it->second.ttl;
}

void MemoryStore::lease_revoke(int64_t lease) {
  const std::lock_guard lock(state_->mutex);
  if (state_->leases.count(lease) == 0) {
    throw Failure("lease " + std::to_string(lease) + " does not exist or has expired");
  }
  state_->end_lease(lease);
}

}  // namespace sluice::memory_store

SLUICE_EXPORT_PLUGIN(sluice::memory_store::MemoryStore)
