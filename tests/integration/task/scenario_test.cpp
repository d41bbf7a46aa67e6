// Situations that lost data elsewhere, each played between real servers.
#include "tests/integration/task/scenario.hpp"

using namespace sluice;
using namespace sluice::test;
using namespace std::chrono_literals;

TEST_CASE("a prepared XA transaction arrives when it is committed, and never when it is rolled back",
          "[integration][sync][xa]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  Pair pair(source, target);
  pair.begin_here();
  prepare(pair, "CREATE TABLE d.t (id INT PRIMARY KEY, v VARCHAR(20))");
  pair.make();
  pair.subtask->start({});
  auto gone = source.connect();
  auto kept = source.connect();
  const auto prepare_xa = [](Sql& sql, const std::string& id, const std::string& insert) {
    sql.exec("XA START " + id);
    sql.exec(insert);
    sql.exec("XA END " + id);
    sql.exec("XA PREPARE " + id);
  };
  prepare_xa(gone, "'gone'", "INSERT INTO d.t VALUES (1, 'gone'), (2, 'gone')");
  prepare_xa(kept, "'kept'", "INSERT INTO d.t VALUES (11, 'kept'), (12, 'kept')");
  auto other = source.connect();
  other.exec("INSERT INTO d.t VALUES (21, 'meanwhile')");
  auto seen = target.connect();
  wait_until(
      [&] {
        try {
          return seen.count("d.t") == 1;
        } catch (const SqlError&) {
          return false;
        }
      },
      30s, "the other transaction");
  // A restart in between: what was prepared is read again from where it began.
  pair.subtask->pause(10s, "test");
  pair.make();
  pair.subtask->start({});
  gone.exec("XA ROLLBACK 'gone'");
  kept.exec("XA COMMIT 'kept'");
  pair.wait_synced(30s);
  require_same(pair, "t");
  REQUIRE(seen.count("d.t") == 3);
}

TEST_CASE("compressed binlog events of MariaDB are replicated", "[integration][sync]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source({.extra = {"--log-bin-compress=ON", "--log-bin-compress-min-len=10"}});
  MariaDbServer target;
  Pair pair(source, target);
  pair.begin_here();
  prepare(pair, "CREATE TABLE d.t (id INT PRIMARY KEY, v LONGTEXT)");
  auto sql = source.connect();
  sql.exec("USE d");
  sql.exec("INSERT INTO d.t SELECT seq, REPEAT('text ', 200) FROM seq_1_to_500");
  sql.exec("UPDATE d.t SET v = CONCAT(v, id) WHERE id % 3 = 0");
  sql.exec("DELETE FROM d.t WHERE id % 7 = 0");
  pair.make();
  pair.subtask->start({});
  pair.wait_synced(60s);
  require_same(pair, "t");
}

TEST_CASE("a chain of key changes in one statement neither collides nor loses a row", "[integration][sync]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  Pair pair(source, target);
  pair.begin_here();
  prepare(pair, "CREATE TABLE d.t (id INT PRIMARY KEY, u INT, UNIQUE KEY (u))");
  auto sql = source.connect();
  sql.exec("USE d");
  sql.exec("INSERT INTO d.t SELECT seq, seq FROM seq_1_to_2000");
  pair.make();
  pair.subtask->start({});
  for (int round = 0; round < 10; ++round) {
    sql.exec("UPDATE d.t SET id = id + 1 ORDER BY id DESC");
    sql.exec("UPDATE d.t SET u = u + 1 ORDER BY u DESC");
    sql.exec("BEGIN");
    sql.exec("UPDATE d.t SET u = NULL WHERE id = 500");
    sql.exec("UPDATE d.t SET u = 100000 + " + std::to_string(round * 1000) + " WHERE id = 501");
    sql.exec("UPDATE d.t SET u = NULL WHERE id = 502");
    sql.exec("UPDATE d.t SET u = (SELECT x FROM (SELECT MAX(u) + 1 AS x FROM d.t) AS m) WHERE id = 502");
    sql.exec("COMMIT");
  }
  pair.wait_synced(90s);
  require_same(pair, "t");
}

TEST_CASE("rows that are equal in every column keep their number", "[integration][sync]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  Pair pair(source, target);
  pair.begin_here();
  prepare(pair, "CREATE TABLE d.t (a INT, c VARCHAR(20), f FLOAT)");
  auto sql = source.connect();
  sql.exec("USE d");
  sql.exec("INSERT INTO d.t SELECT seq % 5, IF(seq % 2, 'a', 'A'), 1.1 FROM seq_1_to_300");
  sql.exec("DELETE FROM d.t WHERE BINARY c = 'a' LIMIT 40");
  sql.exec("UPDATE d.t SET a = 9 WHERE BINARY c = 'A' LIMIT 30");
  sql.exec("INSERT INTO d.t VALUES (NULL, NULL, NULL), (NULL, NULL, NULL)");
  sql.exec("DELETE FROM d.t WHERE a IS NULL LIMIT 1");
  pair.make();
  pair.subtask->start({});
  pair.wait_synced(60s);
  require_same(pair, "t");
}

TEST_CASE("statement-format changes of a replicated table stop the subtask and say what to do", "[integration][sync]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  Pair pair(source, target);
  pair.begin_here();
  prepare(pair, "CREATE TABLE d.t (id INT PRIMARY KEY)");
  pair.make();
  pair.subtask->start({});
  auto sql = source.connect();
  sql.exec("SET SESSION binlog_format = STATEMENT");
  sql.exec("INSERT INTO d.t VALUES (1)");
  wait_until([&] { return pair.subtask->status().stage == model::Stage::Paused; }, 30s, "the stop");
  const auto status = pair.subtask->status();
  REQUIRE(status.errors.size() == 1);
  CHECK(status.errors[0].code == 36014);
  CHECK(status.errors[0].binlog_pos > 0);
  CHECK_FALSE(status.errors[0].workaround.empty());
}

TEST_CASE("a statement that changes a replicated table beside or through another one stops the subtask too",
          "[integration][sync]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source({.extra = {"--log-bin-trust-function-creators=ON"}});
  MariaDbServer target({.extra = {"--log-bin-trust-function-creators=ON"}});
  const auto stops_at = [&](const std::string& statement) {
    Pair pair(source, target);
    pair.config.task.table_migrate_rule = {{"mysql-01", "d", "t", "", "", {}}};
    pair.begin_here();
    pair.make();
    pair.subtask->start({});
    auto sql = source.connect();
    sql.exec("SET SESSION binlog_format = STATEMENT");
    sql.exec("INSERT INTO d.other VALUES (4)");  // known not to matter
    sql.exec(statement);
    wait_until([&] { return pair.subtask->status().stage == model::Stage::Paused; }, 30s, "the stop");
    const auto status = pair.subtask->status();
    return status.errors.empty() ? std::string("no error") : status.errors[0].one_line();
  };
  for (auto* server : {&source, &target}) {
    server->connect().exec_all(
        "CREATE DATABASE d; CREATE TABLE d.t (id INT PRIMARY KEY, v INT); CREATE TABLE d.other (id INT);"
        "INSERT INTO d.t VALUES (1, 1); INSERT INTO d.other VALUES (1);"
        "CREATE FUNCTION d.f() RETURNS INT MODIFIES SQL DATA BEGIN UPDATE d.t SET v = 7; RETURN 1; END");
  }
  CHECK_THAT(stops_at("UPDATE d.other JOIN d.t ON d.other.id = d.t.id SET d.t.v = 2"),
             Catch::StartsWith("[code=36014"));
  CHECK_THAT(stops_at("SELECT d.f()"), Catch::StartsWith("[code=36014"));
}

TEST_CASE("the location moves with rotations of an idle source", "[integration][sync]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  Pair pair(source, target);
  pair.begin_here();
  pair.make();
  pair.subtask->start({});
  auto sql = source.connect();
  for (int i = 0; i < 3; ++i) sql.exec("FLUSH BINARY LOGS");
  pair.wait_synced(30s);
  pair.subtask->pause(10s, "test");
  const std::string now = sql.query("SHOW MASTER STATUS").at(0)[0].value();
  sql.exec("PURGE BINARY LOGS TO '" + now + "'");
  prepare(pair, "CREATE TABLE d.t (id INT PRIMARY KEY)");
  sql.exec("INSERT INTO d.t VALUES (1)");
  pair.make();
  pair.subtask->start({});
  pair.wait_synced(30s);
  require_same(pair, "t");
}

TEST_CASE("a DDL that nobody can parse stops the task only when it concerns it", "[integration][sync]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  Pair pair(source, target);
  pair.config.task.table_migrate_rule.push_back({"mysql-01", "d", "*", "", "", {}});
  pair.begin_here();
  prepare(pair, "CREATE TABLE d.t (id INT PRIMARY KEY)");
  auto sql = source.connect();
  sql.exec("CREATE DATABASE elsewhere");
  sql.exec("USE elsewhere");
  sql.exec("CREATE SEQUENCE s1");
  sql.exec("INSERT INTO d.t VALUES (1)");
  pair.make();
  pair.subtask->start({});
  pair.wait_synced(30s);
  require_same(pair, "t");
}

TEST_CASE("a row image that is not full stops the subtask before anything is lost", "[integration][sync]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  Pair pair(source, target);
  pair.begin_here();
  prepare(pair, "CREATE TABLE d.t (id INT PRIMARY KEY, a INT, b INT)");
  auto sql = source.connect();
  sql.exec("INSERT INTO d.t VALUES (1, 1, 1)");
  sql.exec("SET SESSION binlog_row_image = MINIMAL");
  sql.exec("UPDATE d.t SET a = 2");
  pair.make();
  pair.subtask->start({});
  wait_until([&] { return pair.subtask->status().stage == model::Stage::Paused; }, 30s, "the stop");
  const auto status = pair.subtask->status();
  REQUIRE(status.errors.size() == 1);
  CHECK(status.errors[0].code == 11126);
}
