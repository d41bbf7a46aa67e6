#include <catch2/catch.hpp>

#include "tests/e2e/compare.hpp"
#include "tests/support/skip.hpp"

using namespace sluice::test;

TEST_CASE("start_time and until hold over kill -9, and a finished task goes on when it is started again",
          "[e2e][crash][start]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  Sql sql = source.connect();
  Sql there = target.connect();
  const auto at = [&sql](int second, const std::string& statement) {
    sql.exec("SET timestamp = " + std::to_string(1'960'000'000 + second));  // 2032-02-10 04:26:40 UTC
    sql.exec(statement);
  };
  for (Sql* both : {&sql, &there}) both->exec_all("CREATE DATABASE shop; CREATE TABLE shop.plain (a INT)");
  at(0, "FLUSH BINARY LOGS");
  at(1, "INSERT INTO shop.plain VALUES (1)");
  at(10, "INSERT INTO shop.plain VALUES (10), (10)");
  at(15, "FLUSH BINARY LOGS");
  at(20, "INSERT INTO shop.plain VALUES (20), (20)");
  at(30, "INSERT INTO shop.plain VALUES (30)");
  const auto rows = [&there] { return there.value("SELECT COALESCE(GROUP_CONCAT(a ORDER BY a), '') FROM shop.plain"); };

  Deployment deployment;
  deployment.add_source(source);
  deployment.create_task({.mode = "incremental", .target = target_json(target)});
  // Nothing says where to begin, and a time to come is no beginning.
  CHECK(deployment.sluiced.api().post("/api/v1/tasks/t1/start").status == 400);
  const auto start = [&deployment](const std::string& body) {
    const HttpReply reply = deployment.sluiced.api().post("/api/v1/tasks/t1/start", body);
    INFO(reply.body);
    REQUIRE(reply.status == 204);
  };
  const auto stage_is = [&deployment](const std::string& stage) {
    return wait_for([&] { return deployment.status().stage == stage; }, 60s);
  };
  start(R"({"start_time":"2032-02-10T05:00:00Z"})");
  REQUIRE(stage_is("Paused"));
  CHECK(deployment.status().code == 20057);

  there.exec("LOCK TABLES shop.plain WRITE");  // nothing is applied before the kill
  start(R"({"start_time":"2032-02-10T04:26:45Z","until":{"time":"2032-02-10T04:27:10Z"}})");
  wait_until([&] { return deployment.status().read > 0; }, 60s, "changes that have been read");
  deployment.sluiced.kill9();
  there.exec("UNLOCK TABLES");
  deployment.sluiced.restart();
  REQUIRE(stage_is("Finished"));
  CHECK(rows() == "10,10,20,20");
  deployment.sluiced.kill9();
  deployment.sluiced.restart();
  REQUIRE(stage_is("Finished"));
  INFO(deployment.status().body);
  CHECK(deployment.status().body.find("\"until_reached\": \"time 2032-02-10T04:27:10Z\"") != std::string::npos);

  start("{}");
  deployment.wait_synced(source, 60s);
  CHECK(rows() == "10,10,20,20,30");
}

TEST_CASE("start_time with much binlog behind the place that is found begins all the same", "[e2e][start]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  Sql sql = source.connect();
  sql.exec_all(
      "CREATE DATABASE shop; CREATE TABLE shop.wide (id INT PRIMARY KEY, v MEDIUMTEXT);"
      "CREATE TABLE shop.later (id INT PRIMARY KEY)");
  // More than a stream that nobody reads can hold on its way.
  for (int i = 0; i < 40; ++i) {
    sql.exec("INSERT INTO shop.wide VALUES (" + std::to_string(i) + ", REPEAT('w', 1000000))");
  }
  sql.exec("INSERT INTO shop.later VALUES (1)");
  target.connect().exec_all(
      "CREATE DATABASE shop; CREATE TABLE shop.wide (id INT PRIMARY KEY, v MEDIUMTEXT);"
      "CREATE TABLE shop.later (id INT PRIMARY KEY)");
  Deployment deployment;
  deployment.add_source(source);
  deployment.create_task({.mode = "incremental", .target = target_json(target)});
  const HttpReply started =
      deployment.sluiced.api().post("/api/v1/tasks/t1/start", R"({"start_time":"2000-01-01 00:00:00"})");
  INFO(started.body);
  REQUIRE(started.status == 204);
  deployment.wait_synced(source, 120s);
  require_equal(source, target, deployment);
}

TEST_CASE("a stopped task does not say that it is synced, nor an error that it has got over", "[e2e][start]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  Sql sql = source.connect();
  sql.exec_all("CREATE DATABASE shop; CREATE TABLE shop.t (id INT PRIMARY KEY); INSERT INTO shop.t VALUES (1)");
  Deployment deployment;
  deployment.add_source(source);
  std::string checked = target_json(target);  // the variable that DM admits in session, as the text that it is there
  checked.insert(checked.size() - 1, R"(,"session":{"foreign_key_checks":"1"})");
  deployment.create_task({.target = checked});
  deployment.start();
  deployment.wait_unit("sync", 60s);
  deployment.wait_synced(source, 60s);
  target.kill9();
  sql.exec("INSERT INTO shop.t VALUES (2)");
  wait_until([&] { return !deployment.status().error_msg.empty(); }, 60s, "the error");
  target.restart();
  deployment.wait_synced(source, 120s);
  CHECK(deployment.status().body.find("\"synced\": true") != std::string::npos);
  REQUIRE(deployment.sluiced.api().post("/api/v1/tasks/t1/stop").status == 200);
  wait_until([&] { return deployment.status().stage == "Paused"; }, 60s, "Paused");
  sql.exec("INSERT INTO shop.t VALUES (3)");
  const SubtaskView stopped = deployment.status();
  INFO(stopped.body);
  CHECK(stopped.error_msg.empty());
  CHECK(stopped.body.find("\"synced\": false") != std::string::npos);
  deployment.start();
  deployment.wait_synced(source, 60s);
  require_equal(source, target, deployment);
}

TEST_CASE("a task that follows by GTID keeps its place over a start on a quiet source, and says that it is synced",
          "[e2e][start][mysql56]") {
  SLUICE_SKIP_IF(MySql56Server::missing());
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MySql56Server source;
  MariaDbServer target;
  Sql sql = source.connect();
  sql.exec_all("CREATE DATABASE shop; CREATE TABLE shop.t (id INT PRIMARY KEY); INSERT INTO shop.t VALUES (1)");
  Deployment deployment;
  deployment.add_source(source, "mysql-01", R"(,"enable_gtid":true)");
  deployment.create_task({.target = target_json(target)});
  deployment.start();
  deployment.wait_unit("sync", 60s);
  sql.exec("INSERT INTO shop.t VALUES (2)");
  deployment.wait_synced(source, 60s);
  const auto synced = [&] { return deployment.status().body.find("\"synced\": true") != std::string::npos; };
  wait_until(synced, 30s, "synced");
  const SubtaskView before = deployment.status();
  for (int i = 0; i < 2; ++i) {
    deployment.sluiced.restart();
    wait_until([&] { return deployment.status().stage == "Running" && synced(); }, 30s, "synced again");
    const SubtaskView after = deployment.status();
    INFO(after.body);
    CHECK(after.file == before.file);
    CHECK(after.position == before.position);
  }
  sql.exec("INSERT INTO shop.t VALUES (3)");
  deployment.wait_synced(source, 60s);
  require_equal(source, target, deployment);
}
