#include <catch2/catch.hpp>
#include <random>
#include <thread>

#include "tests/e2e/compare.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/workload.hpp"

using namespace sluice::test;

namespace {

// The moment of a fault is what these tests vary, so they draw it; the seed is shown when a test fails.
class Moments {
 public:
  explicit Moments(std::uint32_t seed) : random_(seed) {}
  void pass(int least_ms, int most_ms) {
    std::this_thread::sleep_for(
        std::chrono::milliseconds(std::uniform_int_distribution<int>(least_ms, most_ms)(random_)));
  }

 private:
  std::mt19937 random_;
};

std::uint32_t draw_seed() { return std::random_device{}(); }

}  // namespace

TEST_CASE("kill -9 of sluiced at any moment, the full copy included, loses and doubles nothing", "[e2e][crash]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  const std::uint32_t seed = draw_seed();
  INFO("seed of the moments: " << seed);
  Moments moments(seed);
  MariaDbServer source;
  MariaDbServer target;
  const WorkloadOptions options{.tables = 12, .rows = 400, .ddl = false, .seed = 31};
  Sql sql = source.connect();
  create_workload(sql, options);
  // Rows without a key, many of them equal: what is applied twice or not at all shows.
  sql.exec("CREATE TABLE shop.plain (a INT, b VARCHAR(40))");
  sql.exec("INSERT INTO shop.plain SELECT seq % 100, CONCAT('text ', seq % 7) FROM shop.seq_1_to_150000");
  Sql held = target.connect();
  held.exec("CREATE DATABASE shop");
  held.exec("CREATE TABLE shop.plain (a INT, b VARCHAR(40))");
  Deployment deployment;
  deployment.add_source(source);
  deployment.create_task({.target = target_json(target)});
  Workload load([&] { return source.connect(); }, options);
  wait_statements(load, 100);
  held.exec("LOCK TABLES shop.plain WRITE");
  deployment.start();
  const int kills = by_length(5, 50);
  for (int i = 0; i < kills; ++i) {
    // A lock on a table of the target keeps the first copies from ending, however fast the machine is.
    if (i == 2) held.exec("UNLOCK TABLES");
    const bool early = i < (kills + 1) / 2;
    moments.pass(early ? 50 : 300, early ? 900 : 2500);
    if (i < 2) {
      wait_until([&] { return deployment.status().stage == "Running"; }, 60s, "a copy that runs");
      CHECK(deployment.status().unit != "sync");
    }
    deployment.sluiced.kill9();
    deployment.sluiced.restart();
  }
  wait_statements(load, 200);
  load.stop();
  deployment.wait_synced(source, by_length(180s, 600s));
  require_equal(source, target, deployment);
  require_books_balance(deployment.status());
}

TEST_CASE(
    "a table whose structure changes while its copy is interrupted is copied anew, its former rows are passed over",
    "[e2e][crash]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  Sql sql = source.connect();
  sql.exec_all(
      "CREATE DATABASE shop; CREATE TABLE shop.a (id INT PRIMARY KEY); INSERT INTO shop.a VALUES (1);"
      "CREATE TABLE shop.b (id INT PRIMARY KEY, v INT); INSERT INTO shop.b VALUES (1, 1), (2, 2)");
  // The one thread of the copy waits for a row of the first table; the second is planned and not copied.
  Sql held = target.connect();
  held.exec_all("CREATE DATABASE shop; CREATE TABLE shop.a (id INT PRIMARY KEY); BEGIN; INSERT INTO shop.a VALUES (1)");
  Deployment deployment;
  deployment.add_source(source);
  deployment.create_task(
      {.target = target_json(target), .full_migrate_conf = R"({"export_threads":1,"import_threads":1})"});
  deployment.start();
  wait_until([&] { return target.connect().query("SHOW TABLES FROM shop LIKE 'b'").size() == 1; }, 60s, "the table b");
  deployment.sluiced.kill9();
  sql.exec_all(
      "INSERT INTO shop.b VALUES (3, 3); UPDATE shop.b SET v = 20 WHERE id = 2;"
      "ALTER TABLE shop.b ADD COLUMN more INT DEFAULT 7; INSERT INTO shop.b VALUES (4, 4, 4);"
      "ALTER TABLE shop.b DROP COLUMN v; DELETE FROM shop.b WHERE id = 1");
  held.exec("ROLLBACK");
  deployment.sluiced.restart();
  deployment.wait_unit("sync", 60s);
  sql.exec("INSERT INTO shop.b VALUES (5, 5)");
  deployment.wait_synced(source, 60s);
  require_equal(source, target, deployment);
  require_books_balance(deployment.status());
}

TEST_CASE("kill -9 of sluiced at any moment while it follows writers and DDL loses and doubles nothing",
          "[e2e][crash]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  const std::uint32_t seed = draw_seed();
  INFO("seed of the moments: " << seed);
  Moments moments(seed);
  MariaDbServer source;
  MariaDbServer target;
  const WorkloadOptions options{.rows = 100, .seed = 34};  // every sixth of its tables is without a key
  Sql sql = source.connect();
  create_workload(sql, options);
  Deployment deployment;
  deployment.add_source(source);
  deployment.create_task({.target = target_json(target)});
  deployment.start();
  deployment.wait_unit("sync", 120s);
  Workload load([&] { return source.connect(); }, options);
  for (int i = 0; i < by_length(5, 50); ++i) {
    wait_statements(load, 20);
    moments.pass(0, 2500);
    deployment.sluiced.kill9();
    deployment.sluiced.restart();
  }
  wait_statements(load, 200);
  load.stop();
  deployment.wait_synced(source, by_length(180s, 600s));
  require_equal(source, target, deployment);
  require_books_balance(deployment.status());
}

TEST_CASE("kill -9 of the target pauses the task, which resumes by itself", "[e2e][crash]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  const std::uint32_t seed = draw_seed();
  INFO("seed of the moments: " << seed);
  Moments moments(seed);
  MariaDbServer source;
  MariaDbServer target;
  const WorkloadOptions options{.tables = 12, .rows = 100, .seed = 32};
  Sql sql = source.connect();
  create_workload(sql, options);
  Deployment deployment;
  deployment.add_source(source);
  deployment.create_task({.target = target_json(target)});
  deployment.start();
  deployment.wait_unit("sync", 120s);
  Workload load([&] { return source.connect(); }, options);
  for (int i = 0; i < by_length(2, 10); ++i) {
    wait_statements(load, 100);
    moments.pass(0, 1500);
    target.kill9();
    moments.pass(0, 2000);
    target.restart();
    wait_until([&] { return deployment.status().stage == "Running"; }, 120s, "Running again without a call");
  }
  wait_statements(load, 200);
  load.stop();
  deployment.wait_synced(source, by_length(180s, 600s));
  require_equal(source, target, deployment);
  CHECK(deployment.status().stage == "Running");
}

TEST_CASE("kill -9 of the source pauses the task, which resumes by itself", "[e2e][crash]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  const std::uint32_t seed = draw_seed();
  INFO("seed of the moments: " << seed);
  Moments moments(seed);
  // Only what has reached the disk is in the binlog and in the tables after a kill: both survive it together.
  MariaDbServer source({.extra = {"--sync-binlog=1", "--innodb-flush-log-at-trx-commit=1"}});
  MariaDbServer target;
  const WorkloadOptions options{.tables = 12, .rows = 100, .seed = 33};
  {
    Sql sql = source.connect();
    create_workload(sql, options);
  }
  Deployment deployment;
  deployment.add_source(source);
  deployment.create_task({.target = target_json(target)});
  deployment.start();
  deployment.wait_unit("sync", 120s);
  Workload load([&] { return source.connect(); }, options, true);
  for (int i = 0; i < by_length(2, 10); ++i) {
    wait_statements(load, 100);
    moments.pass(0, 1500);
    source.kill9();
    moments.pass(0, 2000);
    source.restart();
    wait_until([&] { return deployment.status().stage == "Running"; }, 120s, "Running again without a call");
  }
  wait_statements(load, 200);
  load.stop();
  deployment.wait_synced(source, by_length(180s, 600s));
  require_equal(source, target, deployment);
  CHECK(deployment.status().stage == "Running");
}
