#include <catch2/catch.hpp>

#include "core/plugin/log.hpp"
#include "tests/support/process.hpp"
#include "tests/unit/api/api_fixture.hpp"

using namespace sluice;
using namespace sluice::testing;
using model::Json;

namespace {

const Query kName{{"source-name", "mysql-01"}};

}  // namespace

TEST_CASE("cluster: transfer reads worker_name and tells what is wrong", "[unit][api]") {
  ApiUnderTest test;
  REQUIRE(test.call("createSource", kSource).status == 200);
  CHECK(test.refusal("transferSource", "", kName) == "400 49001");
  CHECK(test.refusal("transferSource", R"({"worker_name":3})", kName) == "400 49001");
  CHECK(test.refusal("transferSource", R"({"worker_name":"nobody"})", kName) == "400 46004");
  CHECK(test.refusal("transferSource", R"({"worker_name":"node-1"})", {{"source-name", "x"}}) == "400 46008");
  const auto done = test.call("transferSource", R"({"worker_name":"node-1"})", kName);
  CHECK(done.status == 200);
  CHECK(done.body.empty());
}

TEST_CASE("cluster: the topology is checked, stored and given back", "[unit][api]") {
  for (const auto dialect : {api::Dialect::Docs, api::Dialect::Spec}) {
    ApiUnderTest test(dialect);
    const Json before = test.json(test.call("getClusterInfo"));
    REQUIRE(before.find("cluster_id"));
    CHECK_FALSE(before.find("topology"));
    for (const char* bad : {"[]", R"({"grafana_topology":"x"})", R"({"grafana_topology":{"host":"h"}})",
                            R"({"master_topology_list":[{"name":"m","host":"h","port":0}]})",
                            R"({"worker_topology_list":[3]})", R"({"worker_topology_list":{}})"}) {
      INFO(bad);
      CHECK(test.refusal("updateClusterInfo", bad) == "400 49001");
    }
    CHECK_FALSE(test.json(test.call("getClusterInfo")).find("topology"));
    const std::string good =
        R"({"master_topology_list":[{"name":"m1","host":"10.0.0.1","port":8261,"more":1}],"grafana_topology":null,)"
        R"("prometheus_topology":{"host":"10.0.0.9","port":9090}})";
    const Json stored = test.json(test.call("updateClusterInfo", good));
    CHECK(to_text(*stored.find("topology")) ==
          R"({"master_topology_list":[{"name":"m1","host":"10.0.0.1","port":8261}],)"
          R"("prometheus_topology":{"host":"10.0.0.9","port":9090}})");
    CHECK(test.json(test.call("getClusterInfo")) == stored);
    CHECK(*stored.find("cluster_id") == *before.find("cluster_id"));
  }
}

TEST_CASE("api: health names the store, the lease and every role", "[unit][api]") {
  ApiUnderTest test;
  REQUIRE(eventually([&] { return test.call("getHealth").status == 200; }));
  const Json health = test.json(test.call("getHealth"));
  CHECK(*health.find("health") == Json(true));
  CHECK(*health.find("store")->find("healthy") == Json(true));
  CHECK(*health.find("lease")->find("healthy") == Json(true));
  REQUIRE(health.find("roles")->as_array()->size() == 2);
  CHECK(*health.find("roles")->as_array()->at(1).find("name") == Json("node-1"));
  test.node.node->stop();
  const auto stopped = test.call("getHealth");
  CHECK(stopped.status == 503);
  CHECK(*test.json(stopped).find("health") == Json(false));
  CHECK(test.json(stopped).find("lease")->find("problem") != nullptr);
}

TEST_CASE("api: every write leaves one audit line, without its body", "[unit][api]") {
  const sluice::test::TempDir folder;
  const auto file = folder.path() / "log";
  ApiUnderTest test;
  REQUIRE(log::setup({"info", file.string(), "json"}).ok());
  REQUIRE(test.call("createSource", kSource).status == 200);
  (void)test.call("deleteSource", {}, {{"source-name", "no\nbody"}}, {{"force", "true"}, {"password", "hunter2"}});
  (void)test.call("enableRelay", {}, kName);
  (void)test.call("getSourceList");
  log::flush();
  REQUIRE(log::setup({}).ok());
  std::vector<Json> lines;
  std::string all = sluice::test::read_file(file);
  for (size_t at = 0, end = 0; (end = all.find('\n', at)) != std::string::npos; at = end + 1) {
    auto line = model::parse_json(all.substr(at, end - at));
    REQUIRE(line.ok());
    if (const Json* logger = line->find("logger"); logger && *logger == Json("audit")) lines.push_back(*line);
  }
  REQUIRE(lines.size() == 3);
  CHECK(*lines[0].find("operation") == Json("createSource"));
  CHECK(*lines[0].find("status") == Json("200"));
  CHECK(*lines[0].find("code") == Json("0"));
  CHECK(*lines[1].find("source_name") == Json("no\nbody"));
  CHECK(*lines[1].find("force") == Json("true"));
  CHECK(*lines[1].find("code") == Json("46008"));
  CHECK(lines[1].find("duration_ms") != nullptr);
  CHECK(*lines[2].find("status") == Json("501"));
  CHECK(all.find("123456") == std::string::npos);
  CHECK(all.find("hunter2") == std::string::npos);
}
