#include <catch2/catch.hpp>

#include "mysql_fixture.hpp"
#include "tests/support/skip.hpp"

namespace sluice::test {
namespace {

const std::vector<ColumnSpec> kIdName = {{"id", SLUICE_INT}, {"name", SLUICE_STRING, "utf8mb4"}};

TEST_CASE("mysql sink: DDL is executed under the event's settings, which are gone afterwards",
          "[integration][sink][ddl]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MySqlTarget target;
  REQUIRE(execute(target.writer, "CREATE TABLE t.a (id INT PRIMARY KEY)", 0,
                  {{to_str("ddl"), to_str("p"), {nullptr, 0}, to_str("1")}})
              .ok());
  CHECK(target.rows("SELECT scope,mark_value FROM dm_meta.task1_sluice_marks") == "ddl,1");
  target.sql.exec("INSERT INTO t.a VALUES (1)");
  auto statement = make_sized<sluice_statement>();
  statement.sql = to_str(
      "ALTER TABLE a ADD COLUMN ts DATETIME(3) DEFAULT CURRENT_TIMESTAMP(3), ADD COLUMN s VARCHAR(9) DEFAULT \"x\\\"");
  statement.schema = to_str("t");
  statement.table = to_str("a");
  statement.time_zone = to_str("+02:00");
  statement.timestamp_us = 1700000000123456;
  statement.flags = SLUICE_STATEMENT_HAS_SQL_MODE;
  statement.sql_mode = 1u << 20 | 1u << 28;  // NO_BACKSLASH_ESCAPES, NO_AUTO_CREATE_USER
  Outcome out;
  out.status = target.writer.execute(statement, out.error);
  INFO(out.message());
  REQUIRE(out.ok());
  CHECK(target.rows("SELECT ts,s FROM t.a") == "2023-11-15 00:13:20.123,x\\");
  CHECK(execute(target.writer,
                "CREATE TABLE t.b SELECT NOW() > '2025-01-01' AS now_again, @@time_zone AS zone, @@sql_mode LIKE "
                "'%STRICT%' AS strict")
            .ok());
  CHECK(target.rows("SELECT * FROM t.b") == "1,+00:00,1");
}

TEST_CASE("mysql sink: a DDL text in another character set means what it says", "[integration][sink][ddl]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MySqlTarget target;
  auto statement = make_sized<sluice_statement>();
  statement.sql = to_str("CREATE TABLE t.a (id INT COMMENT 'caf\xE9')");
  statement.charset = to_str("latin1");
  Outcome out;
  out.status = target.writer.execute(statement, out.error);
  REQUIRE(out.ok());
  CHECK(target.rows("SELECT HEX(column_comment) FROM information_schema.columns WHERE table_schema='t'") ==
        "636166C3A9");
}

TEST_CASE("mysql sink: an effect that is there already counts as done only when that is tolerated",
          "[integration][sink][ddl]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MySqlTarget target;
  target.sql.exec("CREATE TABLE t.a (id INT PRIMARY KEY, c INT, KEY k (c))");
  const std::string sql =
      GENERATE("CREATE TABLE t.a (id INT)", "ALTER TABLE t.a ADD COLUMN c INT", "ALTER TABLE t.a DROP COLUMN x",
               "DROP TABLE t.nope", "CREATE INDEX k ON t.a (c)", "DROP INDEX nope ON t.a",
               "ALTER TABLE t.a ADD PRIMARY KEY (c)", "CREATE DATABASE t", "DROP DATABASE nope");
  INFO(sql);
  const Outcome refused = execute(target.writer, sql);
  CHECK(refused.status == SLUICE_FAILED);
  CHECK_THAT(refused.message(), Catch::Contains(sql));
  CHECK(execute(target.writer, sql, SLUICE_STATEMENT_TOLERATE_DONE).ok());
  CHECK(execute(target.writer, "ALTER TABLE t.a ADD COLUMN (", SLUICE_STATEMENT_TOLERATE_DONE).error.native == 1064);
}

TEST_CASE("mysql sink: after a DDL rows are written by the new structure", "[integration][sink][ddl]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MySqlTarget target;
  target.sql.exec("CREATE TABLE t.a (id INT PRIMARY KEY, name VARCHAR(20))");
  const TestTable table("t", "a", kIdName);
  TestBatch first;
  REQUIRE(
      apply(target.writer, first.insert(table, {integer(1), text("a")}).insert(table, {integer(2), text("b")})).ok());
  REQUIRE(execute(target.writer, "ALTER TABLE t.a DROP PRIMARY KEY, ADD PRIMARY KEY (name)").ok());
  TestBatch second;
  const Outcome out = apply(target.writer, second.update(table, {integer(99), text("a")}, {integer(5), text("a")}));
  REQUIRE(out.ok());
  CHECK(out.result.unmatched == 0);
  CHECK(target.rows("SELECT * FROM t.a ORDER BY id") == "2,b;5,a");
}

TEST_CASE("mysql sink: checkpoints are kept in DM's table, per source, and dropped with the task alone",
          "[integration][sink][checkpoint]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MySqlTarget target;
  auto error = make_sized<sluice_error>();
  auto global = make_sized<sluice_checkpoint>();
  global.is_global = 1;
  global.binlog_name = to_str("bin.000003");
  global.binlog_pos = 4000000000;
  global.binlog_gtid = to_str("0-1-7");
  auto row = make_sized<sluice_checkpoint>();
  row.schema = to_str("s");
  row.table = to_str("it's");
  row.binlog_name = to_str("bin.000002");
  row.binlog_pos = 154;
  row.exit_safe_binlog_name = to_str("bin.000009");
  row.exit_safe_binlog_pos = 9;
  row.table_info = to_str(R"({"a":"b\"c"})");
  const sluice_mark mark{to_str("lane"), to_str("0"), to_str(""), to_str("x")};
  const sluice_checkpoint rows[] = {global, row};
  for (int i = 0; i < 2; ++i) {
    const sluice_status status = target.writer.write_checkpoints(rows, {&mark, i == 0 ? 1u : 0u}, error);
    INFO(field_text(error.message));
    REQUIRE(status == SLUICE_OK);
  }
  CHECK(target.writer.write_checkpoints(rows, {&mark, 1}, error) == SLUICE_FAILED);
  CHECK((error.flags & SLUICE_ERROR_FENCED) != 0);
  const auto read = [&](host::SinkWriter& writer) {
    std::string seen;
    REQUIRE(writer.read_checkpoints(
                [&](const sluice_checkpoint& r) {
                  seen += std::string(view(r.schema)) + "." + std::string(view(r.table)) + "=" +
                          std::string(view(r.binlog_name)) + ":" + std::to_string(r.binlog_pos) + "/" +
                          std::string(view(r.binlog_gtid)) + "/" + std::string(view(r.exit_safe_binlog_name)) + ":" +
                          std::to_string(r.exit_safe_binlog_pos) + "/" + std::string(view(r.table_info)) +
                          (r.is_global ? "G " : " ");
                },
                error) == SLUICE_OK);
    return seen;
  };
  CHECK(read(target.writer) ==
        R"(.=bin.000003:4000000000/0-1-7/:0/nullG s.it's=bin.000002:154//bin.000009:9/{"a":"b\"c"} )");
  target.sql.exec("UPDATE dm_meta.task1_syncer_checkpoint SET id='mysql-02' WHERE cp_table=''");
  CHECK(read(target.writer) == R"(s.it's=bin.000002:154//bin.000009:9/{"a":"b\"c"} )");
  REQUIRE(target.writer.remove_checkpoints("s", "it's", error) == SLUICE_OK);
  CHECK(read(target.writer) == "");
  target.sql.exec("CREATE TABLE dm_meta.task1_b_syncer_checkpoint (a INT)");
  target.sql.exec("CREATE TABLE dm_meta.task1_onlineddl (a INT)");
  REQUIRE(target.writer.drop_checkpoints(error) == SLUICE_OK);
  CHECK(target.rows("SHOW TABLES FROM dm_meta") == "task1_b_syncer_checkpoint");
  CHECK(read(target.writer) == "");
  TestBatch after;
  target.sql.exec("CREATE TABLE t.a (id INT PRIMARY KEY, name VARCHAR(20))");
  const TestTable table("t", "a", kIdName);
  CHECK(apply(target.writer, after.insert(table, {integer(1), text("a")}).mark("0", "", "1")).ok());
}

TEST_CASE("mysql sink: structures can be read back", "[integration][sink]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MySqlTarget target;
  target.sql.exec("CREATE TABLE t.`we``ird` (id INT PRIMARY KEY)");
  auto error = make_sized<sluice_error>();
  std::string text_out;
  bool rows = true;
  REQUIRE(target.writer.create_table("t", "we`ird", text_out, error) == SLUICE_OK);
  CHECK_THAT(text_out, Catch::StartsWith("CREATE TABLE `we``ird`"));
  REQUIRE(target.writer.has_rows("t", "we`ird", rows, error) == SLUICE_OK);
  CHECK_FALSE(rows);
  target.sql.exec("INSERT INTO t.`we``ird` VALUES (1)");
  REQUIRE(target.writer.has_rows("t", "we`ird", rows, error) == SLUICE_OK);
  CHECK(rows);
  REQUIRE(target.writer.create_table("t", "nope", text_out, error) == SLUICE_OK);
  CHECK(text_out.empty());
  sluice_sink_capabilities capabilities{};
  REQUIRE(target.sink.capabilities(capabilities, error) == SLUICE_OK);
  CHECK(view(capabilities.flavor) == "mariadb");
  CHECK((capabilities.flags & SLUICE_SINK_TRANSACTIONS) != 0);
}

}  // namespace
}  // namespace sluice::test
