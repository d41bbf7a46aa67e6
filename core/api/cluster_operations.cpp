#include "core/api/handlers.hpp"
#include "core/model/json_reader.hpp"

namespace sluice::api::handlers {

using model::Json;

namespace {

/// {host, port}, with a name where nodes are meant; anything else in it is left out.
Json address_of(model::JsonReader& reader, bool named) {
  Json out = Json::object();
  if (named) out.set("name", reader.required_text("name"));
  out.set("host", reader.required_text("host"));
  return out.set("port", reader.required_integer("port", 1, 65535));
}

Result<Json> read_topology(const Json& body) {
  model::JsonReader reader(body, "");
  Json out = Json::object();
  for (const char* name : {"master_topology_list", "worker_topology_list"}) {
    const Json* list = reader.array(name);
    if (!list) continue;
    Json nodes = Json::array();
    for (size_t i = 0; i < list->as_array()->size(); ++i) {
      model::JsonReader node((*list->as_array())[i], std::string(name) + "[" + std::to_string(i) + "]");
      nodes.push(address_of(node, true));
      reader.absorb(node);
    }
    out.set(name, std::move(nodes));
  }
  for (const char* name : {"grafana_topology", "prometheus_topology", "alert_manager_topology"}) {
    const Json* service = reader.object(name);
    if (!service) continue;
    model::JsonReader address(*service, name);
    out.set(name, address_of(address, false));
    reader.absorb(address);
  }
  if (!reader.ok()) return reader.status();
  return out;
}

Json info_json(const cluster::ClusterInfo& info) {
  Json out = Json::object().set("cluster_id", info.id);
  if (!info.topology.is_null()) out.set("topology", info.topology);
  return out;
}

}  // namespace

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

Result<Reply> cluster_info(const Call& call) {
  auto info = call.node.cluster_info();
  if (!info.ok()) return info.status();
  return call.ok(info_json(*info));
}

Result<Reply> set_cluster_info(const Call& call) {
  auto body = call.body();
  if (!body.ok()) return body.status();
  auto topology = read_topology(*body);
  if (!topology.ok()) return topology.status();
  auto info = call.node.set_topology(*topology);
  if (!info.ok()) return info.status();
  return call.ok(info_json(*info));
}

}  // namespace sluice::api::handlers
