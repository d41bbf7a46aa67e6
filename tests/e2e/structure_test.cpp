// The tables of a subtask through the API: what it tracks, and a structure that a user sets.
#include <catch2/catch.hpp>

#include "tests/e2e/compare.hpp"
#include "tests/support/skip.hpp"

using namespace sluice::test;

namespace {

const std::string kBase = "/api/v1/tasks/t1/sources/mysql-01/";

std::string outcome(const HttpReply& reply) {
  return std::to_string(reply.status) + (reply.status < 400 ? "" : " " + reply.text("error_code"));
}

}  // namespace

TEST_CASE("a table structure that a user sets survives kill -9 and is used by the next row", "[e2e][structure]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  Sql from = source.connect();
  Sql to = target.connect();
  from.exec_all("CREATE DATABASE shop; CREATE TABLE shop.t (id INT PRIMARY KEY, old INT, name VARCHAR(20))");
  const auto begin = from.query("SHOW MASTER STATUS").at(0);
  from.exec("INSERT INTO shop.t VALUES (1, 11, 'one')");
  from.exec("ALTER TABLE shop.t DROP COLUMN old");
  to.exec_all("CREATE DATABASE shop; CREATE TABLE shop.t (id INT PRIMARY KEY, name VARCHAR(20))");
  Deployment deployment;
  const HttpClient& api = deployment.sluiced.api();
  deployment.add_source(source);
  const std::string task = task_json({.mode = "incremental", .target = target_json(target)});
  const std::string conf = R"("source_conf":[{"source_name":"mysql-01")";
  std::string positioned = task;
  positioned.replace(task.find(conf), conf.size(),
                     conf + R"(,"binlog_name":")" + *begin[0] + R"(","binlog_pos":)" + *begin[1]);
  REQUIRE(api.post("/api/v1/tasks", positioned).status == 200);
  CHECK(outcome(api.get(kBase + "schemas")) == "400 40051");
  deployment.start();
  wait_until([&] { return deployment.status().code == 36027; }, 60s, "a pause by the number of columns");

  CHECK(outcome(api.get("/api/v1/tasks/t1/sources/nobody/schemas")) == "400 46008");
  CHECK(outcome(api.get(kBase + "schemas/shop")) == "400 44005");
  CHECK(outcome(api.put(kBase + "schemas/shop/t", R"({"sql_content":"DROP TABLE t"})")) == "400 44009");
  const HttpReply targets = api.get(kBase + "migrate_targets?table_pattern=%5Et");
  INFO(targets.body);
  CHECK(targets.number("total") == 1);
  CHECK(targets.text("data[0].target_table") == "t");
  const HttpReply set = api.put(
      kBase + "schemas/shop/t",
      R"j({"sql_content":"CREATE TABLE t (id INT PRIMARY KEY, old INT, name VARCHAR(20))","flush":true,"sync":true,})j");
  INFO(set.body);
  REQUIRE(set.status == 200);
  to.exec("ALTER TABLE shop.t ADD COLUMN old INT AFTER id");
  deployment.sluiced.kill9();
  deployment.sluiced.restart();
  deployment.wait_synced(source, 60s);
  require_equal(source, target, deployment);

  // Stopped by the user: a new process finds it as it was left.
  REQUIRE(api.post("/api/v1/tasks/t1/stop").status == 200);
  wait_until([&] { return deployment.status().stage == "Paused"; }, 30s, "the pause");
  wait_until([&] { return outcome(api.get(kBase + "schemas")) == "200"; }, 30s, "the end of the run");
  deployment.sluiced.kill9();
  deployment.sluiced.restart();
  const HttpReply structure = api.get(kBase + "schemas/shop/t");
  INFO(structure.body);
  CHECK(structure.text("schema_create_sql").find("`name`") != std::string::npos);
  CHECK(structure.text("schema_create_sql").find("`old`") == std::string::npos);
  CHECK(outcome(api.del(kBase + "schemas/shop/t")) == "200");
  CHECK(outcome(api.get(kBase + "schemas/shop")) == "400 44005");
  deployment.start();
  from.exec("INSERT INTO shop.t VALUES (2, 'two')");
  deployment.wait_synced(source, 60s);
  require_equal(source, target, deployment);
}
