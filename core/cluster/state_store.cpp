#include "core/cluster/state_store.hpp"

#include <algorithm>
#include <deque>
#include <mutex>
#include <utility>

#include "core/cluster/effect_mark.hpp"
#include "sluice/host/store.hpp"

namespace sluice::cluster {
namespace {

Error store_error(int32_t code, const std::string& what, const sluice_error& cause) {
  Error error = make_error(code, what, cause.message, cause.workaround);
  error.native = cause.native;
  error.retryable = (cause.flags & SLUICE_ERROR_RETRYABLE) != 0;
  return error;
}

sluice_bytes bytes_of(const std::string& text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }

std::string text_of(const sluice_bytes& bytes) {
  return bytes.len == 0 ? std::string() : std::string(reinterpret_cast<const char*>(bytes.data), bytes.len);
}

class Receiver : public host::WatchReceiver {
 public:
  Receiver(std::function<void(std::string_view)> changed, std::function<void()> lost)
      : changed_(std::move(changed)), lost_(std::move(lost)) {}
  void on_events(std::span<const sluice_watch_event> events) noexcept override {
    for (const auto& event : events) {
      changed_(std::string_view(reinterpret_cast<const char*>(event.kv.key.data), event.kv.key.len));
    }
  }
  void on_lost(const sluice_error& /*error*/) noexcept override { lost_(); }

 private:
  std::function<void(std::string_view)> changed_;
  std::function<void()> lost_;
};

}  // namespace

class StateStore::Impl {
 public:
  explicit Impl(std::shared_ptr<host::Store> s) : store(std::move(s)) {}
  const std::shared_ptr<host::Store> store;
  mutable std::mutex write_mutex;
  Status last_write;  // guarded by write_mutex
  std::mutex watch_mutex;
  std::unique_ptr<Receiver> receiver;  // outlives the watch
  host::StoreWatch watch;
};

StateStore::StateStore(std::shared_ptr<host::Store> store) : impl_(std::make_unique<Impl>(std::move(store))) {}

StateStore::~StateStore() { unwatch(); }

Result<std::vector<Entry>> StateStore::range(const std::string& prefix) const {
  int64_t revision = 0;
  return range(prefix, revision);
}

Result<int64_t> StateStore::revision() const {
  int64_t revision = 0;
  auto error = make_sized<sluice_error>();
  const std::string no_key = "/sluice/v1/revision";  // nothing lies there; every read tells the revision
  if (impl_->store->range(
          no_key, true, revision, [](const sluice_kv&) {}, error) != SLUICE_OK) {
    return store_error(42501, "cannot read the state store", error);
  }
  return revision;
}

Result<std::vector<Entry>> StateStore::range(const std::string& prefix, int64_t& revision) const {
  std::vector<Entry> out;
  auto error = make_sized<sluice_error>();
  const auto each = [&](const sluice_kv& kv) { out.push_back({text_of(kv.key), text_of(kv.value), kv.mod_revision}); };
  if (impl_->store->range(prefix, false, revision, each, error) != SLUICE_OK) {
    return store_error(42501, "cannot read the state store", error);
  }
  return out;
}

Result<bool> StateStore::commit(const std::vector<Guard>& guards, const std::vector<Write>& writes) {
  EffectMark* mark = EffectMark::current();
  if (!mark || mark->made || writes.empty()) return commit_unmarked(guards, writes);
  std::vector<Guard> all_guards = guards;
  std::vector<Write> all_writes = writes;
  all_guards.push_back({mark->key, mark->revision});
  all_writes.push_back({mark->key, mark->value, 0});
  auto done = commit_unmarked(all_guards, all_writes);
  if (!done.ok()) return done;
  if (*done) {
    mark->made = true;
    return done;
  }
  auto now = range(mark->key);
  if (!now.ok()) return now.status();
  const bool same = std::any_of(now->begin(), now->end(), [&](const Entry& entry) {
    return entry.key == mark->key && entry.mod_revision == mark->revision;
  });
  if (same) return done;
  return make_error(46024, "this request was taken over by a repetition of it, since this node was taken for dead", {},
                    "Look at the reply to the repetition.");
}

Status StateStore::last_write() const {
  const std::lock_guard lock(impl_->write_mutex);
  return impl_->last_write;
}

Result<bool> StateStore::commit_unmarked(const std::vector<Guard>& guards, const std::vector<Write>& writes) {
  auto written = write(guards, writes);
  const std::lock_guard lock(impl_->write_mutex);
  impl_->last_write = written.status();
  return written;
}

Result<bool> StateStore::write(const std::vector<Guard>& guards, const std::vector<Write>& writes) {
  std::vector<sluice_compare> compares;
  for (const Guard& guard : guards) {
    sluice_compare compare{};
    compare.target = SLUICE_COMPARE_MOD;
    compare.result = SLUICE_EQUAL;
    compare.key = bytes_of(guard.key);
    compare.number = guard.mod_revision;
    compares.push_back(compare);
  }
  std::vector<sluice_store_op> ops;
  for (const Write& write : writes) {
    sluice_store_op op{};
    op.op = write.value ? SLUICE_OP_PUT : SLUICE_OP_DELETE;
    op.key = bytes_of(write.key);
    if (write.value) op.value = bytes_of(*write.value);
    op.lease = write.value ? write.lease : 0;
    ops.push_back(op);
  }
  auto txn = make_sized<sluice_txn>();
  txn.compares = compares.data();
  txn.compare_count = compares.size();
  txn.then_ops = ops.data();
  txn.then_count = ops.size();
  bool succeeded = false;
  int64_t revision = 0;
  auto error = make_sized<sluice_error>();
  if (impl_->store->txn(txn, succeeded, revision, error) != SLUICE_OK) {
    if ((error.flags & SLUICE_ERROR_OUTCOME_UNKNOWN) != 0 && stands_there(guards, writes)) return true;
    return store_error(42501, "cannot write to the state store", error);
  }
  return succeeded;
}

/// True when all that was to be put stands there as of one revision, a later one than each key was guarded by. Then it
/// came from us, or from another that wrote the very same.
bool StateStore::stands_there(const std::vector<Guard>& guards, const std::vector<Write>& writes) const {
  int64_t made_at = 0;
  for (const Write& write : writes) {
    auto entries = range(write.key);
    if (!entries.ok()) return false;
    const auto found =
        std::find_if(entries->begin(), entries->end(), [&](const Entry& entry) { return entry.key == write.key; });
    if (!write.value) {
      if (found != entries->end()) return false;
      continue;
    }
    if (found == entries->end() || found->value != *write.value) return false;
    if (made_at != 0 && found->mod_revision != made_at) return false;
    made_at = found->mod_revision;
    // What nobody guarded may stand there from before.
    const auto guard = std::find_if(guards.begin(), guards.end(), [&](const Guard& g) { return g.key == write.key; });
    if (guard == guards.end() || guard->mod_revision >= found->mod_revision) return false;
  }
  return made_at != 0;
}

Result<int64_t> StateStore::grant(int64_t ttl_ms) {
  int64_t lease = 0;
  auto error = make_sized<sluice_error>();
  if (impl_->store->lease_grant(ttl_ms, lease, error) != SLUICE_OK) {
    return store_error(42504, "cannot get a lease from the state store", error);
  }
  return lease;
}

Status StateStore::keep_alive(int64_t lease) {
  auto error = make_sized<sluice_error>();
  if (impl_->store->lease_keep_alive(lease, error) != SLUICE_OK) {
    return store_error(42505, "cannot keep the lease of this node alive", error);
  }
  return {};
}

void StateStore::revoke(int64_t lease) {
  auto error = make_sized<sluice_error>();
  // A lease that cannot be given back runs out by itself.
  (void)impl_->store->lease_revoke(lease, error);
}

Status StateStore::watch(const std::string& prefix, std::function<void(std::string_view)> changed,
                         std::function<void()> lost) {
  const std::lock_guard lock(impl_->watch_mutex);
  impl_->watch.stop();
  impl_->receiver = std::make_unique<Receiver>(std::move(changed), std::move(lost));
  auto error = make_sized<sluice_error>();
  if (impl_->store->watch(prefix, 0, *impl_->receiver, impl_->watch, error) != SLUICE_OK) {
    return store_error(42503, "cannot watch the state store", error);
  }
  return {};
}

void StateStore::unwatch() {
  const std::lock_guard lock(impl_->watch_mutex);
  impl_->watch.stop();
  impl_->receiver.reset();
}

}  // namespace sluice::cluster
