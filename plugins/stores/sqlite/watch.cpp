#include "watch.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace sluice::sqlite_store {
namespace {

// So many revisions are read at once: bounds the memory of a watch that begins far back.
constexpr int64_t kPortion = 500;

}  // namespace

Watch::Watch(std::shared_ptr<State> state, std::string_view prefix, int64_t next, const plugin::Watcher& watcher)
    : state_(std::move(state)), prefix_(prefix), next_(next), watcher_(watcher), thread_([this] { run(); }) {}

Watch::~Watch() {
  {
    const std::lock_guard lock(state_->mutex);
    stop_ = true;
  }
  state_->changed.notify_all();
  thread_.join();
}

bool Watch::next_changes(std::vector<Record>* fresh, std::string* why) {
  std::unique_lock lock(state_->mutex);
  state_->changed.wait(lock, [&] { return stop_ || state_->closed || next_ <= state_->revision(); });
  if (stop_) return false;
  if (state_->closed) {
    *why = "the store was closed";
    return false;
  }
  if (next_ <= state_->compacted()) {
    *why = "revision " + std::to_string(next_) + " is compacted (up to " + std::to_string(state_->compacted()) +
           "); read again, then watch anew";
    return false;
  }
  const int64_t last = std::min(state_->revision(), next_ + kPortion - 1);
  *fresh = state_->changes(prefix_, next_, last);
  next_ = last + 1;
  return true;
}

void Watch::run() noexcept {
  std::string why;
  plugin::guard_silent([&] {
    try {
      std::vector<Record> fresh;
      while (next_changes(&fresh, &why)) {
        if (!fresh.empty()) report(fresh);
        fresh.clear();
      }
    } catch (const std::exception& error) {
      why = error.what();
    }
    if (!why.empty()) watcher_.lost(plugin::Failure(why).retryable());
  });
}

void Watch::report(const std::vector<Record>& fresh) const {
  std::vector<plugin::WatchEvent> events;
  events.reserve(fresh.size());
  for (const auto& record : fresh) events.push_back({record.deleted, record.kv()});
  watcher_.events(events);
}

}  // namespace sluice::sqlite_store
