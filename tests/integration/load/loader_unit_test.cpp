#include "core/units/loader/loader_unit.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <thread>

#include "core/model/json.hpp"
#include "core/plugin/registry.hpp"
#include "core/units/sink_session.hpp"
#include "sluice/host/sink.hpp"
#include "tests/support/proxy.hpp"
#include "tests/support/server.hpp"
#include "tests/support/skip.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

// A folder of files into a server, through the real sink.
struct Bench {
  explicit Bench(const DatabaseServer& to, uint16_t port) : registry(plugin::HostServices{}) {
    (void)registry.load({SLUICE_PLUGIN_DIR});
    options.task.name = "t";
    options.task.task_mode = "load";
    options.task.source_conf = {{"src"}};
    options.task.full_migrate_conf = model::FullMigrateConf();
    options.task.full_migrate_conf->data_dir = (folder.path() / "d").string();
    options.source.name = "src";
    options.source.flavor = "mariadb";
    options.part_bytes = 8192;
    std::filesystem::create_directories(folder.path() / "d.t");
    file("metadata", "");
    config.set("host", to.host());
    config.set("port", static_cast<int>(port));
    config.set("user", to.user());
    config.set("password", to.password());
    config.set("source", "src");
    config.set("task", "t");
  }

  void file(const std::string& name, const std::string& text) { write_file(folder.path() / "d.t" / name, text); }

  Status run(const std::stop_token& stop = {}) {
    auto sink = registry.create_sink("mysql", "t/src", model::to_text(config));
    if (!sink) return sink.status();
    options.sink = *sink;
    units::SinkCheckpoints checkpoints(*sink, "src");
    options.checkpoints = &checkpoints;
    units::loader::LoaderUnit unit(options);
    Status status = unit.run(stop);
    report = {};
    unit.fill_status(report);
    return status;
  }

  TempDir folder;
  plugin::Registry registry;
  units::loader::LoaderUnitOptions options;
  model::Json config = model::Json::object();
  model::SubtaskStatus report;
};

std::string rows_of(int first, int count) {
  std::string out = "/*!40101 SET NAMES utf8mb4*/;\n";
  for (int i = 0; i < count; ++i) {
    if (i % 100 == 0) out += "INSERT INTO `plain` VALUES\n";
    out += "(" + std::to_string((first + i) % 50) + ",'text of row " + std::to_string(i % 7) + "')";
    out += i % 100 == 99 || i + 1 == count ? ";\n" : ",\n";
  }
  return out;
}

void plain_files(Bench& bench) {
  bench.file("s.plain-schema.sql", "CREATE TABLE `plain` (`a` int, `v` varchar(60)) DEFAULT CHARSET=utf8mb4;\n");
  bench.file("s.plain.0.sql", rows_of(0, 2000));
  bench.file("s.plain.1.sql", rows_of(2000, 700));
}

}  // namespace

TEST_CASE("load of files: a connection that is cut anywhere loses and doubles no row of a table without a key",
          "[integration][loader]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer target;
  TcpProxy proxy(target.port());
  Bench bench(target, proxy.port());
  plain_files(bench);
  Sql sql = target.connect();
  REQUIRE(bench.run());
  const std::string expected = sql.digest("s", "plain");
  CHECK(sql.count("s.plain") == 2700);
  CHECK(bench.report.load->progress == "100.00 %");
  CHECK(bench.report.load->finished_bytes == bench.report.load->total_bytes);
  CHECK(bench.report.progress->rows == 2700);
  const auto again = [&](uint64_t from_client, uint64_t from_server) {
    INFO("cut after " << from_client << " bytes from the sink, " << from_server << " from the server");
    sql.exec("DROP DATABASE s");
    sql.exec("DROP DATABASE dm_meta");
    proxy.cut_after(from_client, from_server);
    Status status = bench.run();
    for (int i = 0; i < 5 && !status; ++i) status = bench.run();  // as the task resumes by itself
    proxy.cut_after(0, 0);
    if (!status) FAIL(status.error().one_line());
    REQUIRE(sql.digest("s", "plain") == expected);
  };
  for (uint64_t at = 1500; at < 6000; at += 509) again(0, at);
  for (uint64_t at = 3000; at < 90000; at += 17001) again(at, 0);
}

TEST_CASE("load of files: a commit whose answer is lost is not done twice", "[integration][loader]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer target;
  TcpProxy proxy(target.port());
  Bench bench(target, proxy.port());
  bench.file("s.plain-schema.sql", "CREATE TABLE `plain` (`a` int, `v` varchar(60)) DEFAULT CHARSET=utf8mb4;\n");
  bench.file("s.plain.0.sql", rows_of(0, 100));
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

TEST_CASE("load of files: a stopped load goes on within its files, and not with other ones", "[integration][loader]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer target;
  Bench bench(target, target.port());
  plain_files(bench);
  Sql sql = target.connect();
  sql.exec("CREATE DATABASE s");
  // A row in the middle is refused: what precedes it is loaded, and stays.
  std::string text = rows_of(0, 2000);
  size_t at = 0;
  for (int i = 0; i <= 1000; ++i) at = text.find("\n(", at) + 2;
  text.replace(at, 1, "9999");
  bench.file("s.plain.0.sql", text);
  sql.exec("CREATE TABLE s.plain (a INT, v VARCHAR(60), CHECK (a < 1000))");
  bench.options.task.full_migrate_conf->import_threads = 1;
  Status status = bench.run();
  REQUIRE_FALSE(status);
  CHECK(status.error().message.find("s.plain.0.sql, row in line 1013 (byte ") != std::string::npos);
  CHECK(status.error().table == "s.plain");
  CHECK(sql.count("s.plain") == 1000);
  SECTION("with the same files") {
    sql.exec("ALTER TABLE s.plain DROP CONSTRAINT CONSTRAINT_1");
    REQUIRE(bench.run());
    CHECK(sql.count("s.plain") == 2700);
    CHECK(sql.value("SELECT COUNT(*) FROM s.plain WHERE a > 1000") == "1");
    CHECK(bench.report.progress->rows == 1700);
    CHECK(sql.value("SELECT GROUP_CONCAT(scope) FROM dm_meta.t_sluice_marks ORDER BY 1") == "folder,folder");
  }
  SECTION("with a file changed") {
    bench.file("s.plain.1.sql", rows_of(2000, 701));
    status = bench.run();
    REQUIRE_FALSE(status);
    CHECK(status.error().code == 34019);
    CHECK(status.error().message.find("not those with which this load began") != std::string::npos);
    CHECK_FALSE(status.error().workaround.empty());
  }
}

TEST_CASE("load of files: a stop request ends it between two parts", "[integration][loader]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer target;
  Bench bench(target, target.port());
  plain_files(bench);
  std::stop_source stop;
  stop.request_stop();
  REQUIRE(bench.run(stop.get_token()));
  Sql sql = target.connect();
  CHECK(sql.count("s.plain") == 0);
  CHECK(bench.report.load->progress == "0.00 %");
  REQUIRE(bench.run());
  CHECK(sql.count("s.plain") == 2700);
}
