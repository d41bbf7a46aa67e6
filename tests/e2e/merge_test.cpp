#include <catch2/catch.hpp>

#include "tests/e2e/compare.hpp"
#include "tests/support/skip.hpp"

using namespace sluice::test;

namespace {

const char* const kRoutes =
    R"([{"source":{"source_name":"mysql-01","schema":"shard_a","table":"orders_*"},"target":{"schema":"shop","table":"orders"}},)"
    R"({"source":{"source_name":"mysql-01","schema":"shard_b","table":"orders_*"},"target":{"schema":"shop","table":"orders"}}])";

// Two tables a source; ids never meet.
void make_shards(Sql& sql, const std::string& schema, int first) {
  sql.exec("CREATE DATABASE " + schema);
  for (int table = 0; table < 2; ++table) {
    const std::string name = schema + ".orders_" + std::to_string(table);
    sql.exec("CREATE TABLE " + name + " (id INT PRIMARY KEY, customer VARCHAR(40), total DECIMAL(10,2))");
    sql.exec("INSERT INTO " + name + " SELECT " + std::to_string(first + table * 10000) +
             " + seq, CONCAT('c', seq % 50), seq / 7 FROM mysql.seq_1_to_2000");
  }
}

void change_shards(Sql& sql, const std::string& schema, int first) {
  for (int table = 0; table < 2; ++table) {
    const std::string name = schema + ".orders_" + std::to_string(table);
    const int base = first + table * 10000;
    sql.exec("UPDATE " + name + " SET total = total + 1 WHERE id % 3 = 0");
    sql.exec("DELETE FROM " + name + " WHERE id % 7 = 0");
    for (int i = 0; i < 50; ++i) {
      sql.exec("INSERT INTO " + name + " VALUES (" + std::to_string(base + 5000 + i) + ", 'new', 1.25)");
    }
    sql.exec("UPDATE " + name + " SET id = id + 4000 WHERE id BETWEEN " + std::to_string(base) + " AND " +
             std::to_string(base + 100));
  }
}

std::vector<Row> all_rows(Sql& sql, const std::vector<std::string>& tables) {
  std::string query;
  for (const std::string& table : tables) {
    query += (query.empty() ? "" : " UNION ALL ") + ("SELECT id, customer, total FROM " + table);
  }
  return sql.query(query + " ORDER BY id");
}

const std::vector<std::string> kShards{"shard_a.orders_0", "shard_a.orders_1", "shard_b.orders_0", "shard_b.orders_1"};

}  // namespace

TEST_CASE("tables of several schemas merge into one table of the target", "[e2e][merge]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  Sql sql = source.connect();
  make_shards(sql, "shard_a", 0);
  make_shards(sql, "shard_b", 100000);
  Deployment deployment;
  deployment.add_source(source);
  deployment.create_task({.target = target_json(target), .rules = kRoutes});
  deployment.start();
  change_shards(sql, "shard_a", 0);
  change_shards(sql, "shard_b", 100000);
  deployment.wait_synced(source, 90s);
  Sql to = target.connect();
  REQUIRE(all_rows(to, {"shop.orders"}) == all_rows(sql, kShards));
  require_books_balance(deployment.status());
}

TEST_CASE("a DDL in a task with shard_mode pauses the subtask and says why", "[e2e][merge]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  Sql sql = source.connect();
  make_shards(sql, "shard_a", 0);
  make_shards(sql, "shard_b", 100000);
  Deployment deployment;
  deployment.add_source(source);
  deployment.create_task(
      {.target = target_json(target), .rules = kRoutes, .members = R"(,"shard_mode":"pessimistic")"});
  deployment.start();
  deployment.wait_unit("sync", 60s);
  change_shards(sql, "shard_a", 0);
  deployment.wait_synced(source, 90s);
  sql.exec("ALTER TABLE shard_a.orders_0 ADD COLUMN extra INT");
  wait_until([&] { return deployment.status().stage == "Paused"; }, 60s, "a pause at the DDL");
  const SubtaskView view = deployment.status();
  INFO(view.body);
  CHECK(view.error_msg.find("shard_mode pessimistic") != std::string::npos);
  CHECK(view.error_msg.find("Workaround: ") != std::string::npos);
  CHECK(view.body.find("ADD COLUMN extra") != std::string::npos);
  Sql to = target.connect();
  CHECK(to.query("SHOW COLUMNS FROM shop.orders LIKE 'extra'").empty());
  CHECK(all_rows(to, {"shop.orders"}) == all_rows(sql, kShards));
}

TEST_CASE("a task over more sources than there are workers is refused with what to do", "[e2e][merge]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer first;
  MariaDbServer second;
  MariaDbServer target;
  Deployment deployment({.extra = "[worker]\ncount = 1\n"});
  deployment.add_source(first, "mysql-01");
  deployment.add_source(second, "mysql-02");
  const HttpReply reply = deployment.sluiced.api().post(
      "/api/v1/tasks", task_json({.target = target_json(target), .sources = {"mysql-01", "mysql-02"}, .rules = "[]"}));
  INFO(reply.body);
  CHECK(reply.status == 400);
  CHECK(reply.text("error_code") == "46009");
  CHECK(reply.text("error_msg").find("mysql-02") != std::string::npos);
  CHECK(reply.text("error_msg").find("raise `count` in [worker]") != std::string::npos);
  CHECK(deployment.sluiced.api().get("/api/v1/tasks").size("data") == 0);
}
