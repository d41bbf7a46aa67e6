#include <chrono>
#include <cstddef>
#include <cstring>
#include <mutex>
#include <string>

#include "library.hpp"

namespace sluice::testkit {

namespace {

/// A table with room behind it, which a newer host might use.
template <typename T>
struct Roomy {
  T table = make_sized<T>();
  unsigned char behind[64];
  void shape(TestHost::Shape shape, size_t short_size) {
    std::memset(behind, 0xEE, sizeof behind);
    if (shape == TestHost::Shape::kShort) table.struct_size = static_cast<uint32_t>(short_size);
    if (shape == TestHost::Shape::kLong) table.struct_size = sizeof table + sizeof behind;
  }
};

struct Route {
  const char *id, *method, *path;
};
constexpr Route kRoutes[] = {{"createSource", "POST", "/sources"},
                             {"getSourceList", "GET", "/sources"},
                             {"getSource", "GET", "/sources/{source-name}"},
                             {"deleteSource", "DELETE", "/sources/{source-name}"}};

}  // namespace

struct TestHost::Tables {
  Roomy<sluice_host> host;
  Roomy<sluice_host_log> log;
  Roomy<sluice_host_metrics> metrics;
  Roomy<sluice_host_clock> clock;
  Roomy<sluice_host_secrets> secrets;
  Roomy<sluice_host_operations> operations;
  Roomy<sluice_host_api> api;
  bool bare = false;
  mutable std::mutex mutex;
  int dispatched = 0;
  std::string last_operation;
  std::vector<AddedOperation> added;

  static const void* service(void* self, const char* id) noexcept;
  void fill_small();
  void fill_api();
};

const void* TestHost::Tables::service(void* self, const char* id) noexcept {
  auto& t = *static_cast<Tables*>(self);
  if (t.bare || !id) return nullptr;
  const std::string_view name = id;
  if (name == SLUICE_LOG_SERVICE) return &t.log.table;
  if (name == SLUICE_METRICS_SERVICE) return &t.metrics.table;
  if (name == SLUICE_CLOCK_SERVICE) return &t.clock.table;
  if (name == SLUICE_SECRETS_SERVICE) return &t.secrets.table;
  if (name == SLUICE_OPERATIONS_SERVICE) return &t.operations.table;
  if (name == SLUICE_API_SERVICE) return &t.api.table;
  return nullptr;
}

void TestHost::Tables::fill_small() {
  log.table.enabled = [](void*, int32_t) noexcept -> uint8_t { return 1; };
  log.table.write = [](void*, const void*, int32_t, sluice_str, const sluice_log_field*, size_t) noexcept {};
  metrics.table.counter_add = [](void*, sluice_str, const sluice_label*, size_t, double) noexcept {};
  metrics.table.gauge_set = metrics.table.counter_add;
  clock.table.wall_us = [](void*) noexcept -> int64_t {
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
  };
  clock.table.monotonic_us = [](void*) noexcept -> int64_t {
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
  };
  secrets.table.reveal = [](void*, sluice_str text, const sluice_writer* out, sluice_error*) noexcept -> sluice_status {
    return out->write(out->self, text.data, text.len) == 0 ? SLUICE_OK : SLUICE_CANCELLED;
  };
  operations.table.self = this;
  operations.table.add = [](void* self, const void* instance, const sluice_operation_handler* handler,
                            sluice_error*) noexcept -> sluice_status {
    auto& t = *static_cast<Tables*>(self);
    const std::lock_guard<std::mutex> lock(t.mutex);
    t.added.push_back({instance, copy_sized(handler)});
    return SLUICE_OK;
  };
}

void TestHost::Tables::fill_api() {
  api.table.self = this;
  api.table.operation_count = [](void*) noexcept { return std::size(kRoutes); };
  api.table.operation = [](void*, size_t index, sluice_operation* out) noexcept -> sluice_status {
    if (index >= std::size(kRoutes)) return SLUICE_FAILED;
    auto op = make_sized<sluice_operation>();
    op.id = to_str(kRoutes[index].id);
    op.method = to_str(kRoutes[index].method);
    op.path = to_str(kRoutes[index].path);
    op.summary = to_str("an operation of the conformance host");
    write_sized(out, op);
    return SLUICE_OK;
  };
  api.table.dispatch = [](void* self, const sluice_request* request, const sluice_reply_sink* reply) noexcept {
    auto& t = *static_cast<Tables*>(self);
    {
      const std::lock_guard<std::mutex> lock(t.mutex);
      ++t.dispatched;
      t.last_operation = view(request->operation);
    }
    reply->done(reply->self, 200, to_str("application/json"), to_str("{\"answered-by\":\"conformance\"}"));
  };
  api.table.refuse = [](void*, sluice_str, int32_t status, int32_t, sluice_str,
                        const sluice_reply_sink* reply) noexcept {
    reply->done(reply->self, status, to_str("application/json"), to_str("{\"error_msg\":\"refused\"}"));
  };
  api.table.operations_revision = [](void*) noexcept -> uint64_t { return 1; };
}

TestHost::TestHost(Shape shape) : tables_(std::make_unique<Tables>()) {
  Tables& t = *tables_;
  t.bare = shape == Shape::kBare;
  sluice_host& host = t.host.table;
  host.abi_major = SLUICE_ABI_MAJOR;
  host.abi_minor = SLUICE_ABI_MINOR + (shape == Shape::kLong ? 1 : 0);
  host.name = to_str("sluice-plugin-check");
  host.version = to_str("1.0");
  host.self = &t;
  host.get_service = &Tables::service;
  t.fill_small();
  t.fill_api();
  t.host.shape(shape == Shape::kShort ? Shape::kUsual : shape, 0);
  t.log.shape(shape, offsetof(sluice_host_log, write));
  t.metrics.shape(shape, offsetof(sluice_host_metrics, gauge_set));
  t.clock.shape(shape, offsetof(sluice_host_clock, monotonic_us));
  t.secrets.shape(shape, offsetof(sluice_host_secrets, reveal));
  t.operations.shape(shape, offsetof(sluice_host_operations, add));
  t.api.shape(shape, offsetof(sluice_host_api, refuse));
}

TestHost::~TestHost() = default;
const sluice_host* TestHost::raw() const { return &tables_->host.table; }
int TestHost::dispatched() const {
  const std::lock_guard<std::mutex> lock(tables_->mutex);
  return tables_->dispatched;
}
std::vector<TestHost::AddedOperation> TestHost::operations() const {
  const std::lock_guard<std::mutex> lock(tables_->mutex);
  return tables_->added;
}
std::string TestHost::last_operation() const {
  const std::lock_guard<std::mutex> lock(tables_->mutex);
  return tables_->last_operation;
}

}  // namespace sluice::testkit
