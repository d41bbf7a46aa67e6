#pragma once

#include <deque>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sluice/abi/host.h"
#include "sluice/abi/plugin.h"
#include "sluice/plugin/config.hpp"
#include "sluice/plugin/failure.hpp"

namespace sluice::plugin {

/// What the host offers to this library; set by init, empty after deinit. Services that the host lacks do nothing.
/// Everything here may be called from any thread between init and deinit.
class Host {
 public:
  static const Host& get() { return current(); }

  std::string_view name() const { return view(host_.name); }
  std::string_view version() const { return view(host_.version); }
  uint32_t abi_minor() const { return host_.abi_minor; }
  /// A service by its revisioned id; null when it is not offered.
  const void* service(const char* id) const { return host_.get_service ? host_.get_service(host_.self, id) : nullptr; }

  const sluice_host_log& log() const { return log_; }
  const sluice_host_operations& operations() const { return operations_; }
  const sluice_host_api& api() const { return api_; }

  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;
  void counter_add(std::string_view series, double by, Labels labels = {}) const {
    if (metrics_.counter_add)
      with_labels(labels, [&](const sluice_label* l, size_t n) {
        metrics_.counter_add(metrics_.self, to_str(series), l, n, by);
      });
  }
  void gauge_set(std::string_view series, double to, Labels labels = {}) const {
    if (metrics_.gauge_set)
      with_labels(labels, [&](const sluice_label* l, size_t n) {
        metrics_.gauge_set(metrics_.self, to_str(series), l, n, to);
      });
  }
  /// Microseconds since the epoch, UTC, by the host's clock (which tests may steer).
  int64_t wall_us() const {
    return clock_.wall_us ? clock_.wall_us(clock_.self) : since_epoch<std::chrono::system_clock>();
  }
  int64_t monotonic_us() const {
    return clock_.monotonic_us ? clock_.monotonic_us(clock_.self) : since_epoch<std::chrono::steady_clock>();
  }
  /// Opens an encrypted secret; plain text comes back as it is. Throws Failure.
  std::string reveal(std::string_view secret) const;

  /// For the export macro only. [load]
  static void attach(const sluice_host* host) { current() = Host(host); }
  static void detach() { current() = Host(); }

 private:
  Host() = default;
  explicit Host(const sluice_host* host);
  static Host& current() {
    static Host host;
    return host;
  }
  template <typename Clock>
  static int64_t since_epoch() {
    return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now().time_since_epoch()).count();
  }
  template <typename Call>
  static void with_labels(Labels labels, Call&& call) {
    constexpr size_t kMost = 16;
    sluice_label raw[kMost];
    size_t count = 0;
    for (const auto& [name, value] : labels) {
      if (count < kMost) raw[count++] = {to_str(name), to_str(value)};
    }
    call(raw, count);
  }
  template <typename Table>
  void fetch(const char* id, Table& table) const {
    table = copy_sized(static_cast<const Table*>(service(id)));
  }

  sluice_host host_{};
  sluice_host_log log_{};
  sluice_host_metrics metrics_{};
  sluice_host_clock clock_{};
  sluice_host_secrets secrets_{};
  sluice_host_operations operations_{};
  sluice_host_api api_{};
};

inline Host::Host(const sluice_host* host) : host_(copy_sized(host)) {
  if (host_.abi_major != SLUICE_ABI_MAJOR) {
    throw Failure("the plugin needs ABI major " + std::to_string(SLUICE_ABI_MAJOR) + ", the host has " +
                  std::to_string(host_.abi_major));
  }
  fetch(SLUICE_LOG_SERVICE, log_);
  fetch(SLUICE_METRICS_SERVICE, metrics_);
  fetch(SLUICE_CLOCK_SERVICE, clock_);
  fetch(SLUICE_SECRETS_SERVICE, secrets_);
  fetch(SLUICE_OPERATIONS_SERVICE, operations_);
  fetch(SLUICE_API_SERVICE, api_);
}

/// A sluice_writer that collects into a string.
class StringWriter {
 public:
  StringWriter() : raw_(make_sized<sluice_writer>()) {
    raw_.self = this;
    raw_.write = [](void* self, const char* data, size_t len) noexcept -> int32_t {
      try {
        static_cast<StringWriter*>(self)->text_.append(data, len);
        return 0;
      } catch (...) {
        return 1;
      }
    };
  }
  StringWriter(const StringWriter&) = delete;
  StringWriter& operator=(const StringWriter&) = delete;
  const sluice_writer* raw() const { return &raw_; }
  std::string take() { return std::move(text_); }

 private:
  sluice_writer raw_;
  std::string text_;
};

inline std::string Host::reveal(std::string_view secret) const {
  if (!secrets_.reveal) return std::string(secret);
  StringWriter out;
  auto error = make_sized<sluice_error>();
  const sluice_status status = secrets_.reveal(secrets_.self, to_str(secret), out.raw(), &error);
  if (status != SLUICE_OK) throw Failure(status, error);
  return out.take();
}

/// Speaks for one instance in the host's log. Ask `enabled` before building an expensive message. Keys of fields
/// must be literals; never log secrets or row values.
class Log {
 public:
  using Field = std::pair<const char*, std::string_view>;
  using Fields = std::initializer_list<Field>;

  Log() = default;
  explicit Log(const Config& config) : instance_(config.instance()) {}

  bool enabled(int32_t level) const {
    const sluice_host_log& log = Host::get().log();
    return log.write && (!log.enabled || log.enabled(log.self, level) != 0);
  }
  void debug(std::string_view message, Fields fields = {}) const { write(SLUICE_LOG_DEBUG, message, fields); }
  void info(std::string_view message, Fields fields = {}) const { write(SLUICE_LOG_INFO, message, fields); }
  void warn(std::string_view message, Fields fields = {}) const { write(SLUICE_LOG_WARN, message, fields); }
  void error(std::string_view message, Fields fields = {}) const { write(SLUICE_LOG_ERROR, message, fields); }
  void write(int32_t level, std::string_view message, Fields fields = {}) const {
    if (!enabled(level)) return;
    constexpr size_t kMost = 16;
    sluice_log_field raw[kMost];
    size_t count = 0;
    for (const auto& [key, value] : fields) {
      if (count < kMost) raw[count++] = {key, to_str(value)};
    }
    const sluice_host_log& log = Host::get().log();
    log.write(log.self, instance_, level, to_str(message), raw, count);
  }

 private:
  const sluice_instance* instance_ = nullptr;
};

using Params = std::vector<std::pair<std::string, std::string>>;

/// A request to an operation, as a transport builds it and a handler sees it.
struct Request {
  std::string operation;
  std::string dialect = "docs";
  Params path_params;
  Params query;
  std::string body;
  std::string identity;
  std::string idempotency_key{};  ///< "" = none

  /// The first value of that name, or empty.
  static std::string_view value(const Params& params, std::string_view name) {
    for (const auto& [key, text] : params) {
      if (key == name) return text;
    }
    return {};
  }
};

struct Reply {
  int32_t status = 0;
  std::string content_type = "application/json";
  std::string body;
  Params headers{};  ///< what the host says beside it; of a handler's reply they are not sent
};

/// The host's API as transports see it. Copyable; usable from any thread between init and deinit.
class Api {
 public:
  struct Operation {
    std::string_view id, method, path, summary;
    uint32_t flags;
  };
  bool offered() const { return raw().dispatch != nullptr; }
  std::vector<Operation> operations() const;
  /// Runs an operation; blocks as long as it does. A host that does not answer gives status 500.
  Reply dispatch(const Request& request) const;
  /// An error body of the dialect, for what a transport refuses by itself.
  Reply refuse(std::string_view dialect, int32_t status, int32_t number, std::string_view message) const;

 private:
  static const sluice_host_api& raw() { return Host::get().api(); }
  struct Catcher;
};

struct Api::Catcher {
  Reply reply{500, "application/json", ""};
  sluice_reply_sink raw = make_sized<sluice_reply_sink>();
  Catcher() {
    raw.self = this;
    raw.done = [](void* self, int32_t status, sluice_str type, sluice_str body) noexcept {
      guard_silent([&] {
        Reply& out = static_cast<Catcher*>(self)->reply;
        out = Reply{status, std::string(view(type)), std::string(view(body)), std::move(out.headers)};
      });
    };
    raw.header = [](void* self, sluice_str name, sluice_str value) noexcept {
      guard_silent([&] { static_cast<Catcher*>(self)->reply.headers.emplace_back(view(name), view(value)); });
    };
  }
  Catcher(const Catcher&) = delete;
  Catcher& operator=(const Catcher&) = delete;
};

inline std::vector<Api::Operation> Api::operations() const {
  std::vector<Operation> all;
  if (!raw().operation_count || !raw().operation) return all;
  const size_t count = raw().operation_count(raw().self);
  for (size_t i = 0; i < count; ++i) {
    auto one = make_sized<sluice_operation>();
    if (raw().operation(raw().self, i, &one) != SLUICE_OK) break;
    all.push_back({view(one.id), view(one.method), view(one.path), view(one.summary), one.flags});
  }
  return all;
}

inline Reply Api::dispatch(const Request& request) const {
  Catcher catcher;
  if (!offered()) return catcher.reply;
  const auto flat = [](const Params& params) {
    std::vector<sluice_param> out;
    for (const auto& [name, value] : params) out.push_back({to_str(name), to_str(value)});
    return out;
  };
  const auto path_params = flat(request.path_params);
  const auto query = flat(request.query);
  auto in = make_sized<sluice_request>();
  in.operation = to_str(request.operation);
  in.dialect = to_str(request.dialect);
  in.path_params = path_params.data();
  in.path_param_count = path_params.size();
  in.query = query.data();
  in.query_count = query.size();
  in.body = to_bytes(request.body);
  in.identity = to_str(request.identity);
  in.idempotency_key = to_str(request.idempotency_key);
  raw().dispatch(raw().self, &in, &catcher.raw);
  return std::move(catcher.reply);
}

inline Reply Api::refuse(std::string_view dialect, int32_t status, int32_t number, std::string_view message) const {
  Catcher catcher;
  catcher.reply.status = status;
  if (raw().refuse) raw().refuse(raw().self, to_str(dialect), status, number, to_str(message), &catcher.raw);
  return std::move(catcher.reply);
}

/// Operations that an instance adds to the API, below /plugins/{instance name}. A member of the author's class, the
/// last one, since handlers may use the others; `add` only from its constructor. Handlers run on any thread,
/// concurrently, from when the constructor has returned until before the destructor begins. What they throw is answered
/// as an error (400).
class Operations {
 public:
  using Handler = std::function<Reply(const Request&)>;
  explicit Operations(const Config& config) : instance_(config.instance()) {}
  Operations(const Operations&) = delete;
  Operations& operator=(const Operations&) = delete;

  /// Texts must be literals. Throws Failure when the host refuses; does nothing when it has no such service.
  void add(const char* id, const char* method, const char* path, const char* summary, Handler handler);

 private:
  static void handle(void* self, const sluice_request* request, const sluice_reply_sink* reply) noexcept;
  const sluice_instance* instance_;
  std::deque<Handler> handlers_;
};

inline void Operations::add(const char* id, const char* method, const char* path, const char* summary,
                            Handler handler) {
  const sluice_host_operations& host = Host::get().operations();
  if (!host.add) return;
  handlers_.push_back(std::move(handler));
  auto raw = make_sized<sluice_operation_handler>();
  raw.operation = make_sized<sluice_operation>();
  raw.operation.flags = SLUICE_OPERATION_EXTENSION;
  raw.operation.id = to_str(id);
  raw.operation.method = to_str(method);
  raw.operation.path = to_str(path);
  raw.operation.summary = to_str(summary);
  raw.self = &handlers_.back();
  raw.handle = &Operations::handle;
  auto error = make_sized<sluice_error>();
  const sluice_status status = host.add(host.self, instance_, &raw, &error);
  if (status != SLUICE_OK) throw Failure(status, error);
}

inline void Operations::handle(void* self, const sluice_request* request, const sluice_reply_sink* reply) noexcept {
  const sluice_reply_sink out = copy_sized(reply);
  Reply answer;
  const sluice_request in = copy_sized(request);
  auto error = make_sized<sluice_error>();
  const sluice_status status = guard(&error, [&] {
    const auto params = [](const sluice_param* data, size_t count) {
      Params list;
      for (size_t i = 0; i < count; ++i) list.emplace_back(view(data[i].name), view(data[i].value));
      return list;
    };
    Request copy{std::string(view(in.operation)),
                 std::string(view(in.dialect)),
                 params(in.path_params, in.path_param_count),
                 params(in.query, in.query_count),
                 std::string(view(in.body)),
                 std::string(view(in.identity)),
                 std::string(view(in.idempotency_key))};
    answer = (*static_cast<Handler*>(self))(copy);
  });
  if (status != SLUICE_OK) {
    guard_silent([&] {
      // The error template of the dialect: its number is a text in `docs`.
      const std::string number = std::to_string(error.number);
      answer = Reply{400, "application/json",
                     "{\"error_code\":" + (view(in.dialect) == "spec" ? number : "\"" + number + "\"") +
                         ",\"error_msg\":" + json_string(field_text(error.message)) + "}"};
    });
  }
  if (out.done) out.done(out.self, answer.status, to_str(answer.content_type), to_str(answer.body));
}

}  // namespace sluice::plugin
