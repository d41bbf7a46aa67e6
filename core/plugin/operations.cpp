#include "core/plugin/operations.hpp"

#include <algorithm>
#include <condition_variable>
#include <utility>

#include "core/model/json.hpp"
#include "core/plugin/log.hpp"
#include "sluice/host/operations.hpp"

namespace sluice::plugin {
namespace {

/// An operation that leaves that many requests without an answer is not called again: each costs memory for good.
constexpr int kMostUnanswered = 100;

std::string named(const PluginOperation& operation) {
  return "operation `" + operation.id + "` of the instance `" + operation.instance + "`";
}

Error misbehaved(const PluginOperation& operation, const std::string& how) {
  return make_error(50000, named(operation) + " " + how, "",
                    "report this to the author of the plugin; what the operation was to do may be done");
}

bool is_json(std::string_view type) { return type.substr(0, type.find(';')) == "application/json"; }

/// It becomes a header of the reply.
bool is_media_type(std::string_view type) {
  const bool printable = std::all_of(type.begin(), type.end(), [](char c) { return c >= 0x20 && c <= 0x7E; });
  return printable && type.size() <= 200 && type.find('/') != std::string_view::npos;
}

/// What is wrong with an answer; "" = nothing.
std::string problem_of(const PluginReply& reply) {
  const bool success = reply.status >= 200 && reply.status <= 299;
  if (!success && !(reply.status >= 400 && reply.status <= 599)) {
    return "answered with the status " + std::to_string(reply.status) + "; 200 to 299 or 400 to 599 is expected";
  }
  if (reply.body.empty()) return {};
  if (reply.status == 204) return "answered with a body and the status 204, which has none";
  if (!is_media_type(reply.content_type)) return "answered with a body whose content type cannot be sent";
  if (!is_json(reply.content_type)) return {};
  const auto json = model::parse_json(reply.body);
  return json.ok() ? std::string() : "answered with a body that is no JSON: " + json.error().message;
}

}  // namespace

struct PluginOperations::Entry {
  PluginOperation operation;
  std::string shape;
  const void* owner = nullptr;
  void* self = nullptr;
  decltype(sluice_operation_handler::handle) handle = nullptr;
  bool published = false;
  int running = 0;
  int unanswered = 0;
  std::condition_variable idle;
};

/// Where a handler puts its answer.
struct PluginOperations::Answer {
  Answer() {
    sink.self = this;
    sink.done = [](void* self, int32_t status, sluice_str type, sluice_str body) noexcept {
      static_cast<Answer*>(self)->take(status, type, body);
    };
  }
  void take(int32_t status, sluice_str type, sluice_str body) noexcept {
    const std::lock_guard lock(mutex);
    if (closed || ++times > 1) return;
    try {
      reply = {status, std::string(view(type)), std::string(view(body))};
      if (reply.content_type.empty()) reply.content_type = "application/json";
    } catch (...) {  // out of memory
      lost = true;
    }
  }

  std::mutex mutex;
  sluice_reply_sink sink = make_sized<sluice_reply_sink>();
  PluginReply reply;
  int times = 0;
  bool lost = false;
  bool closed = false;
};

PluginOperations::PluginOperations() = default;
PluginOperations::~PluginOperations() = default;

Status PluginOperations::add(const void* owner, const std::string& instance, const sluice_operation_handler& handler) {
  const sluice_operation_handler given = copy_sized(&handler);
  const sluice_operation described = copy_sized(&given.operation);
  auto entry = std::make_shared<Entry>();
  entry->operation = {instance, std::string(view(described.id)), std::string(view(described.method)),
                      std::string(view(described.path)), std::string(view(described.summary))};
  const PluginOperation& operation = entry->operation;
  const auto refused = [&](const std::string& why, const char* remedy) {
    return make_error(50000, named(operation) + ": " + why, "", remedy);
  };
  if (const std::string why = host::operation_problem(described); !why.empty()) return refused(why, "");
  if (!given.handle) return refused("it has no handler", "");
  entry->shape = host::operation_shape(operation.method, operation.path);
  entry->owner = owner;
  entry->self = given.self;
  entry->handle = given.handle;
  const std::lock_guard lock(mutex_);
  for (const auto& other : entries_) {
    if (other->owner != owner) continue;
    if (other->operation.id == operation.id) {
      return refused("an operation of this id is there already", "choose another id");
    }
    if (other->shape == entry->shape) {
      return refused("`" + other->operation.id + "` has this method and path already", "choose another path");
    }
  }
  entries_.push_back(std::move(entry));
  return {};
}

void PluginOperations::publish(const void* owner) {
  const std::lock_guard lock(mutex_);
  for (const auto& entry : entries_) {
    if (entry->owner != owner || entry->published) continue;
    entry->published = true;
    ++revision_;
  }
}

void PluginOperations::remove(const void* owner) {
  std::unique_lock lock(mutex_);
  std::vector<std::shared_ptr<Entry>> gone;
  std::copy_if(entries_.begin(), entries_.end(), std::back_inserter(gone),
               [owner](const auto& entry) { return entry->owner == owner; });
  if (gone.empty()) return;
  std::erase_if(entries_, [owner](const auto& entry) { return entry->owner == owner; });
  ++revision_;
  for (const auto& entry : gone) {
    while (!entry->idle.wait_for(lock, std::chrono::seconds(5), [&] { return entry->running == 0; })) {
      log::warn("An instance cannot be closed while a request is in it",
                {{"instance", entry->operation.instance}, {"operation", entry->operation.id}});
    }
  }
}

std::vector<PluginOperation> PluginOperations::list() const {
  const std::lock_guard lock(mutex_);
  std::vector<PluginOperation> all;
  for (const auto& entry : entries_) {
    const auto same = [&](const PluginOperation& other) {
      return other.instance == entry->operation.instance &&
             (other.id == entry->operation.id || host::operation_shape(other.method, other.path) == entry->shape);
    };
    if (entry->published && std::none_of(all.begin(), all.end(), same)) all.push_back(entry->operation);
  }
  return all;
}

uint64_t PluginOperations::revision() const {
  const std::lock_guard lock(mutex_);
  return revision_;
}

std::shared_ptr<PluginOperations::Entry> PluginOperations::begin(const std::string& instance, const std::string& id,
                                                                 bool& off) {
  const std::lock_guard lock(mutex_);
  for (const auto& entry : entries_) {
    if (!entry->published || entry->operation.instance != instance || entry->operation.id != id) continue;
    ++entry->running;
    off = entry->unanswered >= kMostUnanswered;
    return entry;
  }
  return nullptr;
}

void PluginOperations::end(Entry& entry, std::unique_ptr<Answer> unanswered) {
  const std::lock_guard lock(mutex_);
  if (unanswered) {
    ++entry.unanswered;
    unanswered_.push_back(std::move(unanswered));
  }
  if (--entry.running == 0) entry.idle.notify_all();
}

Result<PluginReply> PluginOperations::run(const std::string& instance, const std::string& id,
                                          const sluice_request& request) {
  auto answer = std::make_unique<Answer>();
  bool off = false;
  const std::shared_ptr<Entry> entry = begin(instance, id, off);
  if (!entry) {
    return make_error(49001, "the instance `" + instance + "` has no operation `" + id + "` now", "",
                      "GET /plugins lists the instances of this node and their operations");
  }
  // Once in the handler it is the plugin's thread of control; the instance stays until `end`.
  if (!off) entry->handle(entry->self, &request, &answer->sink);
  int times = 0;
  bool lost = false;
  PluginReply reply;
  {
    const std::lock_guard lock(answer->mutex);
    answer->closed = true;
    times = answer->times;
    lost = answer->lost;
    reply = std::move(answer->reply);
  }
  end(*entry, times == 0 && !off ? std::move(answer) : nullptr);
  const PluginOperation& operation = entry->operation;
  if (off) return misbehaved(operation, "has left too many requests without an answer and is not called any more");
  if (times == 0) return misbehaved(operation, "returned without an answer");
  if (times > 1) return misbehaved(operation, "answered " + std::to_string(times) + " times");
  if (lost) return make_error(50000, named(operation) + ": no memory is left for its answer");
  if (const std::string why = problem_of(reply); !why.empty()) return misbehaved(operation, why);
  return reply;
}

}  // namespace sluice::plugin
