#include "core/api/service.hpp"

#include <string>

#include "core/api/api.hpp"
#include "core/api/handlers.hpp"
#include "sluice/common/text.hpp"

namespace sluice::api {
namespace {

Dialect dialect_of(sluice_str text) { return view(text) == "spec" ? Dialect::Spec : Dialect::Docs; }

void give(const sluice_reply_sink* sink, const Reply& reply) noexcept {
  const std::string& type = reply.body.empty() ? std::string() : reply.content_type;
  sink->done(sink->self, reply.status, to_str(type), to_str(reply.body));
}

size_t operation_count(void* /*self*/) noexcept { return operations().size(); }

sluice_status operation(void* /*self*/, size_t index, sluice_operation* out) noexcept {
  const auto all = operations();
  if (index >= all.size() || !out) return SLUICE_FAILED;
  const Operation& from = all[index];
  auto to = make_sized<sluice_operation>();
  to.flags = (handler_of(from) ? 0u : SLUICE_OPERATION_NOT_BUILT) | (from.extension ? SLUICE_OPERATION_EXTENSION : 0u);
  to.id = to_str(from.id);
  to.method = to_str(from.method);
  to.path = to_str(from.path);
  to.summary = to_str(from.summary);
  write_sized(out, to);
  return SLUICE_OK;
}

void dispatch(void* self, const sluice_request* raw, const sluice_reply_sink* sink) noexcept {
  try {
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
    give(sink, static_cast<const Api*>(self)->dispatch(request));
  } catch (...) {
    // Only memory can have run out here; the transport still gets its one reply.
    sink->done(sink->self, 400, to_str("application/json"),
               to_str("{\"error_msg\":\"out of memory\",\"error_code\":\"50000\"}"));
  }
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

Service::Service(const Api& api) {
  table_ = make_sized<sluice_host_api>();
  table_.self = const_cast<Api*>(&api);  // NOLINT: every function of it that is used is const
  table_.operation_count = operation_count;
  table_.operation = operation;
  table_.dispatch = dispatch;
  table_.refuse = refuse;
}

}  // namespace sluice::api
