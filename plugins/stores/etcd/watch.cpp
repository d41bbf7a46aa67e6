#include "watch.hpp"

#include <vector>

#include "messages.hpp"

namespace sluice::etcd_store {
namespace {

using plugin::Failure;
using plugin::Json;

// A silence as long as this ends the watch, which is then begun anew: the last resort behind the probes of TCP.
constexpr auto kQuiet = std::chrono::hours(1);

}  // namespace

Watch::Watch(Gateway& gateway, const std::string& instance_prefix, std::string_view prefix, int64_t from_revision,
             const plugin::Watcher& watcher)
    : instance_prefix_(instance_prefix), watcher_(watcher) {
  stream_ =
      gateway.open("/v3/watch", watch_body(instance_prefix_ + std::string(prefix), from_revision), kQuiet, &first_);
  thread_ = std::thread([this] { run(); });
}

Watch::~Watch() {
  stop_ = true;
  stream_->cut();
  thread_.join();
}

void Watch::run() noexcept {
  std::string why;
  try {
    Json message = std::move(first_);
    while (report(message, &why)) message = stream_->next();
  } catch (const std::exception& failure) {
    why = failure.what();
  }
  if (stop_) return;
  plugin::guard_silent([&] { watcher_.lost(Failure(why).retryable()); });
}

bool Watch::report(const Json& message, std::string* why) {
  if (const Json* canceled = message.find("canceled"); canceled && canceled->boolean().value_or(false)) {
    const int64_t compacted = number_at(message, "compact_revision");
    const std::string reason = text_at(message, "cancel_reason");
    *why = compacted != 0 ? "the watch asks for a revision that is compacted; read again, then watch anew"
                          : "etcd ended the watch" + (reason.empty() ? std::string() : ": " + reason);
    return false;
  }
  const Json* list = message.find("events");
  if (!list || stop_) return !stop_;
  std::vector<Pair> pairs;
  pairs.reserve(list->items().size());
  std::vector<plugin::WatchEvent> events;
  events.reserve(list->items().size());
  for (const Json& event : list->items()) {
    const Json* kv = event.find("kv");
    if (!kv) throw Failure("etcd reports a change without a key");
    pairs.push_back(pair_of(*kv, instance_prefix_));
    // "PUT", being the zero of its type, is left out.
    events.push_back({text_at(event, "type") == "DELETE", pairs.back().kv()});
  }
  watcher_.events(events);
  return true;
}

}  // namespace sluice::etcd_store
