#include "core/units/dump/dump_unit.hpp"
#include "core/units/dump_directory.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "tests/support/server.hpp"
#include "tests/support/skip.hpp"

using namespace sluice;
using namespace sluice::test;
namespace fs = std::filesystem;

TEST_CASE("dump: the files rebuild the tables, and metadata tells the position", "[integration][dump]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target({.binlog_format = "", .extra = {"--max-allowed-packet=64M"}});
  Sql sql = source.connect();
  sql.exec("CREATE DATABASE s DEFAULT CHARACTER SET latin1");
  sql.exec(
      "CREATE TABLE s.`t.x` (id INT PRIMARY KEY, l VARCHAR(20) CHARACTER SET latin1, u TEXT CHARACTER SET utf8mb4, b "
      "BLOB, f FLOAT, e ENUM('a','b'), ts TIMESTAMP NULL, g INT AS (id + 1) STORED)");
  sql.exec(
      "INSERT INTO s.`t.x` (id, l, u, b, f, e, ts) VALUES (1, x'80e9ff', '\xF0\x9F\x98\x80 q\\' b\\\\ nul\\0', "
      "x'00ff0a0d5c27', 0.1, 'b', '2024-03-31 01:30:00'), (2, NULL, NULL, '', NULL, NULL, NULL)");
  sql.exec("CREATE TABLE s.many (id INT PRIMARY KEY, v VARCHAR(30))");
  sql.exec("INSERT INTO s.many SELECT seq, CONCAT('v', seq) FROM mysql.seq_1_to_50000");
  sql.exec("CREATE DATABASE aside");
  sql.exec("CREATE TABLE aside.t (id INT PRIMARY KEY)");
  TempDir folder;
  units::dump::DumpUnitOptions options;
  options.task.name = "t";
  options.task.task_mode = "dump";
  options.task.full_migrate_conf = model::FullMigrateConf();
  options.task.full_migrate_conf->data_dir = (folder.path() / "data").string();
  options.task.block_allow_list["only"] = {.do_dbs = {"s"}};
  options.task.source_conf = {{.source_name = "src", .block_allow_list = "only"}};
  options.source.name = "src";
  options.source.endpoint = {source.host(), source.port(), source.user(), source.password(), {}};
  const fs::path directory = units::dump_directory(options.task, "src");
  fs::create_directories(directory);
  { std::ofstream(directory / "s.left-over.0000000000000.sql") << "x"; }
  units::dump::DumpUnit unit(options);
  const Status status = unit.run({});
  if (!status) FAIL(status.error().one_line());
  CHECK_FALSE(fs::exists(directory / "s.left-over.0000000000000.sql"));
  CHECK(fs::exists(directory / "s.t%2Ex-schema.sql"));
  CHECK(fs::exists(directory / "s.t%2Ex.0000000000000.sql"));
  const std::string metadata = read_file(directory / "metadata");
  CHECK(metadata.find("\tPos: " + *sql.query("SHOW MASTER STATUS").at(0)[1] + "\n") != std::string::npos);

  Sql there = target.connect();
  there.exec_all(read_file(directory / "s-schema-create.sql"));
  Sql into = target.connect("s");
  std::vector<fs::path> data;
  for (const auto& entry : fs::directory_iterator(directory)) {
    const std::string name = entry.path().filename().string();
    CHECK(name.rfind("aside", 0) == std::string::npos);
    if (name.find("-schema.sql") != std::string::npos) into.exec_all(read_file(entry.path()));
    if (name.rfind("s.", 0) == 0 && name.find("-schema") == std::string::npos) data.push_back(entry.path());
  }
  for (const fs::path& file : data) target.connect("s").exec_all(read_file(file));
  CHECK(differences(sql, there, "s").empty());
}
