#include "core/cluster/node.hpp"

#include <algorithm>
#include <future>

#include "core/cluster/dry_run.hpp"
#include "core/cluster/keys.hpp"
#include "core/cluster/node_impl.hpp"
#include "core/cluster/scheduler.hpp"
#include "core/plugin/log.hpp"

namespace sluice::cluster {
namespace {

constexpr int kTries = 10;

class RealSubtask : public SubtaskHandle {
 public:
  RealSubtask(task::SubtaskConfig config, const task::SubtaskServices& services)
      : subtask_(std::move(config), services) {}
  void start(model::StartArguments arguments) override { subtask_.start(std::move(arguments)); }
  void pause(std::chrono::milliseconds bound, const std::string& reason) override { subtask_.pause(bound, reason); }
  void close(std::chrono::milliseconds bound, const std::string& reason) override { subtask_.close(bound, reason); }
  model::SubtaskStatus status() const override { return subtask_.status(); }
  void restore(model::SubtaskStatus former) override { subtask_.restore(std::move(former)); }
  Result<model::Json> execute(const task::Command& command) override { return subtask_.execute(command); }
  void on_change(std::function<void()> callback) override { subtask_.on_change(std::move(callback)); }

 private:
  task::Subtask subtask_;
};

NodeServices complete(NodeServices services, uint64_t memory_limit) {
  const task::SubtaskServices inner{services.plugins, services.store, task::make_memory_budget(memory_limit)};
  if (!services.make_subtask) {
    services.make_subtask = [inner](task::SubtaskConfig config) -> std::unique_ptr<SubtaskHandle> {
      return std::make_unique<RealSubtask>(std::move(config), inner);
    };
  }
  if (!services.remove_metadata) {
    services.remove_metadata = [inner](const task::SubtaskConfig& config, const std::stop_token& stop) {
      return task::remove_metadata(config, inner, stop);
    };
  }
  if (!services.has_checkpoint) {
    services.has_checkpoint = [inner](const task::SubtaskConfig& config, const std::stop_token& stop) {
      return task::has_checkpoint(config, inner, stop);
    };
  }
  return services;
}

std::vector<std::string> worker_names(const NodeConfig& config) {
  std::vector<std::string> out;
  for (const WorkerIdentity& worker : worker_identities(config)) out.push_back(worker.name);
  return out;
}

}  // namespace

std::vector<WorkerIdentity> worker_identities(const NodeConfig& config) {
  std::vector<WorkerIdentity> out;
  if (!config.worker) return out;
  out.push_back({config.name, config.worker_address});
  const size_t colon = config.worker_address.rfind(':');
  const std::string host = config.worker_address.substr(0, colon);
  const int port = colon == std::string::npos ? 0 : std::atoi(config.worker_address.c_str() + colon + 1);
  for (int i = 1; i < config.workers; ++i) {
    out.push_back({config.name + "-" + std::to_string(i + 1), host + ":" + std::to_string(port + i)});
  }
  return out;
}

Latches::Held::~Held() {
  if (!latches_) return;
  const std::lock_guard lock(latches_->mutex_);
  latches_->taken_.erase(name_);
}

Result<Latches::Held> Latches::take(const std::string& name) {
  const std::lock_guard lock(mutex_);
  if (!taken_.insert(name).second) {
    return make_error(46024, "failed to operate resource " + name + ": it is in use by another request", {},
                      "Repeat the request when the other one has ended.");
  }
  return Held(*this, name);
}

Node::Impl::Impl(NodeConfig c, NodeServices s)
    : config(std::move(c)),
      services(complete(std::move(s), config.memory_limit)),
      store(services.store),
      cache(store, services.secrets),
      membership(config, store),
      keyed_requests(store, services.secrets, config.name, membership.process()),
      commands(services.store, config.name, worker_names(config),
               [this](const SubtaskCommand& command) { return execute(command); }) {
  for (const WorkerIdentity& identity : worker_identities(config)) {
    const auto elsewhere = [this, name = identity.name](const SubtaskName& subtask) {
      return std::any_of(workers.begin(), workers.end(), [&](const auto& other) {
        return other->name() != name && other->status(subtask).has_value();
      });
    };
    workers.push_back(std::make_unique<Worker>(
        identity, config, services, store, [this] { wake(); }, elsewhere));
  }
}

Worker* Node::Impl::local_worker(const std::string& name) const {
  const auto it =
      std::find_if(workers.begin(), workers.end(), [&](const auto& worker) { return worker->name() == name; });
  return it == workers.end() ? nullptr : it->get();
}

bool Node::Impl::holds_task(const std::string& task) const {
  return std::any_of(workers.begin(), workers.end(), [&](const auto& worker) { return worker->holds_task(task); });
}

bool Node::Impl::holds_source(const std::string& source) const {
  return std::any_of(workers.begin(), workers.end(), [&](const auto& worker) { return worker->holds_source(source); });
}

void Node::Impl::close_all(std::chrono::milliseconds bound, const std::string& reason) {
  std::vector<std::future<void>> closing;
  for (const auto& worker : workers) {
    closing.push_back(std::async(std::launch::async, [&] { worker->close_all(bound, reason); }));
  }
  for (auto& done : closing) done.wait();
}

void Node::Impl::wake() {
  const std::lock_guard lock(mutex);
  dirty = true;
  cv.notify_all();
}

Status Node::Impl::update(const std::string& name, const std::function<Status(const State&, Change&)>& decide) {
  for (int i = 0; i < kTries; ++i) {
    auto state = read();
    if (!state.ok()) return state.status();
    Change change(*state);
    if (Status decided = decide(*state, change); !decided) return decided;
    if (change.writes().empty()) return {};
    if (DryRun::active()) return dry_run_end();
    auto done = store.commit(change.guards(), change.writes());
    if (!done.ok()) return done.status();
    if (*done) {
      wake();
      return {};
    }
  }
  return make_error(46024, "failed to operate resource " + name + ": other requests keep changing it", {},
                    "Repeat the request.");
}

void Node::Impl::look() {
  auto state = read();
  if (!state.ok()) {
    log::error("state store cannot be read", {{"node", config.name}, {"error", state.error().one_line()}});
    return;
  }
  looked_at_ms = steady_ms();
  if (config.master && membership.alive() && !state->masters.contains(config.name)) {
    if (!removed.exchange(true)) log::warn("this master was removed from the cluster", {{"node", config.name}});
    membership.resign();
  }
  undo_transfers(*state);
  if (membership.leader()) {
    auto changed = schedule(*state, store);
    if (changed.ok() && *changed) {
      wake();
      state = read();  // the bindings of now
      if (!state.ok()) return;
    }
    finish_removals(*state);
  }
  if (!membership.alive()) return;
  for (const auto& worker : workers) {
    worker->reconcile(*state);
    worker->report(*state);
  }
}

void Node::Impl::loop(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    bool watch_again = false;
    {
      std::unique_lock lock(mutex);
      cv.wait_for(lock, stop, config.reread_interval, [&] { return dirty; });
      dirty = false;
      watch_again = std::exchange(watch_lost, false);
    }
    if (stop.stop_requested()) return;
    if (watch_again) {
      const auto changed = [this](std::string_view key) {
        if (const auto parts = parts_of(key); !parts.empty() && parts[0] != kObserved) wake();
      };
      const auto lost = [this] {
        const std::lock_guard lock(mutex);
        watch_lost = true;
      };
      if (Status watched = store.watch(kStateRoot, changed, lost); !watched) {
        log::warn("state store cannot be watched; it is read every few seconds",
                  {{"error", watched.error().one_line()}});
        lost();
      }
    }
    if (lease_lost.exchange(false)) close_all(std::chrono::milliseconds(0), "the node's lease is lost");
    const uint64_t number = ++looks_begun;
    try {
      look();
      looks_done = number;
    } catch (const std::exception& e) {
      log::error("a look at the state failed", {{"node", config.name}, {"error", e.what()}});
    }
  }
}

Node::Node(NodeConfig config, NodeServices services)
    : impl_(std::make_unique<Impl>(std::move(config), std::move(services))) {}

Node::~Node() { stop(); }

Status Node::start() {
  Impl& impl = *impl_;
  impl.membership.on_lost([&impl] {
    // Here and now: the loop may be waiting for a store that hangs. What it has begun meanwhile it ends by the flag.
    impl.lease_lost = true;
    impl.close_all(std::chrono::milliseconds(0), "the node's lease is lost");
    impl.wake();
  });
  impl.membership.on_joined([&impl] { impl.wake(); });
  if (Status fits = impl.check_key(); !fits) return fits;
  if (Status begun = impl.membership.begin(); !begun) return begun;
  // A store that cannot be read must stop the start, not be found out by the first request.
  if (auto state = impl.read(); !state.ok()) {
    impl.membership.end();
    return state.status();
  }
  impl.commands.start();
  if (impl.config.master) {
    if (Status drawn = impl.draw_cluster_id(); !drawn) {
      impl.membership.end();
      return drawn;
    }
  }
  impl.looked_at_ms = steady_ms();
  impl.thread = std::jthread([&impl](const std::stop_token& stop) { impl.loop(stop); });
  return {};
}

void Node::cut_off_requests() {
  impl_->ending.request_stop();
  impl_->commands.stop();
}

void Node::stop() {
  Impl& impl = *impl_;
  cut_off_requests();
  if (impl.thread.joinable()) {
    impl.thread.request_stop();
    impl.thread.join();
  }
  impl.store.unwatch();
  impl.close_all(impl.config.stop_bound, "the node shuts down");  // cuts commands off, too
  impl.commands.join();
  impl.membership.end();
}

const NodeConfig& Node::config() const { return impl_->config; }
plugin::Registry* Node::plugins() const { return impl_->services.plugins; }
KeyedRequests& Node::keyed_requests() const { return impl_->keyed_requests; }
std::shared_ptr<host::Store> Node::store() const { return impl_->services.store; }

}  // namespace sluice::cluster
