#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <type_traits>

#include "core/units/full/chunk_bounds.hpp"
#include "core/units/full/load_plan.hpp"
#include "core/upstream/server_info.hpp"
#include "tests/support/server.hpp"
#include "tests/support/skip.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

struct Key {
  std::string table;
  std::string columns;  // with the key
  std::string of_n;     // SQL of their values for row number n; MD5 scatters them
};

std::vector<Key> keys(bool mariadb) {
  std::vector<Key> out = {
      {"text", "k VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci PRIMARY KEY",
       "CONCAT(ELT(1 + n % 4, 'é', 'Ab', '日,本', ''''), n)"},
      {"latin", "k CHAR(40) CHARACTER SET latin1 COLLATE latin1_german2_ci PRIMARY KEY",
       "CONCAT(ELT(1 + n % 3, 'ß', 'ä', 'x\\\\'), n)"},
      {"bytes", "k VARBINARY(40) PRIMARY KEY", "UNHEX(MD5(n))"},
      {"fixed", "k BINARY(20) PRIMARY KEY", "UNHEX(MD5(n))"},
      {"exact", "k DECIMAL(30,10) PRIMARY KEY", "(n - 20000) * 0.0000000007"},
      {"moment", "k DATETIME(6) PRIMARY KEY", "'2020-01-01' + INTERVAL n * 7 MICROSECOND"},
      {"stamp", "k TIMESTAMP(6) NOT NULL DEFAULT '2000-01-01' PRIMARY KEY",
       "'2020-03-29 00:59:59' + INTERVAL n * 1000 MICROSECOND"},
      {"span", "k TIME(6) PRIMARY KEY", "SEC_TO_TIME((n - 20000) / 1000)"},
      // One tenant has nearly all of the rows.
      {"tenants", "t INT, k BIGINT UNSIGNED, PRIMARY KEY (t, k)", "IF(n % 100 = 0, n, 7), n + 18446744073709500000"},
      {"pairs", "d DATE, k VARCHAR(40) CHARACTER SET latin1, e INT, PRIMARY KEY (d, k, e)",
       "'2020-01-01' + INTERVAL n % 3 DAY, MD5(n % 1000), n"},
      {"back", "k VARCHAR(40) CHARACTER SET latin1, PRIMARY KEY (k DESC)", "MD5(n)"},
      {"no_primary", "k VARCHAR(40) CHARACTER SET latin1 NOT NULL, UNIQUE KEY uk (k)", "MD5(n)"},
      // Only the first column can be compared with literals, and each of its values has many rows.
      {"part", "k VARCHAR(9) CHARACTER SET latin1, e ENUM('a','b') NOT NULL, n INT, PRIMARY KEY (k, e, n)",
       "n % 5, ELT(1 + n % 2, 'a', 'b'), n"},
  };
  if (mariadb) {
    out.push_back(
        {"ids", "k UUID PRIMARY KEY", "CONCAT(LEFT(MD5(n), 12), '4', MID(MD5(n), 14, 3), '8', MID(MD5(n), 18))"});
    out.push_back({"hosts", "k INET6 PRIMARY KEY", "INET6_NTOA(UNHEX(MD5(n)))"});
  }
  return out;
}

void make_numbers(Sql& sql) {
  sql.exec("CREATE DATABASE s DEFAULT CHARACTER SET utf8mb4");
  sql.exec("CREATE TABLE s.digits (d INT PRIMARY KEY)");
  sql.exec("INSERT INTO s.digits VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)");
  sql.exec("CREATE TABLE s.numbers (n INT PRIMARY KEY)");
  sql.exec(
      "INSERT INTO s.numbers SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d FROM s.digits a, s.digits b, "
      "s.digits c, s.digits e, s.digits f WHERE f.d < 4");
}

// Every row in exactly one chunk, no chunk far too large.
void require_partition(upstream::Connection& session, const units::full::TablePlan& plan, size_t rows) {
  CHECK(plan.chunk_count() >= 3);
  std::map<std::string, int> met;
  for (size_t i = 0; i < plan.chunk_count(); ++i) {
    INFO("chunk " << i << plan.condition(i));
    auto chunk = session.query("SELECT v FROM s." + plan.source.table + plan.condition(i));
    REQUIRE(chunk.ok());
    CHECK(chunk->rows.size() <= 25'000);
    for (const auto& row : chunk->rows) ++met[row[0].value_or("")];
  }
  CHECK(met.size() == rows);
  CHECK(std::all_of(met.begin(), met.end(), [](const auto& entry) { return entry.second == 1; }));
}

template <class Server>
void cut_all() {
  Server server;
  Sql sql = server.connect();
  make_numbers(sql);
  auto session = upstream::Connection::open({server.host(), server.port(), server.user(), server.password(), {}}, {});
  REQUIRE(session.ok());
  REQUIRE(session->exec("SET SESSION time_zone = '+00:00', sql_mode = '', character_set_results = NULL").ok());
  auto info = upstream::server_info(*session);
  REQUIRE(info.ok());
  sql.exec("SET SESSION sql_mode = '', time_zone = '+00:00'");
  for (const Key& key : keys(std::is_same_v<Server, MariaDbServer>)) {
    INFO(key.table);
    sql.exec("CREATE TABLE s." + key.table + " (" + key.columns + ", v INT)");
    sql.exec("INSERT INTO s." + key.table + " SELECT " + key.of_n + ", n FROM s.numbers");
    sql.exec("ANALYZE TABLE s." + key.table);
    auto table = units::full::describe_table(*session, *info, {"s", key.table});
    REQUIRE(table.ok());
    auto chunks = units::full::plan_chunks(*session, *table, 1);
    if (!chunks) FAIL(chunks.error().one_line());
    units::full::TablePlan plan;
    plan.source = *table;
    plan.chunks = *chunks;
    require_partition(*session, plan, 40'000);
  }
}

}  // namespace

TEST_CASE("chunks: tables with keys of any type are cut into ranges that share no row (MariaDB)",
          "[integration][load]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  cut_all<MariaDbServer>();
}

TEST_CASE("chunks: tables with keys of any type are cut into ranges that share no row (MySQL 5.6)",
          "[integration][load]") {
  SLUICE_SKIP_IF(MySql56Server::missing());
  cut_all<MySql56Server>();
}
