#include "core/cluster/command_channel.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "core/cluster/command_records.hpp"
#include "core/cluster/random_id.hpp"
#include "core/cluster/state_store.hpp"
#include "core/plugin/log.hpp"

namespace sluice::cluster {
namespace {

using Clock = std::chrono::steady_clock;
using model::Json;

constexpr int kExecutors = 4;
constexpr auto kLook = std::chrono::seconds(1);
/// How much longer than the call a record may live: a caller revokes its lease, a dead one cannot.
constexpr auto kGrace = std::chrono::seconds(10);

Result<std::optional<Entry>> read_one(const StateStore& store, const std::string& key) {
  auto entries = store.range(key);
  if (!entries.ok()) return entries.status();
  for (Entry& entry : *entries) {
    if (entry.key == key) return std::optional<Entry>(std::move(entry));
  }
  return std::optional<Entry>();
}

Error timed_out(const std::string& worker, bool taken) {
  return make_error(38033, "request to dm-worker " + worker + " is timeout",
                    taken ? "the worker has begun with it and may still carry it out"
                          : "the worker has not taken it; it was withdrawn and will not be carried out",
                    taken ? "Look at the state of the subtask before you repeat the request."
                          : "Check that the worker runs, then repeat the request.");
}

}  // namespace

class CommandChannel::Impl {
 public:
  Impl(std::shared_ptr<host::Store> s, std::string n, const std::vector<std::string>& workers, Execute e)
      : store(std::move(s)), node(std::move(n)), execute(std::move(e)) {
    for (const std::string& worker : workers) mine.push_back(request_prefix(worker));
  }

  void loop(const std::stop_token& token);
  void executor(const std::stop_token& token);
  void watch();
  void collect();
  void serve(const Entry& entry);
  Result<Json> wait_for_reply(const std::string& worker, const std::string& id, Clock::time_point deadline,
                              const std::function<bool()>& alive);
  Result<bool> withdraw(const std::string& key);

  StateStore store;
  const std::string node;
  std::vector<std::string> mine;  // prefixes of requests for workers here; fixed
  const Execute execute;

  std::mutex mutex;
  std::condition_variable_any cv;
  bool stopping = false;
  bool watch_lost = true;
  bool look = true;               // requests may have come
  std::deque<Entry> requests;     // read, not taken yet
  std::set<std::string> known;    // keys of those read
  std::set<std::string> awaited;  // ids of calls that wait
  std::set<std::string> arrived;  // awaited ids whose reply has changed
  std::vector<std::jthread> threads;
};

void CommandChannel::Impl::watch() {
  const auto changed = [this](std::string_view key) {
    const std::lock_guard lock(mutex);
    const auto is_below = [&](const std::string& prefix) { return key.substr(0, prefix.size()) == prefix; };
    if (std::any_of(mine.begin(), mine.end(), is_below)) {
      look = true;
    } else if (const std::string id(command_id(key)); awaited.contains(id)) {
      arrived.insert(id);
    } else {
      return;
    }
    cv.notify_all();
  };
  const auto lost = [this] {
    const std::lock_guard lock(mutex);
    watch_lost = true;
    cv.notify_all();
  };
  {
    const std::lock_guard lock(mutex);
    watch_lost = false;
    look = true;
  }
  if (Status watched = store.watch(kCommandRoot, changed, lost); !watched) {
    log::warn("commands cannot be watched; they are looked for every second",
              {{"node", node}, {"error", watched.error().one_line()}});
    const std::lock_guard lock(mutex);
    watch_lost = true;
  }
}

void CommandChannel::Impl::collect() {
  for (const std::string& prefix : mine) {
    auto entries = store.range(prefix);
    if (!entries.ok()) {
      log::warn("commands cannot be read", {{"node", node}, {"error", entries.error().one_line()}});
      return;
    }
    const std::lock_guard lock(mutex);
    for (Entry& entry : *entries) {
      if (known.insert(entry.key).second) requests.push_back(std::move(entry));
    }
    cv.notify_all();
  }
}

void CommandChannel::Impl::loop(const std::stop_token& token) {
  while (!token.stop_requested()) {
    bool again = false;
    {
      std::unique_lock lock(mutex);
      // A lost watch is begun anew at the next look, not at once: the store may be down.
      cv.wait_for(lock, token, kLook, [&] { return look || stopping; });
      if (stopping) return;
      look = false;
      again = watch_lost;
    }
    if (again) watch();
    collect();
  }
}

void CommandChannel::Impl::executor(const std::stop_token& token) {
  while (true) {
    std::optional<Entry> entry;
    {
      std::unique_lock lock(mutex);
      if (!cv.wait(lock, token, [&] { return stopping || !requests.empty(); }) || stopping) return;
      entry = std::move(requests.front());
      requests.pop_front();
    }
    serve(*entry);
    const std::lock_guard lock(mutex);
    known.erase(entry->key);
  }
}

void CommandChannel::Impl::serve(const Entry& entry) {
  const std::string reply = reply_key(std::string(command_id(entry.key)));
  const auto failed = [&](const char* what, const Status& status) {
    log::warn(what,
              {{"node", node}, {"command", std::string(command_id(entry.key))}, {"error", status.error().one_line()}});
  };
  auto request = decode_request(entry.value);
  if (!request.ok()) {
    failed("a command cannot be read and is left to its caller", request.status());
    return;
  }
  // Taken and known as begun at once: whoever comes later, or after a crash, finds no request.
  auto taken = store.commit({{entry.key, entry.mod_revision}, {reply, 0}},
                            {{entry.key, std::nullopt, 0}, {reply, encode_begun(), request->lease}});
  if (!taken.ok()) return failed("a command cannot be taken", taken.status());
  if (!*taken) return;
  Result<Json> outcome = [&]() -> Result<Json> {
    try {
      return execute(request->command);
    } catch (const std::exception& e) {
      return make_error(50000, "internal failure in the command " + request->command.command.kind, e.what());
    }
  }();
  auto told = store.commit({}, {{reply, encode_reply(outcome), request->lease}});
  // The caller has given up and its lease is gone: what was done stays done.
  if (!told.ok()) failed("the reply to a command cannot be given", told.status());
}

Result<bool> CommandChannel::Impl::withdraw(const std::string& key) {
  auto entry = read_one(store, key);
  if (!entry.ok()) return entry.status();
  if (!entry->has_value()) return false;
  return store.commit({{key, (*entry)->mod_revision}}, {{key, std::nullopt, 0}});
}

Result<Json> CommandChannel::Impl::wait_for_reply(const std::string& worker, const std::string& id,
                                                  Clock::time_point deadline, const std::function<bool()>& alive) {
  while (true) {
    auto entry = read_one(store, reply_key(id));
    if (!entry.ok()) return entry.status();
    if (entry->has_value()) {
      auto reply = decode_reply((*entry)->value);
      if (!reply.ok()) return reply.status();
      if (reply->has_value()) return std::move(**reply);
    }
    const bool begun = entry->has_value();
    const auto taken = [&]() -> bool {
      if (begun) return true;
      auto withdrawn = withdraw(request_key(worker, id));
      return !withdrawn.ok() || !*withdrawn;
    };
    {
      std::unique_lock lock(mutex);
      if (!stopping && Clock::now() < deadline) {
        cv.wait_until(lock, std::min(deadline, Clock::now() + kLook), [&] { return stopping || arrived.contains(id); });
        if (arrived.erase(id) > 0) continue;
      }
      if (stopping) {
        lock.unlock();
        return make_error(38008, "request to dm-worker " + worker + " failed: this node shuts down",
                          taken() ? "the worker may carry it out" : "it was withdrawn");
      }
    }
    if (Clock::now() >= deadline) return timed_out(worker, taken());
    if (!alive()) {
      return make_error(38008, "dm-worker " + worker + " is not alive",
                        taken() ? "it went away after it had begun with the request"
                                : "it went away before it took the request, which was withdrawn",
                        "Look at GET /api/v1/cluster/workers.");
    }
  }
}

CommandChannel::CommandChannel(std::shared_ptr<host::Store> store, std::string node,
                               const std::vector<std::string>& workers, Execute execute)
    : impl_(std::make_unique<Impl>(std::move(store), std::move(node), workers, std::move(execute))) {}

CommandChannel::~CommandChannel() {
  stop();
  join();
}

void CommandChannel::start() {
  Impl& impl = *impl_;
  {
    const std::lock_guard lock(impl.mutex);
    impl.stopping = false;
  }
  // Before the first call: its reply must not be missed.
  impl.watch();
  impl.threads.emplace_back([&impl](const std::stop_token& token) { impl.loop(token); });
  for (int i = 0; !impl.mine.empty() && i < kExecutors; ++i) {
    impl.threads.emplace_back([&impl](const std::stop_token& token) { impl.executor(token); });
  }
}

void CommandChannel::stop() {
  const std::lock_guard lock(impl_->mutex);
  impl_->stopping = true;
  impl_->cv.notify_all();
}

void CommandChannel::join() {
  impl_->threads.clear();
  impl_->store.unwatch();
}

Result<Json> CommandChannel::call(const std::string& worker, const SubtaskCommand& command,
                                  std::chrono::milliseconds bound, const std::function<bool()>& alive) {
  Impl& impl = *impl_;
  const auto deadline = Clock::now() + bound;
  auto lease = impl.store.grant((bound + std::chrono::milliseconds(kGrace)).count());
  if (!lease.ok()) return lease.status();
  const std::string id = random_id();
  {
    const std::lock_guard lock(impl.mutex);
    impl.awaited.insert(id);
  }
  const std::string key = request_key(worker, id);
  auto sent = impl.store.commit({{key, 0}}, {{key, encode_request({command, *lease}), *lease}});
  Result<Json> reply = sent.ok() ? impl.wait_for_reply(worker, id, deadline, alive) : Result<Json>(sent.status());
  impl.store.revoke(*lease);  // request and reply go with it
  const std::lock_guard lock(impl.mutex);
  impl.awaited.erase(id);
  impl.arrived.erase(id);
  return reply;
}

}  // namespace sluice::cluster
