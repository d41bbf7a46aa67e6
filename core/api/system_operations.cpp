#include "core/api/handlers.hpp"
#include "core/api/metric_gauges.hpp"
#include "core/api/openapi.hpp"
#include "core/plugin/metrics.hpp"
#include "core/plugin/registry.hpp"

namespace sluice::api::handlers {
namespace {

using model::Json;

}  // namespace

/// Transports that browsers speak to serve the page themselves and never ask for it here.
Result<Reply> docs_page(const Call&) {
  return make_error(49001, "this transport has no documentation page", {},
                    "Use a listener of the transport http, or read the description at /api/v1/dm.json.");
}

Result<Reply> open_api(const Call& call) {
  std::vector<Contributed> more;
  if (plugin::Registry* plugins = call.node.plugins()) more = contributed(plugins->operations().list());
  return call.ok(open_api_document(call.request.dialect, more));
}

Result<Reply> health(const Call& call) {
  const cluster::HealthView view = call.node.health();
  const auto part = [](const std::string& problem) {
    Json out = Json::object().set("healthy", problem.empty());
    if (!problem.empty()) out.set("problem", problem);
    return out;
  };
  Json roles = Json::array();
  for (const auto& role : view.roles) {
    Json item = part(role.problem).set("role", role.role).set("name", role.name);
    if (role.role == "master") item.set("leader", view.leader);
    roles.push(std::move(item));
  }
  Json out = Json::object().set("health", view.healthy());
  out.set("store", part(view.store)).set("lease", part(view.lease)).set("loop", part(view.loop));
  Reply reply = call.ok(out.set("roles", std::move(roles)));
  reply.status = view.healthy() ? 200 : 503;
  return reply;
}

Result<Reply> status(const Call& call) {
  Json roles = Json::array();
  if (call.node.config().master) roles.push("master");
  if (call.node.config().worker) roles.push("worker");
  Json out = Json::object();
  out.set("name", call.node.config().name).set("version", kVersion).set("roles", std::move(roles));
  return call.ok(out.set("healthy", call.node.healthy()));
}

Result<Reply> metrics(const Call& call) {
  Reply reply = call.ok();
  reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
  if (plugin::Registry* plugins = call.node.plugins()) {
    refresh_gauges(call.node, plugins->metrics());
    reply.body = plugins->metrics().render();
  }
  return reply;
}

}  // namespace sluice::api::handlers
