#include "core/api/handlers.hpp"
#include "core/api/openapi.hpp"
#include "core/plugin/metrics.hpp"
#include "core/plugin/registry.hpp"

namespace sluice::api::handlers {
namespace {

using model::Json;

/// Gauges that mirror the state of now; series of what is gone are dropped.
void refresh(const Call& call, plugin::Metrics& metrics) {
  metrics.describe("dm_worker_task_state",
                   "Stage of a subtask: 1 New, 2 Running, 3 Paused, 4 Stopped, 5 Finished, 6 to 8 in passing");
  metrics.describe("dm_syncer_replication_lag_gauge", "Age in seconds of the oldest change not yet applied");
  metrics.describe("sluice_sync_changes", "Row changes and DDL clauses by what became of them");
  for (const char* name : {"dm_worker_task_state", "dm_syncer_replication_lag_gauge", "sluice_sync_changes"})
    metrics.remove(name, {});
  auto tasks = call.node.tasks();
  if (!tasks.ok()) return;
  for (const auto& task : *tasks) {
    for (const auto& status : task.statuses) {
      const plugin::Metrics::Labels labels{
          {"task", status.task}, {"source_id", status.source}, {"worker", status.worker}};
      metrics.gauge_set("dm_worker_task_state", labels, static_cast<double>(status.stage));
      if (!status.sync) continue;
      if (status.sync->seconds_behind_master) {
        metrics.gauge_set("dm_syncer_replication_lag_gauge", labels,
                          static_cast<double>(*status.sync->seconds_behind_master));
      }
      const auto count = [&](const char* state, const std::string& rule, uint64_t number) {
        metrics.gauge_set("sluice_sync_changes",
                          {{"task", status.task}, {"source_id", status.source}, {"state", state}, {"rule", rule}},
                          static_cast<double>(number));
      };
      count("read", "", status.sync->read);
      count("applied", "", status.sync->applied);
      count("pending", "", status.sync->pending);
      for (const auto& [rule, number] : status.sync->filtered) count("filtered", rule, number);
    }
  }
}

}  // namespace

/// Transports that browsers speak to serve the page themselves and never ask for it here.
Result<Reply> docs_page(const Call&) {
  return make_error(49001, "this transport has no documentation page", {},
                    "Use a listener of the transport http, or read the description at /api/v1/dm.json.");
}

Result<Reply> open_api(const Call& call) { return call.ok(open_api_document(call.request.dialect)); }

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
    refresh(call, plugins->metrics());
    reply.body = plugins->metrics().render();
  }
  return reply;
}

}  // namespace sluice::api::handlers
