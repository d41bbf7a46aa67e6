// Task mode load: the files of mode dump, of mydumper, and files in Dumpling's layout, into a target.
#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/e2e/compare.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/workload.hpp"

using namespace sluice::test;
namespace fs = std::filesystem;

namespace {

std::string conf_of(const fs::path& folder, const std::string& members = "") {
  return R"({"data_dir":")" + folder.string() + "\"" + members + "}";
}

void wait_finished(const Deployment& deployment, const std::string& task) {
  const auto finished = [&] { return deployment.status("mysql-01", task).stage == "Finished"; };
  if (!wait_for(finished, 90s)) throw std::runtime_error("not finished: " + deployment.status("mysql-01", task).body);
}

// Until the task is paused for this reason.
SubtaskView wait_paused(const Deployment& deployment, const std::string& task, const std::string& why) {
  SubtaskView view;
  const auto paused = [&] {
    view = deployment.status("mysql-01", task);
    return view.stage == "Paused" && view.error_msg.find(why) != std::string::npos;
  };
  if (!wait_for(paused, 60s)) throw std::runtime_error("not paused for " + why + ": " + view.body);
  return view;
}

// The tables of schema shop in files, in a folder of its own.
fs::path dump_shop(Deployment& deployment, const DatabaseServer& target, const fs::path& folder) {
  deployment.create_task({.name = "dumped",
                          .mode = "dump",
                          .target = target_json(target),
                          .full_migrate_conf = conf_of(folder / "files")});
  deployment.start("dumped");
  wait_finished(deployment, "dumped");
  return folder / "files.dumped";
}

}  // namespace

TEST_CASE("mode load brings what mode dump wrote into another server, equal in every table", "[e2e][load-files]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  Sql sql = source.connect();
  create_workload(sql, {.tables = 12, .rows = 300, .ddl = false, .seed = 41});
  sql.exec("CREATE TABLE shop.`odd.name %/` (id INT PRIMARY KEY, v TEXT)");
  sql.exec("INSERT INTO shop.`odd.name %/` VALUES (1, 'a\\'b\\\\c\\nd'), (2, '')");
  sql.exec("CREATE TABLE shop.empty (id INT PRIMARY KEY)");
  TempDir folder;
  Deployment deployment;
  deployment.add_source(source);
  const fs::path files = dump_shop(deployment, target, folder.path());
  deployment.create_task(
      {.name = "loaded", .mode = "load", .target = target_json(target), .full_migrate_conf = conf_of(files)});
  deployment.start("loaded");
  wait_finished(deployment, "loaded");
  require_equal(source, target, deployment);
  const HttpReply status = deployment.sluiced.api().get("/api/v1/tasks/loaded/status");
  INFO(status.body);
  CHECK(status.body.find("\"unit\": \"load\"") != std::string::npos);
  CHECK(status.body.find("\"progress\": \"100.00 %\"") != std::string::npos);
}

TEST_CASE("kill -9 of sluiced during a load of files loses and doubles nothing, tables without a key included",
          "[e2e][load-files][crash]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  Sql sql = source.connect();
  create_workload(sql, {.tables = 12, .rows = 200, .ddl = false, .seed = 42});
  sql.exec("CREATE TABLE shop.plain (a INT, b VARCHAR(40))");
  sql.exec("INSERT INTO shop.plain SELECT seq % 100, CONCAT('text ', seq % 7) FROM shop.seq_1_to_150000");
  TempDir folder;
  Deployment deployment;
  deployment.add_source(source);
  const fs::path files = dump_shop(deployment, target, folder.path());
  Sql held = target.connect();
  held.exec("CREATE DATABASE shop");
  held.exec("CREATE TABLE shop.plain (a INT, b VARCHAR(40))");
  deployment.create_task({.name = "loaded",
                          .mode = "load",
                          .target = target_json(target),
                          .full_migrate_conf = conf_of(files, R"(,"import_threads":4)")});
  // The gap of the empty table is locked: its rows, and so the end of the load, wait.
  held.exec("BEGIN");
  REQUIRE(held.query("SELECT * FROM shop.plain FOR UPDATE").empty());
  deployment.start("loaded");
  // Killed when the other tables have arrived and this one is in the middle of its transaction. The session of the dead
  // process waits on, so each further one waits for its mark.
  Sql seen = target.connect();
  const int kills = by_length(2, 10);
  for (int i = 1; i <= kills; ++i) {
    const auto waits = [&] {
      return seen.number(
                 "SELECT COUNT(*) FROM information_schema.processlist WHERE id <> CONNECTION_ID() AND (info "
                 "LIKE 'LOAD DATA%`plain`%' OR info LIKE 'INSERT INTO %sluice_marks%')") >=
                 static_cast<std::uint64_t>(i) &&
             seen.number("SELECT COUNT(*) FROM dm_meta.loaded_sluice_marks WHERE mark_value LIKE '% end'") >= 12;
    };
    wait_until([&] { return deployment.status("mysql-01", "loaded").stage == "Running" && waits(); }, 40s,
               "a load that waits for the lock");
    deployment.sluiced.kill9();
    deployment.sluiced.restart();
  }
  held.exec("ROLLBACK");
  wait_finished(deployment, "loaded");
  require_equal(source, target, deployment);
}

TEST_CASE("mode load follows rules and routes, and says which files it leaves out", "[e2e][load-files]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  Sql sql = source.connect();
  sql.exec("CREATE DATABASE shop");
  for (const char* table : {"a1", "a2", "other"}) {
    sql.exec("CREATE TABLE shop." + std::string(table) + " (id INT PRIMARY KEY, v VARCHAR(20))");
  }
  sql.exec("INSERT INTO shop.a1 VALUES (1, 'one'), (2, 'two')");
  sql.exec("INSERT INTO shop.a2 VALUES (11, 'eleven')");
  sql.exec("INSERT INTO shop.other VALUES (1, 'not this')");
  TempDir folder;
  Deployment deployment;
  deployment.add_source(source);
  const fs::path files = dump_shop(deployment, target, folder.path());
  write_file(files / "shop.v-schema-view.sql", "CREATE VIEW `v` AS SELECT 1;\n");
  deployment.create_task({.name = "loaded",
                          .mode = "load",
                          .target = target_json(target),
                          .rules = R"([{"source":{"source_name":"mysql-01","schema":"shop","table":"a*"},)"
                                   R"("target":{"schema":"merged","table":"a"}}])",
                          .full_migrate_conf = conf_of(files)});
  deployment.start("loaded");
  wait_finished(deployment, "loaded");
  Sql there = target.connect();
  CHECK(there.value("SELECT GROUP_CONCAT(CONCAT(id, v) ORDER BY id) FROM merged.a") == "1one,2two,11eleven");
  CHECK(there.tables("merged") == std::vector<std::string>{"a"});
  CHECK(there.number("SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name = 'shop'") == 0);
  CHECK(deployment.sluiced.log().find("shop.v-schema-view.sql") != std::string::npos);
  // It is finished for good: a further start loads nothing twice.
  there.exec("DELETE FROM merged.a WHERE id = 1");
  deployment.sluiced.restart();
  deployment.start("loaded");
  wait_finished(deployment, "loaded");
  CHECK(there.count("merged.a") == 2);
}

TEST_CASE("a row that the target refuses stops a load of files with its file and line, and mended it goes on",
          "[e2e][load-files][errors]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  Sql sql = source.connect();
  sql.exec("CREATE DATABASE shop");
  sql.exec("CREATE TABLE shop.t (id INT, v VARCHAR(20))");
  sql.exec("INSERT INTO shop.t SELECT seq, CONCAT('v', seq) FROM shop.seq_1_to_5000");
  TempDir folder;
  Deployment deployment;
  deployment.add_source(source);
  const fs::path files = dump_shop(deployment, target, folder.path());
  Sql there = target.connect();
  there.exec("CREATE DATABASE shop");
  there.exec("CREATE TABLE shop.t (id INT, v VARCHAR(20), CHECK (id <> 3210))");
  deployment.create_task({.name = "loaded",
                          .mode = "load",
                          .target = target_json(target),
                          .rules = R"([{"source":{"source_name":"mysql-01","schema":"shop","table":"t"}}])",
                          .full_migrate_conf = conf_of(files)});
  deployment.start("loaded");
  const SubtaskView view = wait_paused(deployment, "loaded", "CONSTRAINT");
  INFO(view.body);
  CHECK(view.error_msg.find("shop.t.0000000000000.sql, row in line 3214 (byte ") != std::string::npos);
  CHECK(view.body.find("\"table\": \"shop.t\"") != std::string::npos);
  CHECK(there.count("shop.t") == 3209);  // what stands before it is loaded
  there.exec("ALTER TABLE shop.t DROP CONSTRAINT CONSTRAINT_1");
  // Files of which the task takes nothing may come and go.
  write_file(files / "shop.before-schema.sql", "CREATE TABLE `before` (`id` int);\n");
  write_file(files / "shop.before.0000000000000.sql", "INSERT INTO `before` VALUES (1);\n");
  deployment.start("loaded");
  wait_finished(deployment, "loaded");
  CHECK(there.count("shop.t") == 5000);
  CHECK(there.number("SELECT COUNT(DISTINCT id) FROM shop.t") == 5000);
}

TEST_CASE("mode load reads what mydumper wrote", "[e2e][load-files]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  SLUICE_SKIP_IF(fs::exists("/usr/bin/mydumper") ? "" : "mydumper is not installed");
  MariaDbServer source;
  MariaDbServer target;
  Sql sql = source.connect();
  create_workload(sql, {.tables = 12, .rows = 200, .ddl = false, .seed = 43});
  sql.exec("CREATE VIEW shop.seen AS SELECT 1 AS one");
  TempDir folder;
  const fs::path files = folder.path() / "my";
  std::string output;
  const int code = run({"/usr/bin/mydumper", "--host", source.host(), "--port", std::to_string(source.port()), "--user",
                        source.user(), "--password", source.password(), "--database", "shop", "--outputdir",
                        files.string(), "--rows", "100", "--triggers", "--routines"},
                       &output);
  INFO(output);
  REQUIRE(code == 0);
  sql.exec("DROP VIEW shop.seen");
  Deployment deployment;
  deployment.add_source(source);
  deployment.create_task(
      {.name = "loaded", .mode = "load", .target = target_json(target), .full_migrate_conf = conf_of(files)});
  deployment.start("loaded");
  wait_finished(deployment, "loaded");
  require_equal(source, target, deployment);
  CHECK(deployment.sluiced.log().find("shop.seen-schema-view.sql") != std::string::npos);
}

TEST_CASE("mode load reads files in Dumpling's layout: encoded names, utf8mb4 text, hexadecimal bytes",
          "[e2e][load-files]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  TempDir folder;
  const fs::path files = folder.path() / "d.loaded";
  fs::create_directories(files);
  const std::string head = "/*!40014 SET FOREIGN_KEY_CHECKS=0*/;\n/*!40101 SET NAMES binary*/;\n";
  write_file(files / "metadata",
             "Started dump at: 2026-11-22 10:00:00\nSHOW MASTER STATUS:\n\tLog: mysql-bin.000007\n\tPos: 4711\n"
             "\tGTID:0-1-9\n\nFinished dump at: 2026-11-22 10:00:01\n");
  write_file(files / "sh%2Eop-schema-create.sql",
             "/*!40101 SET NAMES binary*/;\nCREATE DATABASE `sh.op` /*!40100 DEFAULT CHARACTER SET latin1 */;\n");
  write_file(
      files / "sh%2Eop.t%25-schema.sql",
      head +
          "CREATE TABLE `t%` (\n  `id` int(11) NOT NULL,\n  `l` varchar(20) DEFAULT NULL,\n"
          "  `e` enum('x','\xC3\xA9') CHARACTER SET utf8mb4 DEFAULT NULL,\n  `s` set('a','b','c') DEFAULT NULL,\n"
          "  `b` blob DEFAULT NULL,\n  `bits` bit(12) DEFAULT NULL,\n  `at` timestamp NULL DEFAULT NULL,\n"
          "  `g` int(11) GENERATED ALWAYS AS (`id` + 1) VIRTUAL,\n  PRIMARY KEY (`id`)\n) ENGINE=InnoDB DEFAULT "
          "CHARSET=latin1;\n");
  write_file(files / "sh%2Eop.t%25.000000000.sql",
             head +
                 "INSERT INTO `t%` (`id`,`l`,`e`,`s`,`b`,`bits`,`at`) VALUES\n"
                 "(1,'caf\xC3\xA9 ''q'' \\\\','\xC3\xA9','a,c',x'00ff27',x'0abc','2024-03-01 08:30:00'),\n"
                 "(2,NULL,NULL,'',_binary 'raw',b'101','0000-00-00 00:00:00');\n");
  write_file(files / "sh%2Eop.t%25.000000001.sql",
             head + "INSERT INTO `t%` (`l`,`id`,`e`,`s`,`b`,`bits`,`at`) VALUES (\"dq\",3,'x',NULL,'',5,NULL);\n");
  write_file(files / "sh%2Eop.v-schema.sql", head + "CREATE TABLE `v`(\n`one` int\n)ENGINE=MyISAM;\n");
  write_file(files / "sh%2Eop.v-schema-view.sql", head + "CREATE VIEW `v` AS SELECT 1 AS `one`;\n");
  Deployment deployment;
  deployment.add_source(source);
  deployment.create_task({.name = "loaded",
                          .mode = "load",
                          .target = target_json(target),
                          .rules = "[]",
                          .members = R"(,"timezone":"+09:00")",
                          .full_migrate_conf = conf_of(folder.path() / "d")});
  deployment.start("loaded");
  wait_finished(deployment, "loaded");
  CHECK(deployment.status("mysql-01", "loaded").body.find("(mysql-bin.000007, 4711)") != std::string::npos);
  Sql there = target.connect("sh.op");
  const std::string columns =
      "SELECT CONCAT_WS('|', IFNULL(HEX(l), '-'), IFNULL(e + 0, '-'), IFNULL(s + 0, '-'), HEX(b), bits + 0, "
      "IFNULL(at, '-'), g) FROM `t%` WHERE id = ";
  CHECK(there.value(columns + "1") == "636166E920277127205C|2|5|00FF27|2748|2024-02-29 23:30:00|2");
  CHECK(there.value(columns + "2") == "-|-|0|726177|5|0000-00-00 00:00:00|3");
  CHECK(there.value(columns + "3") == "6471|1|-||5|-|4");
  CHECK(there.tables("sh.op") == std::vector<std::string>{"t%"});
}

TEST_CASE("a folder that cannot be loaded stops mode load with the file, the place and what to do",
          "[e2e][load-files][errors]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  TempDir folder;
  Deployment deployment;
  deployment.add_source(source);
  deployment.create_task({.name = "loaded",
                          .mode = "load",
                          .target = target_json(target),
                          .full_migrate_conf = conf_of(folder.path() / "d")});
  const fs::path files = folder.path() / "d.loaded";
  const auto refused = [&](const std::string& why) {
    deployment.start("loaded");
    const SubtaskView view = wait_paused(deployment, "loaded", why);
    INFO(view.body);
    CHECK(view.code == 34019);
    CHECK(view.error_msg.find("Workaround: ") != std::string::npos);
  };
  refused("d.loaded: there is no such folder");
  fs::create_directories(files);
  refused("it holds no file of a dump");
  write_file(files / "shop.t-schema.sql", "CREATE TABLE `t` (`id` int, `v` varchar(10));\n");
  write_file(files / "shop.t.0.sql.gz", "");
  refused("cannot be loaded: shop.t.0.sql.gz");
  fs::remove(files / "shop.t.0.sql.gz");
  refused("no file metadata");
  write_file(files / "metadata", "");
  write_file(files / "shop.u.0.sql", "INSERT INTO `u` VALUES (1);\n");
  refused("no file of its structure");
  fs::remove(files / "shop.u.0.sql");
  const fs::path data = files / "shop.t.0.sql";
  // The first content with which a load begins is that which it must end with: all of these are of one size.
  const std::string good = "INSERT INTO `t` VALUES\n(1,'a'),\n(2,'b');   \n";
  const auto with = [&](std::string text) {
    text.resize(good.size(), ' ');
    write_file(data, text);
  };
  with("INSERT INTO `t` VALUES\n(1,'a'),\n(2);");
  refused("shop.t.0.sql, line 3 (byte 32): the row has 1 values for 2 columns");
  with("INSERT INTO `t` VALUES\n(1,'a'),\n(2,'b;");
  refused("line 3 (byte 32): the file ends within an INSERT statement");
  with("DROP TABLE t;");
  refused("line 1 (byte 0): a statement that is no INSERT: DROP TABLE t");
  with("INSERT INTO `x` VALUES (1,'a');");
  refused("rows of table x in a file whose name is that of table t");
  write_file(data, good + "\n");
  refused("not those with which this load began");
  with(good);
  deployment.start("loaded");
  wait_finished(deployment, "loaded");
  CHECK(target.connect().count("shop.t") == 2);
}

TEST_CASE("mode load into the sink file writes every row, in utf8mb4 whatever the columns' character sets",
          "[e2e][load-files]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  Sql sql = source.connect();
  sql.exec("CREATE DATABASE shop");
  sql.exec("CREATE TABLE shop.t (id INT PRIMARY KEY, v VARCHAR(20) CHARACTER SET latin1, b BIT(4))");
  sql.exec("INSERT INTO shop.t VALUES (1, 'caf\xC3\xA9', 5), (2, NULL, NULL)");
  TempDir folder;
  Deployment deployment;
  deployment.add_source(source);
  const fs::path files = dump_shop(deployment, source, folder.path());
  deployment.create_task({.name = "loaded",
                          .mode = "load",
                          .target = R"({"plugin":"file","directory":")" + (folder.path() / "out").string() + R"("})",
                          .full_migrate_conf = conf_of(files)});
  deployment.start("loaded");
  wait_finished(deployment, "loaded");
  std::string all;
  for (const auto& entry : fs::recursive_directory_iterator(folder.path() / "out")) {
    if (entry.is_regular_file()) all += read_file(entry.path());
  }
  INFO(all);
  CHECK(all.find(R"({"id":1,"v":"caf)"
                 "\xC3\xA9"
                 R"(","b":5})") != std::string::npos);
  CHECK(all.find(R"({"id":2,"v":null,"b":null})") != std::string::npos);
}

TEST_CASE("the sources of one task have a folder each, for mode dump and for mode load", "[e2e][load-files]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer first;
  MariaDbServer second;
  MariaDbServer target;
  TempDir folder;
  Deployment deployment;
  int id = 0;
  for (const MariaDbServer* server : {&first, &second}) {
    ++id;
    Sql sql = server->connect();
    sql.exec("CREATE DATABASE shop");
    sql.exec("CREATE TABLE shop.t (id INT PRIMARY KEY, v VARCHAR(20))");
    sql.exec("INSERT INTO shop.t VALUES (" + std::to_string(id) + ", 'of " + std::to_string(id) + "')");
    deployment.add_source(*server, "mysql-0" + std::to_string(id));
  }
  for (const char* mode : {"dump", "load"}) {
    deployment.create_task({.name = "both",
                            .mode = mode,
                            .target = target_json(target),
                            .sources = {"mysql-01", "mysql-02"},
                            .rules = "[]",
                            .full_migrate_conf = conf_of(folder.path() / "d")});
    deployment.start("both");
    for (const char* source : {"mysql-01", "mysql-02"}) {
      wait_until([&] { return deployment.status(source, "both").stage == "Finished"; }, 60s,
                 std::string(mode) + " of " + source);
    }
    CHECK(deployment.sluiced.api().del("/api/v1/tasks/both").status / 100 == 2);
  }
  CHECK(fs::exists(folder.path() / "d.both.mysql-02" / "metadata"));
  CHECK(target.connect().value("SELECT GROUP_CONCAT(v ORDER BY id) FROM shop.t") == "of 1,of 2");
}
