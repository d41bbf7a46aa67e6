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
