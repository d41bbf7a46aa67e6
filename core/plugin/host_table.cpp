#include "core/plugin/host_table.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <tuple>
#include <vector>

#include "core/plugin/errors.hpp"
#include "core/plugin/log.hpp"
#include "sluice/common/text.hpp"

namespace sluice::plugin {
namespace {

thread_local HostTable::Creating* creating_now = nullptr;

Metrics::Labels to_labels(const sluice_label* labels, size_t count) {
  Metrics::Labels out;
  for (size_t i = 0; labels && i < count; ++i) out.emplace_back(view(labels[i].name), view(labels[i].value));
  return out;
}

log::Level to_level(int32_t level) {
  if (level <= SLUICE_LOG_TRACE) return log::Level::Trace;
  if (level >= SLUICE_LOG_ERROR) return log::Level::Error;
  return static_cast<log::Level>(level);
}

/// "sink/mysql/target1"
std::string label(const InstanceInfo& info) { return info.kind + "/" + info.plugin + "/" + info.name; }

void no_api(const sluice_reply_sink* reply) {
  const sluice_reply_sink out = copy_sized(reply);
  constexpr std::string_view kBody =
      R"({"error_msg":"[code=38043:class=dm-master:scope=internal:level=high], Message: this node does not serve the API now, Workaround: wait until it has started, or ask another master","error_code":38043})";
  if (out.done) out.done(out.self, 400, to_str("application/json; charset=utf-8"), to_str(kBody));
}

}  // namespace

HostTable::Creating::Creating(HostTable& host, const std::string& kind, const std::string& id,
                              const std::string& instance)
    : host_(host), label_(kind + "/" + id + "/" + instance), instance_(instance), outer_(creating_now) {
  creating_now = this;
}
HostTable::Creating::~Creating() {
  creating_now = outer_;
  for (const void* owner : owners_) {
    if (owner != kept_) host_.operations_.remove(owner);
  }
}

HostTable::HostTable(std::string name, std::string version, std::shared_ptr<Metrics> metrics, SecretOpener open_secret)
    : name_(std::move(name)),
      version_(std::move(version)),
      metrics_(std::move(metrics)),
      open_secret_(std::move(open_secret)) {
  host_ = make_sized<sluice_host>();
  host_.abi_major = SLUICE_ABI_MAJOR;
  host_.abi_minor = SLUICE_ABI_MINOR;
  host_.name = to_str(name_);
  host_.version = to_str(version_);
  host_.self = this;
  host_.get_service = &HostTable::get_service;
  fill_log();
  fill_metrics();
  fill_clock();
  fill_secrets();
  fill_operations();
  fill_api();
}

const void* HostTable::get_service(void* self, const char* id) noexcept {
  const auto* host = static_cast<const HostTable*>(self);
  if (!id) return nullptr;
  if (std::strcmp(id, SLUICE_LOG_SERVICE) == 0) return &host->log_table_;
  if (std::strcmp(id, SLUICE_METRICS_SERVICE) == 0) return &host->metrics_table_;
  if (std::strcmp(id, SLUICE_CLOCK_SERVICE) == 0) return &host->clock_table_;
  if (std::strcmp(id, SLUICE_SECRETS_SERVICE) == 0) return &host->secrets_table_;
  if (std::strcmp(id, SLUICE_OPERATIONS_SERVICE) == 0) return &host->operations_table_;
  if (std::strcmp(id, SLUICE_API_SERVICE) == 0) return &host->api_table_;
  return nullptr;
}

void HostTable::remember(const void* instance, InstanceInfo info) {
  {
    const std::lock_guard lock(mutex_);
    instances_[instance] = std::move(info);
  }
  operations_.publish(instance);
}

void HostTable::forget(const void* instance) {
  operations_.remove(instance);
  const std::lock_guard lock(mutex_);
  instances_.erase(instance);
}

std::vector<InstanceInfo> HostTable::instances() const {
  std::vector<InstanceInfo> all;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [instance, info] : instances_) all.push_back(info);
  }
  std::sort(all.begin(), all.end(), [](const InstanceInfo& a, const InstanceInfo& b) {
    return std::tie(a.created, a.name) < std::tie(b.created, b.name);
  });
  return all;
}

std::string HostTable::label_of(const void* instance) const {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = instances_.find(instance); found != instances_.end()) return label(found->second);
  }
  return creating_now ? creating_now->label_ : std::string();
}

void HostTable::fill_log() {
  log_table_ = make_sized<sluice_host_log>();
  log_table_.self = this;
  log_table_.enabled = [](void*, int32_t level) noexcept -> uint8_t { return log::enabled(to_level(level)) ? 1 : 0; };
  log_table_.write = [](void* self, const void* instance, int32_t level, sluice_str message,
                        const sluice_log_field* fields, size_t count) noexcept {
    try {
      if (!log::enabled(to_level(level))) return;
      std::vector<log::Field> all;
      if (auto label = static_cast<HostTable*>(self)->label_of(instance); !label.empty()) {
        all.push_back({"plugin", std::move(label)});
      }
      for (size_t i = 0; fields && i < count; ++i) {
        all.push_back({fields[i].key ? fields[i].key : "?", std::string(view(fields[i].value))});
      }
      log::write(to_level(level), view(message), all.data(), all.size());
    } catch (...) {  // out of memory: this line is lost, the plugin goes on
    }
  };
}

void HostTable::fill_metrics() {
  metrics_table_ = make_sized<sluice_host_metrics>();
  metrics_table_.self = this;
  metrics_table_.counter_add = [](void* self, sluice_str name, const sluice_label* labels, size_t count,
                                  double by) noexcept {
    try {
      static_cast<HostTable*>(self)->metrics_->counter_add(view(name), to_labels(labels, count), by);
    } catch (...) {
    }
  };
  metrics_table_.gauge_set = [](void* self, sluice_str name, const sluice_label* labels, size_t count,
                                double to) noexcept {
    try {
      static_cast<HostTable*>(self)->metrics_->gauge_set(view(name), to_labels(labels, count), to);
    } catch (...) {
    }
  };
}

void HostTable::fill_clock() {
  using std::chrono::duration_cast;
  using std::chrono::microseconds;
  clock_table_ = make_sized<sluice_host_clock>();
  clock_table_.self = this;
  clock_table_.wall_us = [](void*) noexcept -> int64_t {
    return duration_cast<microseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  };
  clock_table_.monotonic_us = [](void*) noexcept -> int64_t {
    return duration_cast<microseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
  };
}

void HostTable::fill_secrets() {
  secrets_table_ = make_sized<sluice_host_secrets>();
  secrets_table_.self = this;
  secrets_table_.reveal = [](void* self, sluice_str text, const sluice_writer* out,
                             sluice_error* error) noexcept -> sluice_status {
    try {
      const auto* host = static_cast<const HostTable*>(self);
      auto plain = host->open_secret_(std::string(view(text)));
      if (!plain) {
        fill_error(error, plain.error());
        return SLUICE_FAILED;
      }
      const sluice_writer writer = copy_sized(out);
      if (!writer.write || writer.write(writer.self, plain->data(), plain->size()) != 0) {
        fill_error(error, make_error(20010, "the receiver of a secret took no more"));
        return SLUICE_CANCELLED;
      }
      return SLUICE_OK;
    } catch (...) {
      fill_error(error, Error{});
      return SLUICE_FAILED;
    }
  };
}

void HostTable::fill_operations() {
  operations_table_ = make_sized<sluice_host_operations>();
  operations_table_.self = this;
  operations_table_.add = [](void* self, const void* instance, const sluice_operation_handler* handler,
                             sluice_error* error) noexcept -> sluice_status {
    try {
      Status status;
      if (!creating_now || !instance || !handler) {
        status = make_error(50000, "operations can be added only from within create, with the instance and a handler");
      } else {
        status = static_cast<HostTable*>(self)->operations_.add(instance, creating_now->instance_, *handler);
        if (status) creating_now->owners_.push_back(instance);
      }
      if (status) return SLUICE_OK;
      fill_error(error, status.error());
    } catch (...) {
      fill_error(error, Error{});
    }
    return SLUICE_FAILED;
  };
}

// Plugins fetch the table in init, before the API exists: this one stands in front of it and stays.
void HostTable::fill_api() {
  api_table_ = make_sized<sluice_host_api>();
  api_table_.self = this;
  api_table_.operation_count = [](void* self) noexcept -> size_t {
    const auto* api = static_cast<const HostTable*>(self)->real_api_.load();
    return api ? api->operation_count(api->self) : 0;
  };
  api_table_.operation = [](void* self, size_t index, sluice_operation* out) noexcept -> sluice_status {
    const auto* api = static_cast<const HostTable*>(self)->real_api_.load();
    return api ? api->operation(api->self, index, out) : SLUICE_FAILED;
  };
  api_table_.dispatch = [](void* self, const sluice_request* request, const sluice_reply_sink* reply) noexcept {
    const auto* api = static_cast<const HostTable*>(self)->real_api_.load();
    api ? api->dispatch(api->self, request, reply) : no_api(reply);
  };
  api_table_.refuse = [](void* self, sluice_str dialect, int32_t status, int32_t number, sluice_str message,
                         const sluice_reply_sink* reply) noexcept {
    const auto* api = static_cast<const HostTable*>(self)->real_api_.load();
    api ? api->refuse(api->self, dialect, status, number, message, reply) : no_api(reply);
  };
  api_table_.operations_revision = [](void* self) noexcept -> uint64_t {
    const auto* api = static_cast<const HostTable*>(self)->real_api_.load();
    return api && api->operations_revision ? api->operations_revision(api->self) : 0;
  };
}

}  // namespace sluice::plugin
