#include <catch2/catch.hpp>

#include "bench.hpp"
#include "tests/support/skip.hpp"

namespace sluice::test {
namespace {

using Catch::Contains;
using Catch::StartsWith;

/// Users without rights and sources with the wrong settings: what is printed makes the check pass.
void play_server_items(Bench& bench, bool mariadb) {
  auto source = bench.source_server.connect();
  auto target = bench.target_server.connect();
  source.exec_all(
      "CREATE DATABASE shop; CREATE TABLE shop.orders (id INT PRIMARY KEY, c VARCHAR(20));"
      "SET GLOBAL binlog_format='STATEMENT'; SET GLOBAL binlog_row_image='MINIMAL'; SET GLOBAL expire_logs_days=0;");
  if (mariadb) source.exec("SET GLOBAL binlog_expire_logs_seconds=3600");
  target.exec_all("SET GLOBAL max_allowed_packet=1048576; SET GLOBAL read_only=1;");

  const auto first = bench.run();
  INFO(to_text(precheck::to_json(first), 2));
  CHECK_FALSE(first.passed());
  CHECK_THAT(said(first, "version"), StartsWith("success"));
  CHECK_THAT(said(first, "server_id"), StartsWith("success"));
  CHECK_THAT(said(first, "binlog_enable"), StartsWith("success"));
  CHECK_THAT(said(first, "binlog_format"), StartsWith("fail: binlog_format is STATEMENT, and should be ROW"));
  CHECK_THAT(said(first, "binlog_row_image"), StartsWith("fail: binlog_row_image is MINIMAL, and should be FULL"));
  CHECK_THAT(said(first, "dump_privilege"), Contains("GRANT SELECT ON `shop`.* TO 'reader'@'127.0.0.1';") &&
                                                Contains("GRANT RELOAD ON *.* TO 'reader'@'127.0.0.1';"));
  CHECK_THAT(said(first, "replication_privilege"),
             Contains(std::string("GRANT REPLICATION SLAVE, ") + (mariadb ? "BINLOG MONITOR" : "REPLICATION CLIENT") +
                      " ON *.* TO 'reader'@'127.0.0.1';"));
  CHECK_THAT(
      said(first, "target_privilege"),
      StartsWith("warn") && Contains("GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX ON *.* TO "
                                     "'writer'@'127.0.0.1';"));
  CHECK_THAT(said(first, "target_settings"),
             Contains("fail: the target refuses changes: read_only is ON") && Contains("warn: max_allowed_packet"));
  if (mariadb)
    CHECK_THAT(said(first, "binlog_retention"), StartsWith("warn: the source removes its binlog files after 3600 s"));
  CHECK_THAT(to_error(first).one_line(), StartsWith("[code=26005:") && Contains("pre-check failed, 5 item(s)"));

  CHECK(bench.mend(first) >= 7);
  const auto second = bench.run();
  INFO(to_text(precheck::to_json(second), 2));
  CHECK(second.passed());
  CHECK(second.text(precheck::State::Warn).empty());
  CHECK(second.count(precheck::State::Success) == second.items.size());

  // Full copies need no binlog; a task that has begun needs no dump.
  bench.task.task_mode = "full";
  source.exec("SET GLOBAL binlog_format='STATEMENT'");
  CHECK(said(bench.run(), "binlog_format") == "absent");
  CHECK(said(bench.run(), "replication_privilege") == "absent");
  source.exec("SET GLOBAL binlog_format='ROW'");
  bench.task.task_mode = "all";
  CHECK(said(bench.run(false), "dump_privilege") == "absent");
}

/// conn_number on both sides, by the server's limit and by the account's.
void play_connections(Bench& bench) {
  auto source = bench.source_server.connect();
  auto target = bench.target_server.connect();
  bench.task.full_migrate_conf = model::FullMigrateConf{};
  bench.task.full_migrate_conf->export_threads = 16;
  source.exec("SET GLOBAL max_connections=12");
  target.exec("SET GLOBAL max_connections=12");
  wait_until(
      [&] { return source.number("SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER='reader'") == 0; },
      60s, "the end of the sessions of the run before");
  source.exec("GRANT USAGE ON *.* TO 'reader'@'127.0.0.1' WITH MAX_USER_CONNECTIONS 3");
  const auto report = bench.run();
  INFO(said(report, "conn_number"));
  CHECK_THAT(said(report, "conn_number"),
             Contains("fail: the task needs 18 connections to the source, and max_connections is 12") &&
                 Contains("fail: the task needs 17 connections to the target, and max_connections is 12") &&
                 Contains("and the account 'reader'@'127.0.0.1' may open 3"));
  CHECK(bench.mend(report) == 3);
  CHECK(said(bench.run(), "conn_number") == "success");
  bench.task.full_migrate_conf.reset();
}

/// Structures of the source, of the target, and of both together.
void play_tables(Bench& bench) {
  auto source = bench.source_server.connect();
  auto target = bench.target_server.connect();
  source.exec_all(
      "CREATE TABLE shop.nokey (a INT, b INT);"
      "CREATE TABLE shop.child (id INT PRIMARY KEY, o INT, CONSTRAINT fk_o FOREIGN KEY (o) REFERENCES shop.orders "
      "(id)) "
      "ENGINE=InnoDB;"
      "CREATE TABLE shop.wide (id INT PRIMARY KEY, c VARCHAR(20) CHARACTER SET utf8mb4, extra INT);"
      "CREATE TABLE shop._orders_gho (id INT PRIMARY KEY);");
  target.exec("GRANT TRIGGER ON *.* TO 'writer'@'127.0.0.1'");  // MySQL shows triggers to nobody else
  target.exec_all(
      "CREATE DATABASE shop; CREATE TABLE shop.wide (id INT, c VARCHAR(20) CHARACTER SET latin1, must INT NOT NULL);"
      "CREATE TRIGGER shop.tr BEFORE INSERT ON shop.wide FOR EACH ROW SET NEW.must = 1;");
  bench.task.checking_items = {"primary_key"};
  const auto report = bench.run();
  const std::string tables = said(report, "table_schema");
  CHECK_THAT(tables, Contains("warn: `shop`.`nokey` has no primary and no unique key"));
  CHECK_THAT(tables, Contains("`shop`.`child` has foreign key(s) `fk_o`"));
  CHECK_THAT(tables, Contains("the target table `shop`.`wide` lacks column(s) `extra`"));
  CHECK_THAT(tables, Contains("the target table `shop`.`wide` has column(s) `must` that `shop`.`wide` has not"));
  CHECK_THAT(tables, Contains("the character set of column(s) `c` of `shop`.`wide` is another one"));
  CHECK_THAT(tables, Contains("the primary and unique keys of `shop`.`wide`"));
  CHECK_THAT(said(report, "primary_key"), Contains("fail: `shop`.`nokey` has no primary key"));
  CHECK_THAT(said(report, "target_triggers"), Contains("warn") && Contains("DROP TRIGGER `shop`.`tr`;"));
  CHECK_THAT(said(report, "online_ddl"), Contains("fail") && Contains("DROP TABLE `shop`.`_orders_gho`;"));
  CHECK(bench.mend(report) == 2);
  source.exec("DROP TABLE shop.nokey");
  const auto after = bench.run();
  CHECK(after.passed());
  CHECK(said(after, "online_ddl") == "success");
  CHECK(said(after, "target_triggers") == "success");
  CHECK(said(after, "primary_key") == "success");
  bench.task.checking_items.clear();
  CHECK(said(bench.run(), "primary_key") == "absent");
  bench.task.ignore_checking_items = {"table_schema"};
  CHECK(said(bench.run(), "table_schema") == "absent");
  bench.task.ignore_checking_items = {"all"};
  CHECK(bench.run().items.empty());
  bench.task.ignore_checking_items.clear();
}

void play_merges(Bench& bench) {
  auto source = bench.source_server.connect();
  source.exec_all(
      "CREATE TABLE shop.m1 (id INT PRIMARY KEY AUTO_INCREMENT, c VARCHAR(20));"
      "CREATE TABLE shop.m2 (id INT PRIMARY KEY AUTO_INCREMENT, c VARCHAR(20), d INT);"
      "CREATE TABLE shop.m3 (id BIGINT PRIMARY KEY, c VARCHAR(30));");
  const auto merge = [&](const std::string& mode, const std::string& other) {
    bench.task.shard_mode = mode;
    bench.task.table_migrate_rule.clear();
    bench.add_rule("shop", "m1", "shop", "m");
    bench.add_rule("shop", other, "shop", "m");
    return bench.run();
  };
  const auto lengths = merge("pessimistic", "m2");
  CHECK_THAT(said(lengths, "schema_of_shard_tables"), StartsWith("fail: column length mismatch"));
  CHECK_THAT(said(lengths, "auto_increment_ID"), StartsWith("warn") && Contains("have auto-increment key"));
  CHECK_THAT(said(merge("", "m2"), "schema_of_shard_tables"), StartsWith("warn: column length mismatch"));
  CHECK(said(merge("optimistic", "m2"), "schema_of_shard_tables") == "success");
  CHECK_THAT(said(merge("pessimistic", "m3"), "schema_of_shard_tables"),
             StartsWith("fail: different column definition"));
  CHECK(said(merge("optimistic", "m3"), "schema_of_shard_tables") == "success");
  source.exec("ALTER TABLE shop.m3 MODIFY c DATE");
  CHECK_THAT(said(merge("optimistic", "m3"), "schema_of_shard_tables"),
             StartsWith("fail: different column definition"));
  // An update of a task that runs: its tables were merged long ago.
  CHECK(said(bench.run(false), "schema_of_shard_tables") == "absent");
  bench.task.shard_mode.clear();

  bench.task.table_migrate_rule.clear();
  bench.add_rule("shop", "m*", "a", "");
  bench.add_rule("shop", "*1", "b", "");
  bench.task.table_migrate_rule.back().table = "m?";
  const auto twice = bench.try_run();
  REQUIRE_FALSE(twice.ok());
  CHECK(twice.error().code == 40080);
  bench.take("shop", "*");
}

void play_position(Bench& bench) {
  const auto row = bench.source_server.connect().query("SHOW MASTER STATUS").at(0);
  bench.task.task_mode = "incremental";
  const auto at = [&](const std::string& file, uint64_t pos, const std::string& gtid = "") {
    bench.task.source_conf[0] = {"mysql-01", file, pos, gtid};
    return said(bench.run(), "meta_position");
  };
  CHECK(at(*row[0], 4) == "success");
  CHECK(at(*row[0], std::stoull(*row[1])) == "success");  // the end: nothing to read yet
  CHECK_THAT(at("mysql-bin.099999", 4), StartsWith("fail: the source cannot be read from mysql-bin.099999:4"));
  CHECK_THAT(at(*row[0], std::stoull(*row[1]) + 100000), StartsWith("fail: the source cannot be read from"));
  bench.source.enable_gtid = true;
  const bool mariadb = bench.source.flavor == "mariadb";
  const std::string now =
      bench.source_server.connect().value(mariadb ? "SELECT @@gtid_binlog_pos" : "SELECT @@GLOBAL.gtid_executed");
  CHECK(at("", 0, now) == "success");
  bench.source.enable_gtid = false;
  bench.task.task_mode = "all";
  bench.task.source_conf[0] = {"mysql-01", "", 0, ""};
}

/// One target name in two letter cases; a source without a binlog; schemas that are kept out of it.
void play_names(Bench& bench) {
  auto source = bench.source_server.connect();
  source.exec_all("CREATE TABLE shop.Same (id INT PRIMARY KEY); CREATE TABLE shop.same (id INT PRIMARY KEY);");
  const auto report = bench.try_run();
  REQUIRE_FALSE(report.ok());
  CHECK(report.error().code == 26001);
  CHECK_THAT(report.error().message, Contains("`shop`.`Same`") && Contains("`shop`.`same`"));
  source.exec_all(
      "DROP TABLE shop.Same; CREATE DATABASE hidden; CREATE TABLE hidden.t (id INT PRIMARY KEY);"
      "GRANT SELECT ON hidden.* TO 'reader'@'127.0.0.1'");
  CHECK(said(bench.run(), "binlog_db") == "success");
  bench.take("hidden", "t");
  CHECK_THAT(said(bench.run(), "binlog_db"), StartsWith("fail: changes of the schema hidden are not in the binlog"));
  bench.take("shop", "*");
  // The target has no binlog: as a source it will not do.
  bench.source.endpoint = bench.task.target.endpoint;
  bench.source.endpoint.user = bench.target_server.user();
  bench.source.endpoint.password = bench.target_server.password();
  CHECK_THAT(said(bench.run(), "binlog_enable"), StartsWith("fail: log_bin is OFF, and should be ON"));
}

void play(Bench& bench, bool mariadb) {
  play_server_items(bench, mariadb);
  play_connections(bench);
  play_tables(bench);
  play_merges(bench);
  play_position(bench);
  play_names(bench);
}

ServerOptions source_options() { return {.extra = {"--binlog-ignore-db=hidden"}}; }
ServerOptions target_options() { return {.binlog_format = "", .gtid = false, .extra = {"--lower-case-table-names=1"}}; }

}  // namespace

TEST_CASE("precheck: a MariaDB source is found wanting item by item, and what is printed mends it",
          "[integration][precheck]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer from(source_options());
  MariaDbServer to(target_options());
  Bench bench(from, to);
  play(bench, true);
}

TEST_CASE("precheck: a MySQL 5.6 source is found wanting item by item, and what is printed mends it",
          "[integration][precheck]") {
  SLUICE_SKIP_IF(MySql56Server::missing());
  MySql56Server from(source_options());
  MySql56Server to(target_options());
  Bench bench(from, to);
  play(bench, false);
}

}  // namespace sluice::test
