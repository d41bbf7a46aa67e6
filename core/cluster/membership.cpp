#include "core/cluster/membership.hpp"

#include <algorithm>
#include <condition_variable>

#include "core/cluster/keys.hpp"
#include "core/cluster/random_id.hpp"
#include "core/cluster/records.hpp"
#include "core/plugin/log.hpp"

namespace sluice::cluster {
namespace {

std::string leader_key() { return key_of(kLeader, "leader"); }

/// The entry of exactly this key, or nothing.
Result<std::optional<Entry>> read_entry(const StateStore& store, const std::string& key) {
  auto entries = store.range(key);
  if (!entries.ok()) return entries.status();
  for (Entry& entry : *entries) {
    if (entry.key == key) return std::optional<Entry>(std::move(entry));
  }
  return std::optional<Entry>();
}

void wait(const std::stop_token& stop, std::chrono::milliseconds time) {
  std::mutex mutex;
  std::condition_variable_any cv;
  std::unique_lock lock(mutex);
  cv.wait_for(lock, stop, time, [] { return false; });
}

}  // namespace

Membership::Membership(const NodeConfig& config, StateStore& store)
    : config_(config), workers_(worker_identities(config)), process_(random_id()), store_(store) {}

Membership::~Membership() { end(); }

Status Membership::check_address(const char* alive_kind, const std::string& name, const std::string& address) const {
  auto entry = read_entry(store_, key_of(alive_kind, name));
  if (!entry.ok()) return entry.status();
  if (!entry->has_value()) return {};
  auto other = decode_text((*entry)->value);
  // The same address is this node's former process: it cannot be alive, since we have its port. Take over.
  if (other.ok() && *other == address) return {};
  return make_error(46003,
                    "the name " + name + " is in use by a node at another address" +
                        (other.ok() ? " (" + *other + ")" : std::string()),
                    {}, "Give this node another name, or wait until the lease of the other one has run out.");
}

Result<std::vector<std::string>> Membership::surplus_workers() const {
  auto entries = store_.range(std::string(kStateRoot) + kAliveWorkers + "/");
  if (!entries.ok()) return entries.status();
  NodeConfig most = config_;
  most.worker = true;
  most.workers = kMostWorkers;
  std::vector<std::string> out;
  for (const WorkerIdentity& former : worker_identities(most)) {
    const auto same = [&](const WorkerIdentity& mine) { return mine.name == former.name; };
    if (std::any_of(workers_.begin(), workers_.end(), same)) continue;
    const std::string key = key_of(kAliveWorkers, former.name);
    for (const Entry& entry : *entries) {
      if (entry.key == key && entry.value == encode_text(former.address)) out.push_back(key);
    }
  }
  return out;
}

Status Membership::join() {
  // Not before all that ran under the former lease has been stopped.
  { const std::lock_guard stopped(stopping_mutex_); }
  if (config_.master) {
    if (Status free = check_address(kAliveMasters, config_.name, config_.master_address); !free) return free;
  }
  for (const WorkerIdentity& worker : workers_) {
    if (Status free = check_address(kAliveWorkers, worker.name, worker.address); !free) return free;
  }
  auto surplus = surplus_workers();
  if (!surplus.ok()) return surplus.status();
  leased_at_ = std::chrono::steady_clock::now();
  auto lease = store_.grant(config_.lease_ttl.count());
  if (!lease.ok()) return lease.status();
  std::vector<Write> writes{{process_key(config_.name), encode_text(process_), *lease}};
  if (config_.master && !resigned_) {
    const std::string address = encode_text(config_.master_address);
    writes.push_back({key_of(kMasters, config_.name), address, 0});
    writes.push_back({key_of(kAliveMasters, config_.name), address, *lease});
  }
  for (const WorkerIdentity& worker : workers_) {
    const std::string address = encode_text(worker.address);
    writes.push_back({key_of(kWorkers, worker.name), address, 0});
    writes.push_back({key_of(kAliveWorkers, worker.name), address, *lease});
  }
  for (const std::string& key : *surplus) writes.push_back({key, std::nullopt, 0});
  auto written = store_.commit({}, writes);
  if (!written.ok()) return written.status();
  {
    const std::lock_guard lock(mutex_);
    lease_ = *lease;
    expires_ = leased_at_ + config_.lease_ttl;
  }
  changed_.notify_all();
  log::info("node registered", {{"node", config_.name}});
  campaign();
  return {};
}

void Membership::campaign() {
  // Once: it may be lost at any moment, and a leader without a lease would be one for ever.
  const int64_t lease = lease_;
  if (!config_.master || resigned_ || lease == 0) return;
  auto entry = read_entry(store_, leader_key());
  if (!entry.ok()) return;
  if (entry->has_value()) {
    auto holder = decode_text((*entry)->value);
    if (!holder.ok() || *holder != config_.name) {
      leader_ = false;
      return;
    }
    if (leader_) return;
  }
  // Free, or held by this node's former process.
  const int64_t revision = entry->has_value() ? (*entry)->mod_revision : 0;
  auto won = store_.commit({{leader_key(), revision}}, {{leader_key(), encode_text(config_.name), lease}});
  if (won.ok() && *won) {
    const std::lock_guard lock(mutex_);
    if (lease_ != lease) return;
    leader_ = true;
    log::info("node is the leader now", {{"node", config_.name}});
    if (joined_) joined_();
  }
}

Status Membership::begin() {
  if (Status joined = join(); !joined) return joined;
  watch_ = std::jthread([this](const std::stop_token& stop) { watch_lease(stop); });
  thread_ = std::jthread([this](const std::stop_token& stop) { loop(stop); });
  return {};
}

void Membership::heard_at(std::chrono::steady_clock::time_point asked) {
  const std::lock_guard lock(mutex_);
  expires_ = asked + config_.lease_ttl;
  changed_.notify_all();
}

void Membership::lose(const std::string& reason) {
  const std::lock_guard stopping(stopping_mutex_);
  {
    const std::lock_guard lock(mutex_);
    if (lease_.exchange(0) == 0) return;
    leader_ = false;
    changed_.notify_all();
  }
  log::error("node lost its lease and stops its work", {{"node", config_.name}, {"error", reason}});
  if (lost_) lost_();
}

void Membership::watch_lease(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    if (lease_ == 0) {
      changed_.wait(lock, stop, [this] { return lease_ != 0; });
      continue;
    }
    const auto end = expires_;
    if (changed_.wait_until(lock, stop, end, [&] { return expires_ != end || lease_ == 0; })) continue;
    if (stop.stop_requested()) return;
    lock.unlock();
    lose("the state store has not answered for as long as the lease lasts");
    lock.lock();
  }
}

void Membership::loop(const std::stop_token& stop) {
  const auto beat = std::max(std::chrono::milliseconds(50), config_.lease_ttl / 3);
  const auto election = std::min<std::chrono::milliseconds>(beat, std::chrono::seconds(2));
  auto last_beat = leased_at_;
  while (!stop.stop_requested()) {
    if (lease_ == 0) {
      wait(stop, std::chrono::seconds(1));
      if (stop.stop_requested()) return;
      if (Status joined = join(); !joined) {
        log::warn("node cannot register again", {{"node", config_.name}, {"error", joined.error().one_line()}});
      } else if (joined_) {
        joined_();
      }
      last_beat = leased_at_;
      continue;
    }
    wait(stop, election);
    if (stop.stop_requested()) return;
    if (std::chrono::steady_clock::now() - last_beat >= beat) {
      // The lease counts from when the store heard us, which is later than this.
      const auto asked = std::chrono::steady_clock::now();
      if (Status kept = store_.keep_alive(lease_); !kept) {
        // A store that is merely slow to answer gets further tries until the lease has run out.
        if (!kept.error().retryable) lose(kept.error().one_line());
        continue;
      }
      last_beat = asked;
      heard_at(asked);
    }
    campaign();
  }
}

void Membership::resign() {
  resigned_ = true;
  leader_ = false;
}

void Membership::end() {
  for (std::jthread* thread : {&thread_, &watch_}) {
    if (!thread->joinable()) continue;
    thread->request_stop();
    thread->join();
  }
  leader_ = false;
  if (const int64_t lease = lease_.exchange(0); lease != 0) store_.revoke(lease);
}

}  // namespace sluice::cluster
