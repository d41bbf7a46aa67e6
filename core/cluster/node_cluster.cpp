#include <chrono>
#include <random>
#include <thread>

#include "core/cluster/keys.hpp"
#include "core/cluster/node.hpp"
#include "core/cluster/node_impl.hpp"
#include "core/cluster/records.hpp"
#include "core/plugin/secret_box.hpp"

namespace sluice::cluster {
namespace {

constexpr const char* kId = "id";
constexpr const char* kTopology = "topology";
constexpr const char* kKeyDigest = "key_digest";
constexpr const char* kProbeKey = "/sluice/v1/probe";  // outside of the state: its changes wake nobody
constexpr auto kProbeBound = std::chrono::seconds(3);

Result<ClusterInfo> info_of(const State& state) {
  ClusterInfo out;
  if (const auto id = state.cluster.find(kId); id != state.cluster.end()) {
    out.id = std::strtoull(id->second.value.c_str(), nullptr, 10);
  }
  if (const auto topology = state.cluster.find(kTopology); topology != state.cluster.end()) {
    auto json = model::parse_json(topology->second.value);
    if (!json.ok()) return json.status();
    out.topology = std::move(*json);
  }
  return out;
}

}  // namespace

int64_t steady_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

Status Node::Impl::draw_cluster_id() {
  return update("cluster id", [](const State& state, Change& change) -> Status {
    if (state.cluster.contains(kId)) return {};
    std::random_device random;
    // Within what every JSON reader takes for an integer of 64 bits, and never 0.
    const uint64_t drawn = ((static_cast<uint64_t>(random()) << 32 | random()) >> 1) | 1;
    change.put(key_of(kCluster, kId), encode_text(std::to_string(drawn)));
    return {};
  });
}

Status Node::Impl::check_key() {
  if (!services.secrets) return {};
  const std::string key = key_of(kCluster, kKeyDigest);
  const std::string mine = encode_text(services.secrets->digest("the key of the cluster"));
  for (int i = 0; i < 2; ++i) {
    auto entries = store.range(key);
    if (!entries.ok()) return entries.status();
    for (const Entry& entry : *entries) {
      if (entry.key != key) continue;
      if (entry.value == mine) return {};
      return make_error(20010, "the key of this node is not the one that sealed the passwords in the state store", {},
                        "Name the key file of the other nodes, or the former one of this node, by secret_key_path.");
    }
    auto written = store.commit({{key, 0}}, {{key, mine, 0}});
    if (!written.ok()) return written.status();
    if (*written) return {};
  }
  return make_error(46024, "the cluster's record of its key keeps changing", {}, "Start this node again.");
}

Result<ClusterInfo> Node::cluster_info() const {
  auto state = impl_->read();
  if (!state.ok()) return state.status();
  return info_of(*state);
}

Result<ClusterInfo> Node::set_topology(const model::Json& topology) {
  Status stored = impl_->update("cluster topology", [&](const State&, Change& change) -> Status {
    change.put(key_of(kCluster, kTopology), encode_text(model::to_text(topology)));
    return {};
  });
  if (!stored) return stored;
  return cluster_info();
}

// A full disk reads well. Whether it takes writes again is tried by one, when the last has failed.
Status Node::Impl::ask_store() {
  if (!store.last_write().ok()) {
    if (auto written = store.commit({}, {{kProbeKey, encode_text(config.name), 0}}); !written.ok()) {
      return written.status();
    }
  }
  return store.range(key_of(kLeader, "leader")).status();
}

std::string Node::Impl::probe_store(std::chrono::milliseconds bound) {
  std::shared_future<Status> asked;
  {
    // One question at a time: a store that hangs must not gather threads.
    const std::lock_guard lock(probe_mutex);
    if (!probe.valid() || probe.wait_for(std::chrono::seconds(0)) == std::future_status::ready) {
      probe = std::async(std::launch::async, [this] { return ask_store(); }).share();
    }
    asked = probe;
  }
  if (asked.wait_for(bound) != std::future_status::ready) return "the state store does not answer";
  const Status& answered = asked.get();
  return answered.ok() ? std::string() : answered.error().one_line();
}

bool HealthView::healthy() const {
  bool fine = store.empty() && lease.empty() && loop.empty();
  for (const Role& role : roles) fine = fine && role.problem.empty();
  return fine;
}

HealthView Node::health() const {
  Impl& impl = *impl_;
  HealthView out;
  out.store = impl.probe_store(kProbeBound);
  if (!impl.membership.alive()) out.lease = "the lease is lost; this node registers again as soon as the store lets it";
  // A look is made at least every reread_interval; several missed in a row mean that the loop hangs or cannot read.
  const int64_t silence = steady_ms() - impl.looked_at_ms;
  if (!impl.thread.joinable()) {
    out.loop = "it is not running";
  } else if (silence > 3 * impl.config.reread_interval.count() + 5000) {
    out.loop = "it has not read the state for " + std::to_string(silence / 1000) + " s";
  }
  const std::string common = !out.store.empty() ? "the store does not answer" : !out.lease.empty() ? "no lease" : "";
  if (impl.config.master) {
    out.leader = impl.membership.leader();
    out.roles.push_back({"master", impl.config.name, impl.removed ? "removed from the cluster" : common});
  }
  for (const auto& worker : impl.workers) out.roles.push_back({"worker", worker->name(), common});
  return out;
}

}  // namespace sluice::cluster
