#include <catch2/catch.hpp>

#include "tests/integration/contract/stage.hpp"

namespace sluice::test {

using model::Json;

void walk_cluster(Stage& stage) {
  Contract& api = *stage.api;
  const HttpReply workers = api.succeeds("getClusterWorkerList");
  CHECK(workers.number("total") == 8);
  api.succeeds("getClusterMasterList");

  api.refuses("offlineWorkerNode", 46004, {{{"worker-name", "nobody"}}});
  api.refuses("offlineWorkerNode", 46005, {{{"worker-name", "node1"}}});
  api.succeeds("offlineWorkerNode", {{{"worker-name", "former"}}});
  api.refuses("offlineWorkerNode", 46004, {{{"worker-name", "former"}}});
  api.refuses("offlineMasterNode", 38048, {{{"master-name", "nobody"}}});
  api.succeeds("offlineMasterNode", {{{"master-name", "former"}}});
  api.refuses("offlineMasterNode", 49001, {{{"master-name", "node1"}}});

  const HttpReply plugins = api.succeeds("getPluginList");
  CHECK(plugins.number("total") >= 5);
  CHECK(plugins.text("data[0].node") == "node1");
  api.succeeds("getHealth");
  api.succeeds("getStatus");
  api.succeeds("getMetrics");
  api.succeeds("getOpenApi");
  api.succeeds("getDocs");
  if (api.built("updateClusterInfo") && api.built("getClusterInfo")) {
    const Json node = Json::object().set("name", "m1").set("host", "10.0.0.1").set("port", 8261);
    const Json service = Json::object().set("host", "10.0.0.9").set("port", 3000);
    Json topology = Json::object().set("master_topology_list", Json::Array{node});
    topology.set("worker_topology_list", Json::Array{node}).set("grafana_topology", service);
    topology.set("prometheus_topology", service).set("alert_manager_topology", service);
    api.succeeds("updateClusterInfo", {{}, {}, topology});
    api.refuses("updateClusterInfo", 49001, {{}, {}, with(topology, "grafana_topology", "x")});
    api.succeeds("getClusterInfo");
  }
}

}  // namespace sluice::test
