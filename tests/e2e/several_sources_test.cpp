#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>

#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <thread>

#include "tests/e2e/compare.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/workload.hpp"

using namespace sluice::test;

namespace {

const char* const kRules =
    R"([{"source":{"source_name":"mysql-01","schema":"shard","table":"orders"},"target":{"schema":"shop","table":"orders"}},)"
    R"({"source":{"source_name":"mysql-02","schema":"shard","table":"orders"},"target":{"schema":"shop","table":"orders"}},)"
    R"({"source":{"source_name":"mysql-01","schema":"east","table":"*"}},)"
    R"({"source":{"source_name":"mysql-02","schema":"west","table":"*"}}])";

const char* const kOrders = "(id INT PRIMARY KEY, customer VARCHAR(40), total DECIMAL(10,2), KEY (customer))";

// Keeps changing the rows of shard.orders of one server, whose ids begin at `first`.
class OrdersLoad {
 public:
  OrdersLoad(const DatabaseServer& server, int first) : thread_([this, &server, first] { write(server, first); }) {}
  ~OrdersLoad() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }
  std::uint64_t statements() const { return statements_; }
  void stop() {
    stop_ = true;
    thread_.join();
    REQUIRE(error_.empty());
  }

 private:
  void write(const DatabaseServer& server, int first) {
    try {
      Sql sql = server.connect();
      std::mt19937 random(static_cast<std::uint32_t>(first) + 7);
      const auto any = [&] { return std::to_string(first + static_cast<int>(random() % 30000)); };
      for (int next = first + 100000; !stop_; ++next) {
        sql.exec("INSERT INTO shard.orders VALUES (" + std::to_string(next) + ", 'new', 1.25)");
        sql.exec("UPDATE shard.orders SET total = total + 1 WHERE id = " + any());
        sql.exec("DELETE FROM shard.orders WHERE id = " + any());
        sql.exec("UPDATE shard.orders SET id = id + 500000 WHERE id = " + any());
        statements_ += 4;
      }
    } catch (const std::exception& e) {
      error_ = e.what();
    }
  }
  std::atomic<bool> stop_{false};
  std::atomic<std::uint64_t> statements_{0};
  std::string error_;
  std::thread thread_;
};

// Two sources: shard.orders of both goes into one table, east and west stay apart.
struct TwoSources {
  TwoSources() {
    prepare(first, "east", 0);
    prepare(second, "west", 1000000);
    deployment.add_source(first, "mysql-01");
    deployment.add_source(second, "mysql-02");
    deployment.create_task({.target = target_json(target), .sources = {"mysql-01", "mysql-02"}, .rules = kRules});
  }
  static WorkloadOptions tables(const std::string& schema) {
    return {
        .schema = schema, .tables = 6, .rows = 300, .writers = 2, .ddl = false, .seed = schema == "east" ? 41u : 42u};
  }
  static void prepare(const DatabaseServer& server, const std::string& schema, int first_id) {
    Sql sql = server.connect();
    create_workload(sql, tables(schema));
    sql.exec("CREATE DATABASE shard");
    sql.exec(std::string("CREATE TABLE shard.orders ") + kOrders);
    sql.exec("INSERT INTO shard.orders SELECT " + std::to_string(first_id) +
             " + seq, CONCAT('c', seq % 50), seq / 7 FROM mysql.seq_1_to_30000");
  }
  // The worker of each source.
  std::map<std::string, std::string> bindings() const {
    std::map<std::string, std::string> out;
    const HttpReply reply = deployment.sluiced.api().get("/api/v1/cluster/workers");
    const auto root = Poco::JSON::Parser().parse(reply.body).extract<Poco::JSON::Object::Ptr>();
    for (const auto& item : *root->getArray("data")) {
      const auto& worker = *item.extract<Poco::JSON::Object::Ptr>();
      const auto source = worker.getValue<std::string>("bound_source_name");
      if (!source.empty()) out[source] = worker.getValue<std::string>("name");
    }
    return out;
  }
  bool all_running() const {
    return deployment.status("mysql-01").stage == "Running" && deployment.status("mysql-02").stage == "Running";
  }
  void require_all_equal() const {
    deployment.wait_synced(first, by_length(180s, 600s), "mysql-01");
    deployment.wait_synced(second, by_length(180s, 600s), "mysql-02");
    require_equal(first, target, deployment, "east");
    require_equal(second, target, deployment, "west");
    const std::string orders = "SELECT id, customer, total FROM shard.orders ORDER BY id";
    std::vector<Row> expected = first.connect().query(orders);
    for (Row& row : second.connect().query(orders)) expected.push_back(std::move(row));
    std::sort(expected.begin(), expected.end(),
              [](const Row& a, const Row& b) { return std::stoi(*a.at(0)) < std::stoi(*b.at(0)); });
    REQUIRE(target.connect().query("SELECT id, customer, total FROM shop.orders ORDER BY id") == expected);
    require_books_balance(deployment.status("mysql-01"));
    require_books_balance(deployment.status("mysql-02"));
  }

  MariaDbServer first;
  MariaDbServer second;
  MariaDbServer target;
  // So little memory that the two subtasks compete for it.
  Deployment deployment{{.arguments = {"--set=memory_limit=16MiB"}}};
};

// The writers of both sources.
struct Load {
  explicit Load(const TwoSources& at)
      : east([&] { return at.first.connect(); }, TwoSources::tables("east")),
        west([&] { return at.second.connect(); }, TwoSources::tables("west")),
        first(at.first, 0),
        second(at.second, 1000000) {}
  void pass(std::uint64_t more) {
    wait_statements(east, more);
    wait_statements(west, more);
    wait_statements(first, more);
    wait_statements(second, more);
  }
  void stop() {
    east.stop();
    west.stop();
    first.stop();
    second.stop();
  }
  Workload east;
  Workload west;
  OrdersLoad first;
  OrdersLoad second;
};

}  // namespace

TEST_CASE("one task takes two sources in one process: tables merged into one and tables apart", "[e2e][sources]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  TwoSources test;
  CHECK(test.bindings() == std::map<std::string, std::string>{{"mysql-01", "node1"}, {"mysql-02", "node1-2"}});
  Load load(test);
  load.pass(50);
  test.deployment.start();
  wait_until([&] { return test.deployment.status("mysql-01").unit == "sync"; }, 120s, "sync of the first source");
  wait_until([&] { return test.deployment.status("mysql-02").unit == "sync"; }, 120s, "sync of the second source");
  load.pass(200);
  load.stop();
  test.require_all_equal();
}

TEST_CASE("kill -9 of sluiced with two sources: each goes on at its worker, nothing is lost or doubled",
          "[e2e][sources][crash]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  const std::uint32_t seed = std::random_device{}();
  INFO("seed of the moments: " << seed);
  std::mt19937 random(seed);
  TwoSources test;
  Sql held = test.target.connect();
  held.exec("CREATE DATABASE shop");
  held.exec(std::string("CREATE TABLE shop.orders ") + kOrders);
  Load load(test);
  load.pass(50);
  held.exec("LOCK TABLES shop.orders WRITE");
  test.deployment.start();
  const auto bound = test.bindings();
  for (int i = 0; i < by_length(5, 30); ++i) {
    // The lock keeps the first copies from ending.
    if (i == 2) held.exec("UNLOCK TABLES");
    wait_until([&] { return test.all_running(); }, 120s, "both subtasks run");
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 1500));
    test.deployment.sluiced.kill9();
    test.deployment.sluiced.restart();
    CHECK(test.bindings() == bound);
  }
  load.pass(100);
  load.stop();
  test.require_all_equal();
}

TEST_CASE("two tasks follow one source side by side, and neither ends the stream of the other", "[e2e][sources]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  Sql sql = source.connect();
  sql.exec_all("CREATE DATABASE shop; CREATE TABLE shop.t (id INT PRIMARY KEY)");
  Deployment deployment;
  deployment.add_source(source);
  for (const std::string name : {"left", "right"}) {
    deployment.create_task(
        {.name = name,
         .target = target_json(target),
         .rules = R"([{"source":{"source_name":"mysql-01","schema":"shop","table":"*"},"target":{"schema":")" + name +
                  R"("}}])"});
    deployment.start(name);
    deployment.wait_synced(source, 60s, "mysql-01", name);
  }
  sql.exec("INSERT INTO shop.t VALUES (1), (2)");
  Sql to = target.connect();
  for (const std::string name : {"left", "right"}) {
    deployment.wait_synced(source, 60s, "mysql-01", name);
    CHECK(differences(sql, "shop", to, name).empty());
  }
  CHECK(deployment.sluiced.log().find("subtask failed") == std::string::npos);
}
