#include "core/units/load/full_unit.hpp"

#include <catch2/catch.hpp>
#include <thread>

#include "core/model/json.hpp"
#include "core/plugin/registry.hpp"
#include "core/units/full/load_plan.hpp"
#include "core/units/sink_session.hpp"
#include "sluice/host/sink.hpp"
#include "tests/support/proxy.hpp"
#include "tests/support/server.hpp"
#include "tests/support/skip.hpp"

using namespace sluice;
using namespace sluice::test;
using units::CheckpointRow;

namespace {

// A load from one server into another, through the real sink.
struct Bench {
  Bench(DatabaseServer& from, DatabaseServer& to) : registry(plugin::HostServices{}) {
    (void)registry.load({SLUICE_PLUGIN_DIR});
    options.task.name = "t";
    options.task.task_mode = "all";
    options.task.source_conf = {{"src"}};
    options.task.full_migrate_conf = model::FullMigrateConf();
    options.source.name = "src";
    options.source.endpoint = {from.host(), from.port(), from.user(), from.password(), {}};
    target_port(to, to.port());
  }

  // The sink's connections go to this port from now on.
  void target_port(DatabaseServer& to, uint16_t port) {
    model::Json config = model::Json::object();
    config.set("host", to.host());
    config.set("port", static_cast<int>(port));
    config.set("user", to.user());
    config.set("password", to.password());
    config.set("source", "src");
    config.set("task", "t");
    auto sink = registry.create_sink("mysql", "t/src", model::to_text(config));
    if (!sink) FAIL(sink.error().one_line());
    options.sink = *sink;
    checkpoints = std::make_unique<units::SinkCheckpoints>(*sink, "src");
    options.checkpoints = checkpoints.get();
  }

  Status run(std::stop_token stop = {}) {
    units::load::FullUnit unit(options);
    Status status = unit.run(std::move(stop));
    unit.fill_status(report);
    return status;
  }

  void must_run() {
    const Status status = run();
    if (!status) FAIL(status.error().one_line() << " statement: " << status.error().statement);
  }

  CheckpointRow global() {
    auto rows = checkpoints->read();
    REQUIRE(rows.ok());
    for (const CheckpointRow& row : *rows) {
      if (row.is_global) return row;
    }
    FAIL("no global checkpoint");
    return {};
  }

  plugin::Registry registry;
  units::load::FullUnitOptions options;
  std::unique_ptr<units::SinkCheckpoints> checkpoints;
  model::SubtaskStatus report;
};

void make_tables(Sql& sql) {
  sql.exec("CREATE DATABASE s DEFAULT CHARACTER SET latin1");
  sql.exec("CREATE TABLE s.keyed (id BIGINT UNSIGNED PRIMARY KEY, v VARCHAR(50))");
  for (int i = 0; i < 60; ++i) {
    std::string sql_text = "INSERT INTO s.keyed VALUES ";
    for (int j = 0; j < 1000; ++j) {
      sql_text += (j == 0 ? "(" : ",(") + std::to_string(i * 1000 + j) + ",'value " + std::to_string(j) + "')";
    }
    sql.exec(sql_text);
  }
  sql.exec("INSERT INTO s.keyed VALUES (18446744073709551615, 'largest'), (9223372036854775808, 'above')");
  sql.exec("CREATE TABLE s.nokey (a INT, b TEXT)");
  sql.exec("INSERT INTO s.nokey SELECT id, v FROM s.keyed WHERE id < 500");
  sql.exec("INSERT INTO s.nokey VALUES (1, NULL), (1, NULL)");
  sql.exec("CREATE TABLE s.empty (a INT PRIMARY KEY)");
}

void make_types(Sql& sql) {
  sql.exec(
      "CREATE TABLE s.types (id VARCHAR(20) PRIMARY KEY, l1 VARCHAR(40) CHARACTER SET latin1, u8 TEXT CHARACTER SET "
      "utf8mb4, bin BINARY(6), vb VARBINARY(300), bl LONGBLOB, f FLOAT, d DOUBLE, dec1 DECIMAL(30,10), dt DATETIME(6), "
      "ts TIMESTAMP(3) NULL, tm TIME(6), y YEAR, da DATE, b BIT(40), e ENUM('a','b,''c','') NOT NULL, st "
      "SET('x','y','z'), z INT(8) ZEROFILL, ti TINYINT, bu BIGINT UNSIGNED, g GEOMETRY)");
  sql.exec("SET SESSION sql_mode = ''");
  sql.exec(
      "INSERT INTO s.types VALUES ('one', x'80e9ff', '\xF0\x9F\x98\x80 tab\\t nl\\n q\\' b\\\\ nul\\0', 'ab\\0', "
      "x'00ff0a0d5c271a', REPEAT('x', 2000000), 0.1, 1e-300, -12345678901234567890.0123456789, '1000-01-01 "
      "00:00:00.000001', '2024-03-31 01:30:00.123', '-838:59:58.999999', 1901, '0000-00-00', b'1010101', 'b,''c', "
      "'x,z', "
      "42, -128, 18446744073709551615, ST_GeomFromText('POINT(1 2)'))");
  sql.exec(
      "INSERT INTO s.types VALUES ('two', '', '', '', '', '', 16777216.5, -0.0, 0, '0000-00-00 00:00:00', NULL, "
      "'00:00:00', 0, '9999-12-31', b'0', 'nothing', '', 0, 0, 0, NULL)");
  sql.exec("INSERT INTO s.types (id) VALUES ('three')");
}

void must_equal(DatabaseServer& from, DatabaseServer& to, const std::string& target_schema = "s") {
  Sql left = from.connect();
  Sql right = to.connect();
  for (const std::string& difference : differences(left, "s", right, target_schema)) {
    FAIL_CHECK(difference);
  }
}

void loads_whole(DatabaseServer& source, DatabaseServer& target) {
  Sql sql = source.connect();
  make_tables(sql);
  make_types(sql);
  Bench bench(source, target);
  bench.must_run();
  must_equal(source, target);
  const CheckpointRow global = bench.global();
  const auto status = sql.query("SHOW MASTER STATUS").at(0);
  CHECK(global.location.name == *status[0]);
  CHECK(std::to_string(global.location.pos) == *status[1]);
  CHECK_FALSE(global.location.gtid.empty());
  CHECK(global.exit_safe.empty());
  CHECK(bench.checkpoints->marks("plan")->empty());
  CHECK(bench.checkpoints->marks("load")->empty());
  CHECK(bench.report.load->progress == "100.00 %");
  CHECK(bench.report.dump->finished_rows > 60'000);
  CHECK(bench.checkpoints->read()->size() == 5);
  bench.must_run();  // nothing is left to do
}

}  // namespace

TEST_CASE("full load: MariaDB to MariaDB, all types, position exact", "[integration][load]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target({.binlog_format = ""});
  loads_whole(source, target);
}

TEST_CASE("full load: MySQL to MariaDB, all types, position exact", "[integration][load]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  SLUICE_SKIP_IF(MySql56Server::missing());
  MySql56Server source;
  MariaDbServer target({.binlog_format = ""});
  loads_whole(source, target);
}

TEST_CASE("full load: generated columns are computed, routes are followed", "[integration][load]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target({.binlog_format = ""});
  Sql sql = source.connect();
  sql.exec("CREATE DATABASE s");
  sql.exec("CREATE TABLE s.g (a INT, d INT AS (a * 2) STORED, id INT PRIMARY KEY, w INT AS (a + 1) VIRTUAL)");
  sql.exec("INSERT INTO s.g (a, id) VALUES (5, 1), (NULL, 2)");
  sql.exec("CREATE TABLE s.parent (id INT PRIMARY KEY)");
  sql.exec("CREATE TABLE s.child (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES parent (id))");
  sql.exec("INSERT INTO s.parent VALUES (1)");
  sql.exec("INSERT INTO s.child VALUES (1, 1)");
  sql.exec("CREATE DATABASE other");
  sql.exec("CREATE TABLE other.t (id INT)");
  Bench bench(source, target);
  bench.options.task.table_migrate_rule = {{"src", "s", "*", "s_new", "", {}}};
  bench.must_run();
  must_equal(source, target, "s_new");
  CHECK(target.connect().query("SHOW DATABASES LIKE 'other'").empty());
}

TEST_CASE("full load: interrupted, it goes on with what is missing and tells until where safe mode is needed",
          "[integration][load]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target({.binlog_format = ""});
  Sql sql = source.connect();
  make_tables(sql);
  Bench bench(source, target);
  bench.options.task.full_migrate_conf->export_threads = 1;
  TcpProxy proxy(target.port());
  bench.target_port(target, proxy.port());
  const auto first = sql.query("SHOW MASTER STATUS").at(0);
  // The target is lost for good after some chunks.
  std::jthread cutter([&](const std::stop_token& stop) {
    Sql watch = target.connect();
    while (!stop.stop_requested()) {
      const auto there = watch.query("SHOW TABLES FROM information_schema LIKE 'x'");
      const auto marks =
          watch.query("SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_NAME LIKE '%sluice_marks'");
      if (!marks.empty() && watch.number("SELECT COUNT(*) FROM dm_meta.t_sluice_marks WHERE scope = 'load'") >= 2) {
        proxy.refuse(true);
        proxy.cut();
        return;
      }
    }
  });
  const Status failed = bench.run();
  cutter.request_stop();
  cutter.join();
  if (failed.ok()) return;  // too quick to be caught
  CHECK(failed.error().retryable);
  sql.exec("UPDATE s.keyed SET v = 'changed' WHERE id IN (5, 59999, 18446744073709551615)");
  sql.exec("INSERT INTO s.nokey VALUES (7, 'new')");
  const auto second = sql.query("SHOW MASTER STATUS").at(0);
  bench.target_port(target, target.port());
  bench.must_run();
  const CheckpointRow global = bench.global();
  CHECK(std::to_string(global.location.pos) == *first[1]);
  if (!global.exit_safe.empty()) CHECK(std::to_string(global.exit_safe.pos) == *second[1]);
  Sql check = target.connect();
  CHECK(check.count("s.keyed") == sql.count("s.keyed"));
  CHECK(check.count("s.nokey") == 503);
  const auto rows_now = bench.checkpoints->read();
  for (const CheckpointRow& row : *rows_now) {
    if (row.table == "nokey") CHECK(std::to_string(row.location.pos) == *second[1]);
  }
}

TEST_CASE("full load: a table without key that had rows before is not emptied but refused", "[integration][load]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target({.binlog_format = ""});
  Sql sql = source.connect();
  sql.exec("CREATE DATABASE s");
  sql.exec("CREATE TABLE s.nokey (a INT)");
  sql.exec("INSERT INTO s.nokey VALUES (1)");
  Sql there = target.connect();
  there.exec("CREATE DATABASE s");
  there.exec("CREATE TABLE s.nokey (a INT)");
  there.exec("INSERT INTO s.nokey VALUES (99)");
  Bench bench(source, target);
  // A plan is there, its only chunk is not.
  std::stop_source stopped;
  stopped.request_stop();
  REQUIRE(bench.run(stopped.get_token()).ok());
  REQUIRE_FALSE(bench.checkpoints->marks("plan")->empty());
  const Status status = bench.run();
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().code == 34019);
  CHECK(status.error().message.find("s.nokey") != std::string::npos);
  CHECK_FALSE(status.error().retryable);
  CHECK(there.count("s.nokey") == 1);
}

TEST_CASE("full load: ended between its plan and the creation of the tables, it goes on", "[integration][load]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target({.binlog_format = ""});
  Sql sql = source.connect();
  make_tables(sql);
  Bench bench(source, target);
  std::stop_source stopped;
  stopped.request_stop();
  REQUIRE(bench.run(stopped.get_token()).ok());
  target.connect().exec("DROP DATABASE s");
  bench.must_run();
  must_equal(source, target);
}

TEST_CASE("full load: a table whose structure changed before it was complete is loaded anew", "[integration][load]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target({.binlog_format = ""});
  Sql sql = source.connect();
  make_tables(sql);
  Bench bench(source, target);
  std::stop_source stopped;
  stopped.request_stop();
  REQUIRE(bench.run(stopped.get_token()).ok());
  sql.exec("ALTER TABLE s.keyed ADD COLUMN more INT DEFAULT 3");
  sql.exec("DROP TABLE s.empty");
  bench.must_run();
  Sql there = target.connect();
  CHECK(there.digest("s", "keyed") == sql.digest("s", "keyed"));
}

TEST_CASE("full load: without the privilege to lock it fails for good and says what to grant", "[integration][load]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target({.binlog_format = ""});
  Sql sql = source.connect();
  sql.exec("CREATE DATABASE s");
  sql.exec("CREATE USER weak@'127.0.0.1' IDENTIFIED BY '" + secret("weak") + "'");
  sql.exec("GRANT SELECT, REPLICATION CLIENT, REPLICATION SLAVE ON *.* TO weak@'127.0.0.1'");
  Bench bench(source, target);
  bench.options.source.endpoint.user = "weak";
  bench.options.source.endpoint.password = secret("weak");
  const Status status = bench.run();
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().code == 32004);
  CHECK_FALSE(status.error().retryable);
  bench.options.task.full_migrate_conf->consistency = "none";
  CHECK(bench.run().ok());
}

TEST_CASE("full load: a commit whose answer is lost is not done twice", "[integration][load]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  TcpProxy proxy(target.port());
  Bench bench(source, target);
  bench.target_port(target, proxy.port());
  Sql sql = source.connect();
  sql.exec("CREATE DATABASE s");
  sql.exec("CREATE TABLE s.plain (a INT, v VARCHAR(60)) DEFAULT CHARSET=utf8mb4");
  sql.exec("INSERT INTO s.plain SELECT seq, 'v' FROM mysql.seq_1_to_100");
  Sql seen = target.connect();
  seen.exec("CREATE DATABASE s");
  seen.exec("CREATE TABLE s.plain (a INT, v VARCHAR(60)) DEFAULT CHARSET=utf8mb4");
  const auto wait_statement = [&](const std::string& condition) {
    wait_until(
        [&] {
          return seen.number("SELECT COUNT(*) FROM information_schema.processlist WHERE id <> CONNECTION_ID() AND " +
                             condition) > 0;
        },
        60s, "a session with " + condition);
  };
  // The rows wait for a lock until commits are held up, then the COMMIT waits for those.
  Sql held = target.connect();
  held.exec("BEGIN");
  REQUIRE(held.query("SELECT * FROM s.plain FOR UPDATE").empty());
  Status status;
  std::thread load([&] { status = bench.run(); });
  Sql backup = target.connect();
  try {
    wait_statement("info LIKE 'LOAD DATA%'");
    for (const char* stage : {"START", "FLUSH", "BLOCK_DDL", "BLOCK_COMMIT"}) {
      backup.exec(std::string("BACKUP STAGE ") + stage);
    }
    held.exec("ROLLBACK");
    wait_statement("info = 'COMMIT'");
    proxy.refuse(true);
    proxy.cut();
    backup.exec("BACKUP STAGE END");
    wait_until([&] { return seen.count("s.plain") == 100; }, 60s, "the rows of the commit");
  } catch (...) {
    proxy.cut();
    load.join();
    throw;
  }
  proxy.refuse(false);
  load.join();
  for (int i = 0; i < 5 && !status; ++i) status = bench.run();
  if (!status) FAIL(status.error().one_line());
  CHECK(seen.count("s.plain") == 100);
}
