#include "core/api/service.hpp"

#include <string>

#include "core/api/api.hpp"
#include "core/api/handlers.hpp"
#include "sluice/common/text.hpp"

namespace sluice::api {
namespace {

Dialect dialect_of(sluice_str text) { return view(text) == "spec" ? Dialect::Spec : Dialect::Docs; }

void give(const sluice_reply_sink* raw, const Reply& reply) noexcept {
  const sluice_reply_sink sink = copy_sized(raw);
  const std::string_view type = reply.body.empty() ? std::string_view() : std::string_view(reply.content_type);
  if (reply.replayed && sink.header) sink.header(sink.self, to_str("Idempotency-Replayed"), to_str("true"));
  sink.done(sink.self, reply.status, to_str(type), to_str(reply.body));
}

sluice_operation described(const Operation& from) {
  auto to = make_sized<sluice_operation>();
  to.flags = (handler_of(from) ? 0u : SLUICE_OPERATION_NOT_BUILT) | (from.extension ? SLUICE_OPERATION_EXTENSION : 0u);
  to.id = to_str(from.id);
  to.method = to_str(from.method);
  to.path = to_str(from.path);
  to.summary = to_str(from.summary);
  return to;
}

Request request_of(const sluice_request* raw) {
  const auto in = copy_sized(raw);
  Request request;
  request.operation = std::string(view(in.operation));
  request.dialect = dialect_of(in.dialect);
  for (size_t i = 0; i < in.path_param_count; ++i) {
    request.path.emplace_back(view(in.path_params[i].name), view(in.path_params[i].value));
  }
  for (size_t i = 0; i < in.query_count; ++i) {
    request.query.emplace_back(view(in.query[i].name), view(in.query[i].value));
  }
  request.body = std::string(view(in.body));
  request.identity = std::string(view(in.identity));
  request.idempotency_key = std::string(view(in.idempotency_key));
  return request;
}

void refuse(void* /*self*/, sluice_str dialect, int32_t status, int32_t number, sluice_str message,
            const sluice_reply_sink* sink) noexcept {
  try {
    give(sink, Api::refuse(dialect_of(dialect), status, make_error(number, std::string(view(message)))));
  } catch (...) {
    sink->done(sink->self, status, to_str(""), to_str(""));
  }
}

}  // namespace

size_t Service::count() {
  const std::lock_guard lock(mutex_);
  if (operations_) contributed_ = contributed(operations_->list());
  return operations().size() + contributed_.size();
}

size_t Service::operation_count(void* self) noexcept {
  try {
    return of(self).count();
  } catch (...) {  // no memory for what plugins contribute
    return operations().size();
  }
}

sluice_str Service::keep(const std::string& text) { return to_str(*texts_.insert(text).first); }

bool Service::fill_contributed(size_t index, sluice_operation& out) {
  const std::lock_guard lock(mutex_);
  if (index >= contributed_.size()) return false;
  const Contributed& from = contributed_[index];
  out.flags = SLUICE_OPERATION_EXTENSION;
  out.id = keep(from.id);
  out.method = keep(from.operation.method);
  out.path = keep(from.path);
  out.summary = keep(from.operation.summary);
  return true;
}

sluice_status Service::operation(void* self, size_t index, sluice_operation* out) noexcept {
  try {
    const auto all = operations();
    auto to = make_sized<sluice_operation>();
    if (index < all.size()) {
      to = described(all[index]);
    } else if (!of(self).fill_contributed(index - all.size(), to)) {
      return SLUICE_FAILED;
    }
    write_sized(out, to);
    return SLUICE_OK;
  } catch (...) {
    return SLUICE_FAILED;
  }
}

uint64_t Service::operations_revision(void* self) noexcept {
  return of(self).operations_ ? of(self).operations_->revision() : 0;
}

void Service::dispatch(void* self, const sluice_request* raw, const sluice_reply_sink* sink) noexcept {
  try {
    give(sink, of(self).api_.dispatch(request_of(raw)));
  } catch (...) {
    // Only memory can have run out here; the transport still gets its one reply.
    sink->done(sink->self, 400, to_str("application/json"),
               to_str("{\"error_msg\":\"out of memory\",\"error_code\":\"50000\"}"));
  }
}

Service::Service(const Api& api, const plugin::PluginOperations* operations) : api_(api), operations_(operations) {
  table_ = make_sized<sluice_host_api>();
  table_.self = this;
  table_.operation_count = operation_count;
  table_.operation = operation;
  table_.dispatch = dispatch;
  table_.refuse = refuse;
  table_.operations_revision = operations_revision;
}

}  // namespace sluice::api
