#include <catch2/catch.hpp>

#include "tests/unit/cluster/faulty_store.hpp"
#include "tests/unit/cluster/node_fixture.hpp"

using namespace sluice;
using namespace sluice::testing;

TEST_CASE("health: a store that fails or hangs is told, and that it is well again", "[unit][cluster][health]") {
  FaultyStore faulty(open_store());
  NodeUnderTest test(faulty.store(), "n", "127.0.0.1:8262", nullptr, 2);
  REQUIRE(test.node->start().ok());
  REQUIRE(eventually([&] { return test.node->healthy(); }));
  auto health = test.node->health();
  REQUIRE(health.roles.size() == 3);
  CHECK(health.roles[0].role == "master");
  CHECK(health.roles[2].name == "n-2");
  CHECK(eventually([&] { return test.node->health().leader; }));

  faulty.broken(true);
  REQUIRE(eventually([&] { return test.node->health().store.find("42501") != std::string::npos; }));
  health = test.node->health();
  CHECK_FALSE(health.healthy());
  CHECK_FALSE(health.roles[1].problem.empty());
  CHECK(health.lease.empty());  // it has not run out yet
  faulty.broken(false);
  CHECK(eventually([&] { return test.node->healthy(); }));

  faulty.frozen(true);
  health = test.node->health();  // answers although the store does not
  CHECK(health.store == "the state store does not answer");
  faulty.frozen(false);
  CHECK(eventually([&] { return test.node->healthy(); }));
}

TEST_CASE("health: a store that can be read and not be written to is no healthy one", "[unit][cluster][health]") {
  FaultyStore faulty(open_store());
  NodeUnderTest test(faulty.store());
  REQUIRE(test.node->start().ok());
  REQUIRE(eventually([&] { return test.node->healthy(); }));
  faulty.full(true);
  CHECK(test.node->create_source(make_source("s1"), "").error().code == 42501);
  const auto health = test.node->health();
  CHECK_FALSE(health.healthy());
  CHECK(health.store.find("disk is full") != std::string::npos);
  faulty.full(false);  // nobody writes: the question itself finds out
  CHECK(test.node->healthy());
}

TEST_CASE("health: a node that lost its lease says so", "[unit][cluster][health]") {
  FaultyStore faulty(open_store());
  NodeUnderTest test(faulty.store());
  cluster::NodeConfig config = test.config;
  config.lease_ttl = std::chrono::milliseconds(300);
  cluster::NodeServices services;
  services.store = faulty.store();
  services.secrets = &test.secrets;
  cluster::Node node(config, services);
  REQUIRE(node.start().ok());
  faulty.broken(true);
  CHECK(eventually([&] { return !node.health().lease.empty(); }));
  faulty.broken(false);
  CHECK(eventually([&] { return node.healthy(); }));
}

TEST_CASE("health: a master that was removed no longer leads and says so, another one takes over",
          "[unit][cluster][health]") {
  NodeUnderTest one(open_store(), "one", "127.0.0.1:8262");
  NodeUnderTest two(one.store, "two", "127.0.0.1:8272");
  REQUIRE(one.node->start().ok());
  CHECK(one.node->remove_master("one").error().code == 49001);
  REQUIRE(two.node->start().ok());
  REQUIRE(eventually([&] { return one.node->health().leader; }));
  REQUIRE(one.node->remove_master("one").ok());
  CHECK(one.node->remove_master("one").error().code == 38048);
  CHECK(eventually([&] { return two.node->health().leader; }));
  REQUIRE(eventually([&] { return !one.node->healthy(); }));
  CHECK(one.node->health().roles[0].problem == "removed from the cluster");
  CHECK(two.node->masters()->size() == 1);
  CHECK(two.node->remove_master("two").error().code == 49001);
}

TEST_CASE("cluster info: the id is drawn once, the topology is kept", "[unit][cluster]") {
  auto store = open_store();
  uint64_t id = 0;
  {
    NodeUnderTest first(store);
    REQUIRE(first.node->start().ok());
    id = first.node->cluster_info()->id;
    CHECK(id != 0);
    CHECK(first.node->cluster_info()->topology.is_null());
    const auto topology = model::Json::object().set("grafana_topology", model::Json::object().set("port", 3000));
    CHECK(first.node->set_topology(topology)->topology == topology);
    first.node->stop();
  }
  NodeUnderTest second(store);
  REQUIRE(second.node->start().ok());
  CHECK(second.node->cluster_info()->id == id);
  CHECK(second.node->cluster_info()->topology.find("grafana_topology") != nullptr);
}
