#include <catch2/catch.hpp>

#include "tests/e2e/compare.hpp"
#include "tests/support/skip.hpp"

using namespace sluice::test;

namespace {

const char* const kRoutes =
    R"([{"source":{"source_name":"mysql-01","schema":"shard_a","table":"orders_*"},"target":{"schema":"shop","table":"orders"}},)"
    R"({"source":{"source_name":"mysql-02","schema":"shard_b","table":"orders_*"},"target":{"schema":"shop","table":"orders"}}])";

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

std::vector<Row> rows_of_shards(Sql& a, Sql& b) {
  std::vector<Row> out = all_rows(a, {"shard_a.orders_0", "shard_a.orders_1"});
  const std::vector<Row> more = all_rows(b, {"shard_b.orders_0", "shard_b.orders_1"});
  out.insert(out.end(), more.begin(), more.end());
  return out;  // the ids of b begin behind those of a
}

}  // namespace

TEST_CASE("tables of two sources merge into one table of the target", "[e2e][merge]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer first;
  MariaDbServer second;
  MariaDbServer target;
  Sql a = first.connect();
  Sql b = second.connect();
  make_shards(a, "shard_a", 0);
  make_shards(b, "shard_b", 100000);
  Deployment deployment({.name = "worker-1"});
  deployment.add_source(first, "mysql-01");
  deployment.add_source(second, "mysql-02");
  deployment.create_task({.target = target_json(target), .sources = {"mysql-01", "mysql-02"}, .rules = kRoutes});
  deployment.start();
  change_shards(a, "shard_a", 0);
  change_shards(b, "shard_b", 100000);
  deployment.wait_synced(first, 90s, "mysql-01");
  deployment.wait_synced(second, 90s, "mysql-02");
  Sql to = target.connect();
  REQUIRE(all_rows(to, {"shop.orders"}) == rows_of_shards(a, b));
  require_books_balance(deployment.status("mysql-01"));
  require_books_balance(deployment.status("mysql-02"));
}

