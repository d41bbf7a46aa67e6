#include "core/api/handlers.hpp"

namespace sluice::api::handlers {

using model::Json;

Result<Reply> list_masters(const Call& call) {
  auto masters = call.node.masters();
  if (!masters.ok()) return masters.status();
  Json::Array items;
  for (const auto& master : *masters) {
    Json item = Json::object();
    item.set("name", master.name).set("alive", master.alive).set("leader", master.leader).set("addr", master.address);
    items.push_back(std::move(item));
  }
  return call.ok(list_of(std::move(items)));
}

Result<Reply> delete_master(const Call& call) {
  if (Status done = call.node.remove_master(call.path("master-name")); !done) return done;
  return call.ok();
}

Result<Reply> list_workers(const Call& call) {
  auto workers = call.node.workers();
  if (!workers.ok()) return workers.status();
  Json::Array items;
  for (const auto& worker : *workers) {
    Json item = Json::object();
    item.set("name", worker.name).set("addr", worker.address);
    item.set("bound_stage", worker.stage).set("bound_source_name", worker.source);
    items.push_back(std::move(item));
  }
  return call.ok(list_of(std::move(items)));
}

Result<Reply> delete_worker(const Call& call) {
  if (Status done = call.node.remove_worker(call.path("worker-name")); !done) return done;
  return call.ok();
}

}  // namespace sluice::api::handlers
