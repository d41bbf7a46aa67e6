#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <thread>

#include "tests/e2e/cluster.hpp"
#include "tests/e2e/compare.hpp"
#include "tests/support/page.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/workload.hpp"

using namespace sluice::test;

namespace {

constexpr WorkloadOptions kWorkload{.tables = 12, .rows = 200, .seed = 51};  // with DDL; some tables have no key

// Source, target, etcd, nodes, and a task of mode all that is created at the second node and started at the third.
struct Bench {
  explicit Bench(int nodes = 3, std::size_t members = 1) : etcd(members), cluster(etcd.urls(), nodes) {
    Sql sql = source.connect();
    create_workload(sql, kWorkload);
    cluster.node(0).add_source(source);
    cluster.node(1).create_task({.target = target_json(target)});
    cluster.node(cluster.size() - 1).start();
  }
  void require_same(std::size_t asked, Workload& load) {
    wait_statements(load, 200);
    load.stop();
    cluster.node(asked).wait_synced(source, by_length(180s, 600s));
    require_equal(source, target, cluster.node(asked));
  }

  MariaDbServer source;
  MariaDbServer target;
  EtcdServer etcd;
  Cluster cluster;
};

std::string missing() {
  const std::string why = MariaDbServer::missing();
  return why.empty() ? EtcdServer::missing() : why;
}

std::size_t alive(Cluster& cluster, std::size_t asked, const char* kind) {
  const HttpReply reply = cluster.node(asked).sluiced.api().get(std::string("/api/v1/cluster/") + kind);
  std::size_t out = 0;
  for (std::size_t i = 0; i < reply.size("data"); ++i) {
    const std::string at = "data[" + std::to_string(i) + "].";
    if (reply.text(at + "alive") == "true" || reply.text(at + "bound_stage") == "free" ||
        reply.text(at + "bound_stage") == "bound") {
      ++out;
    }
  }
  return out;
}

}  // namespace

TEST_CASE("cluster: work goes on elsewhere when its node is killed, and nothing is lost or doubled", "[e2e][cluster]") {
  SLUICE_SKIP_IF(missing());
  Bench bench;
  Cluster& cluster = bench.cluster;
  Workload load([&] { return bench.source.connect(); }, kWorkload);
  std::size_t asked = 0;
  std::size_t holder = cluster.wait_holder(asked, cluster.size());
  CHECK(alive(cluster, 0, "masters") == 3);
  CHECK(alive(cluster, 0, "workers") == 3);
  for (int i = 0; i < by_length(3, 20); ++i) {
    wait_statements(load, 100);
    cluster.kill9(holder);
    asked = (holder + 1) % cluster.size();
    const std::size_t next = cluster.wait_holder(asked, holder);
    // Any node tells how the subtask on another one is.
    wait_until([&] { return cluster.node(asked).status().stage == "Running"; }, 60s, "Running on another node");
    cluster.start(holder);
    holder = next;
  }
  CHECK(alive(cluster, holder, "masters") == 3);
  bench.require_same(asked, load);
}

TEST_CASE("cluster: a node that was out for longer than its lease does not write behind its successor",
          "[e2e][cluster]") {
  SLUICE_SKIP_IF(missing());
  Bench bench(2);
  Cluster& cluster = bench.cluster;
  Workload load([&] { return bench.source.connect(); }, kWorkload);
  std::size_t holder = cluster.wait_holder(0, cluster.size());
  for (int i = 0; i < by_length(2, 10); ++i) {
    cluster.node(holder).wait_unit("sync", 120s);
    wait_statements(load, 100);
    cluster.node(holder).sluiced.freeze();
    const std::size_t other = 1 - holder;
    CHECK(cluster.wait_holder(other, holder) == other);
    wait_until([&] { return cluster.node(other).status().unit == "sync"; }, 120s, "the successor follows");
    wait_statements(load, 50);
    cluster.node(holder).sluiced.thaw();
    // It notices, gives up its work, and comes back as a free worker.
    wait_until([&] { return alive(cluster, other, "workers") == 2; }, 60s, "the node registered again");
    wait_until([&] { return cluster.node(holder).sluiced.log().find("lost its lease") != std::string::npos; }, 60s,
               "the loss in its log");
    CHECK(cluster.holder(other) == other);
    holder = other;
  }
  bench.require_same(holder, load);
}

TEST_CASE("cluster: the loss of one member of etcd is not noticed, without a majority work stops and comes back",
          "[e2e][cluster]") {
  SLUICE_SKIP_IF(missing());
  Bench bench(2, 3);
  Cluster& cluster = bench.cluster;
  Workload load([&] { return bench.source.connect(); }, kWorkload);
  const std::size_t holder = cluster.wait_holder(0, cluster.size());
  cluster.node(holder).wait_unit("sync", 120s);
  for (std::size_t member = 0; member < 3; ++member) {  // the leader among them
    bench.etcd.kill9(member);
    wait_until([&] { return cluster.node(0).sluiced.api().get("/health").status == 200; }, 60s, "healthy with two");
    const HttpReply written =
        cluster.node(1).sluiced.api().put("/api/v1/cluster/info", R"({"master_topology_list":[]})");
    INFO(written.body);
    CHECK(written.status == 200);
    wait_statements(load, 50);
    bench.etcd.restart(member);
  }
  bench.etcd.freeze(0);
  bench.etcd.freeze(1);
  for (std::size_t node = 0; node < 2; ++node) {
    // Without the store a node knows nothing of the others, so it must not go on when its lease has run out.
    wait_until([&] { return cluster.node(node).sluiced.log().find("lost its lease") != std::string::npos; }, 60s,
               "both nodes stop");
    CHECK(cluster.node(node).sluiced.api().get("/health").status == 503);
  }
  const HttpReply refused = cluster.node(0).sluiced.api().post("/api/v1/tasks/t1/stop");
  CHECK(refused.status == 400);
  CHECK(refused.text("error_code") == "42501");
  CHECK(refused.text("error_msg").find("etcd") != std::string::npos);
  wait_statements(load, 50);
  bench.etcd.thaw(0);
  bench.etcd.thaw(1);
  wait_until([&] { return cluster.node(0).status().stage == "Running"; }, 120s, "Running again without a call");
  bench.require_same(0, load);
}

TEST_CASE("cluster: a source moves between nodes while it is written to, and commands find their node",
          "[e2e][cluster]") {
  SLUICE_SKIP_IF(missing());
  Bench bench(2);
  Cluster& cluster = bench.cluster;
  Workload load([&] { return bench.source.connect(); }, kWorkload);
  std::size_t holder = cluster.wait_holder(0, cluster.size());
  for (int i = 0; i < by_length(3, 20); ++i) {
    cluster.node(holder).wait_unit("sync", 120s);
    wait_statements(load, 100);
    const std::size_t other = 1 - holder;
    // Asked at the node that gets it and at the one that gives it away, in turn.
    const HttpReply moved =
        cluster.node(i % 2 == 0 ? other : holder)
            .sluiced.api()
            .post("/api/v1/sources/mysql-01/transfer", R"({"worker_name":"n)" + std::to_string(other + 1) + "\"}");
    INFO(moved.body);
    REQUIRE(moved.status == 200);
    CHECK(cluster.holder(holder) == other);
    wait_until([&] { return cluster.node(holder).status().stage == "Running"; }, 60s, "Running on the other node");
    const HttpReply targets =
        cluster.node(holder).sluiced.api().get("/api/v1/tasks/t1/sources/mysql-01/migrate_targets");
    INFO(targets.body);
    CHECK(targets.status == 200);
    holder = other;
  }
  bench.require_same(1 - holder, load);
}

TEST_CASE("cluster: a node with another key or with a name that is taken is refused and told what to do",
          "[e2e][cluster]") {
  SLUICE_SKIP_IF(EtcdServer::missing());
  EtcdServer etcd;
  Cluster cluster(etcd.urls(), 1);
  const auto refused = [&](const std::string& name, bool with_key) {
    TempDir folder;
    SluicedOptions options;
    options.name = name;
    options.folder = folder.path();
    options.store = "plugin = \"etcd\"\nendpoints = " + toml_list(etcd.urls()) + "\n";
    if (with_key) {
      std::filesystem::create_directories(folder.path() / "data");
      std::filesystem::copy_file(cluster.node(0).sluiced.folder() / "data/secret.key",
                                 folder.path() / "data/secret.key");
    }
    try {
      const SluicedProcess process(options);
    } catch (const std::runtime_error& why) {
      return std::string(why.what());
    }
    return std::string("it started");
  };
  CHECK_THAT(refused("n2", false), Catch::Contains("20010") && Catch::Contains("secret_key_path"));
  CHECK_THAT(refused("n1", true), Catch::Contains("46003") && Catch::Contains("another name"));
}

TEST_CASE("cluster: the files and commands of docs/cluster.md give a cluster of two nodes", "[e2e][cluster]") {
  SLUICE_SKIP_IF(EtcdServer::missing());
  const Page page = read_page(SLUICE_SOURCE_DIR, "cluster.md");
  REQUIRE(page.files.size() == 2);
  const TempDir folder;
  const std::map<std::string, std::string> ports{{"2379", std::to_string(free_port())},
                                                 {"8261", std::to_string(free_port())},
                                                 {"8361", std::to_string(free_port())}};
  const auto here = [&](std::string text) {
    for (const auto& [from, to] : ports) {
      if (text.find(":" + from) != std::string::npos) text = replaced(std::move(text), ":" + from, ":" + to);
    }
    return text;
  };
  for (const auto& [name, text] : page.files) write_file(folder.path() / name, here(text));
  // etcd talks to itself on a port that other tests may have.
  const std::string peer = "http://127.0.0.1:" + std::to_string(free_port());
  std::string script = "trap 'kill $(jobs -p); wait' EXIT\n";
  for (const std::string& command : page.consoles.at(0)) script += here(command) + "\n";
  const HttpClient second(static_cast<std::uint16_t>(std::stoi(ports.at("8361"))));
  const auto path = std::string(SLUICE_BINARY_DIR) + "/bin:" + std::getenv("PATH");
  Process shell({{"bash", "-ec", script + "touch done; sleep 600 & wait $!"},
                 {{"PATH", path},
                  {"ETCD_LISTEN_PEER_URLS", peer},
                  {"ETCD_INITIAL_ADVERTISE_PEER_URLS", peer},
                  {"ETCD_INITIAL_CLUSTER", "default=" + peer}},
                 folder.path() / "output",
                 folder.path()});
  const bool done = wait_for([&] { return std::filesystem::exists(folder.path() / "done") || !shell.running(); }, 60s);
  INFO(tail(folder.path() / "output") << tail(folder.path() / "n1.log") << tail(folder.path() / "n2.log"));
  CHECK((done && shell.running()));
  CHECK(second.get("/api/v1/cluster/masters").number("total") == 2);
  CHECK(second.get("/api/v1/cluster/workers").number("total") == 8);
  shell.signal(SIGTERM);
  shell.wait();
}
