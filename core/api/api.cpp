#include "core/api/api.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

#include "core/api/contributed.hpp"
#include "core/api/handlers.hpp"
#include "core/api/idempotency.hpp"
#include "core/api/servers.hpp"
#include "core/api/service.hpp"
#include "core/cluster/dry_run.hpp"
#include "core/model/json.hpp"
#include "core/model/status_json.hpp"
#include "core/plugin/log.hpp"
#include "core/plugin/operations.hpp"
#include "core/plugin/registry.hpp"

namespace sluice::api {

namespace {

/// With dry_run=true every check is made and the write left out.
Result<Reply> run(Handler handler, const Call& call) {
  auto dry = takes_dry_run(call.operation) ? call.flag("dry_run") : Result<std::optional<bool>>(std::nullopt);
  if (!dry.ok()) return dry.status();
  if (!dry->value_or(false)) {
    // Nobody who asks for a trial may get the deed.
    if (takes_dry_run(call.operation) || call.query("dry_run").value_or("false") == "false" ||
        std::string_view(call.operation.method) == "GET") {
      return handler(call);
    }
    return make_error(49001, std::string("query parameter dry_run is not possible for ") + call.operation.id);
  }
  const cluster::DryRun scope;
  Result<Reply> reply = handler(call);
  if (!reply.ok() && !cluster::is_dry_run_end(reply.error())) return reply;
  model::Json body = model::Json::object().set("dry_run", true).set("operation", call.operation.id);
  Reply out;
  out.body = model::to_text(body.set("message", "valid: nothing has been changed"), 2);
  return out;
}

}  // namespace

class Api::Impl {
 public:
  Impl(cluster::Node& n, Servers s, const Api& api)
      : node(n),
        servers(complete(std::move(s), n)),
        contributed(n.plugins() ? &n.plugins()->operations() : nullptr),
        service(api, contributed) {}
  cluster::Node& node;
  const Servers servers;
  plugin::PluginOperations* const contributed;
  Service service;
};

Api::Api(cluster::Node& node, Servers servers) : impl_(std::make_unique<Impl>(node, std::move(servers), *this)) {}
Api::~Api() = default;

void Api::cut_off() {
  impl_->servers.calls->cancel();
  impl_->node.cut_off_requests();
}

Reply Api::refuse(Dialect dialect, int status, const Error& error) {
  model::Json body = model::Json::object();
  body.set("error_msg", error.one_line());
  // The template of the product document shows a text, DM's own description a number.
  body.set("error_code", dialect == Dialect::Docs ? model::Json(std::to_string(error.code)) : model::Json(error.code));
  body.set("errors", model::Json::Array{model::write_error(error)});
  Reply reply;
  reply.status = status;
  reply.body = model::to_text(body, 2);
  return reply;
}

namespace {

/// What the audit log calls a request. `query`: the parameters that are declared, as the operation table writes them.
struct Audited {
  std::string operation;
  std::string method;
  std::string query;
  std::string instance;  ///< of the plugin that contributes the operation, or ""
};

/// One line for every request that may change something: who, what, on what, outcome, how long. Never a body, and of
/// the query only what the operation declares: no secret has a place there.
void audit(const Request& request, const Audited& what, const Reply& reply, int code,
           std::chrono::steady_clock::time_point began) {
  if (what.method == "GET") return;
  const auto took =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began).count();
  std::vector<std::string> keys;
  std::vector<log::Field> fields{
      {"logger", "audit"}, {"identity", request.identity}, {"operation", what.operation}, {"method", what.method}};
  if (!what.instance.empty()) fields.push_back({"instance", what.instance});
  keys.reserve(request.path.size() + request.query.size());
  const auto add = [&](std::string key, const std::string& value) {
    std::replace(key.begin(), key.end(), '-', '_');
    keys.push_back(std::move(key));
    fields.push_back({keys.back(), value});
  };
  for (const auto& [name, value] : request.path) add(name, value);
  const std::string declared = " " + what.query;
  for (const auto& [name, value] : request.query) {
    if (declared.find(" " + name + ":") != std::string::npos) add(name, value);
  }
  if (reply.replayed) fields.push_back({"replayed", "true"});
  fields.push_back({"status", std::to_string(reply.status)});
  fields.push_back({"code", std::to_string(code)});
  fields.push_back({"duration_ms", std::to_string(took)});
  log::write(log::Level::Info, "API write", fields.data(), fields.size());
}

}  // namespace

Reply Api::dispatch(const Request& request) const {
  const auto began = std::chrono::steady_clock::now();
  const Operation* own = find_operation(request.operation);
  std::optional<plugin::PluginOperation> other;
  if (!own && impl_->contributed) other = find_contributed(*impl_->contributed, request.operation);
  if (!own && !other) {
    return refuse(
        request.dialect, 404,
        make_error(49001, "there is no operation " + request.operation + " (it may have gone with its plugin)"));
  }
  const Audited what =
      own ? Audited{own->id, own->method, own->query, ""} : Audited{other->id, other->method, "", other->instance};
  const auto once = [&] { return own ? carry_out(request, *own) : carry_out(request, *other); };
  auto [reply, code] = what.method == "GET"
                           ? once()
                           : carry_out_once(impl_->node.keyed_requests(), request, what.method, own != nullptr, once);
  audit(request, what, reply, code, began);
  return std::move(reply);
}

std::pair<Reply, int> Api::carry_out(const Request& request, const plugin::PluginOperation& operation) const {
  auto result = run_contributed(*impl_->contributed, operation, request);
  if (result.ok()) return {std::move(result).value(), 0};
  const Error& error = result.error();
  log::warn("request to a plugin refused",
            {{"instance", operation.instance}, {"operation", operation.id}, {"error", error.one_line()}});
  return {refuse(request.dialect, 400, error), error.code};
}

std::pair<Reply, int> Api::carry_out(const Request& request, const Operation& operation) const {
  const auto refused = [&](int status, const Error& error) {
    return std::pair(refuse(request.dialect, status, error), error.code);
  };
  const Handler handler = handler_of(operation);
  if (!handler) {
    return refused(501, make_error(49001, std::string("operation ") + operation.id + " (" + operation.method + " " +
                                              operation.path + ") is not available in this release"));
  }
  try {
    const Call call{request, operation, impl_->node, impl_->servers};
    Result<Reply> reply = run(handler, call);
    if (reply.ok()) return {std::move(reply).value(), 0};
    const Error& error = reply.error();
    log::info("request refused",
              {{"operation", operation.id}, {"identity", request.identity}, {"error", error.one_line()}});
    return refused(error.code == operation.missing_code ? 404 : 400, error);
  } catch (const std::exception& e) {
    log::error("request failed", {{"operation", operation.id}, {"error", e.what()}});
    return refused(400, make_error(50000, std::string("internal failure in ") + operation.id, e.what()));
  }
}

const sluice_host_api* Api::service() const { return impl_->service.table(); }

}  // namespace sluice::api
