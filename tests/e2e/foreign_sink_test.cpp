#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "tests/e2e/compare.hpp"
#include "tests/support/skip.hpp"

using namespace sluice::test;

namespace {

// The lines of one table of the SDK's example sink: a sign, the table's name, the values. A line replaces what its key
// (the first value) had, as a reader of a target without marks has to take it.
std::map<std::string, std::string> rows_in(const std::filesystem::path& file, const std::string& table) {
  std::map<std::string, std::string> out;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    std::istringstream fields(line);
    std::string sign, name, key, value;
    std::getline(fields, sign, '\t');
    std::getline(fields, name, '\t');
    if (name != table) continue;
    std::getline(fields, key, '\t');
    std::getline(fields, value);
    if (sign == "-") {
      out.erase(key);
    } else {
      out[key] = value;
    }
  }
  return out;
}

std::map<std::string, std::string> rows_of(Sql& sql, const std::string& table) {
  std::map<std::string, std::string> out;
  for (const Row& row : sql.query("SELECT k, v FROM shop." + table)) out[*row[0]] = row[1].value_or("\\N");
  return out;
}

}  // namespace

// A sink that holds no marks: positions live in the store, and may only pass what the sink has flushed.
TEST_CASE("the example sink gets every change, over pauses and kill -9", "[e2e][plugin][crash]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  Sql sql = source.connect();
  sql.exec("CREATE DATABASE shop");
  for (const std::string table : {"one", "two"}) {
    sql.exec("CREATE TABLE shop." + table + " (k INT PRIMARY KEY, v VARCHAR(30))");
    sql.exec("INSERT INTO shop." + table + " SELECT seq, CONCAT('v', seq) FROM shop.seq_1_to_500");
  }
  TempDir folder;
  const std::filesystem::path file = folder.path() / "rows.tsv";
  Deployment deployment(
      {.arguments = {std::string("--set=plugins.path=") + SLUICE_BINARY_DIR + "/plugins," + SLUICE_FOREIGN_PLUGINS}});
  deployment.add_source(source);
  deployment.create_task({.target = R"({"plugin":"tsv","path":")" + file.string() + R"("})"});
  deployment.start();
  deployment.wait_unit("sync", 60s);
  for (int round = 0; round < by_length(4, 20); ++round) {
    const std::string n = std::to_string(round);
    for (const std::string table : {"one", "two"}) {
      sql.exec("UPDATE shop." + table + " SET v = CONCAT('round ', " + n + ", ' ', k) WHERE k % 3 = " + n + " % 3");
      sql.exec("DELETE FROM shop." + table + " WHERE k % 50 = " + n);
      sql.exec("INSERT INTO shop." + table + " SELECT 1000 * (1 + " + n + ") + seq, NULL FROM shop.seq_1_to_200");
    }
    if (round % 2 == 0) {
      // What the checkpoint has passed must be in the file. (Before that a kill may leave half a line there.)
      deployment.wait_synced(source, 60s);
      deployment.sluiced.kill9();
      deployment.sluiced.restart();
    } else {
      REQUIRE(deployment.sluiced.api().post("/api/v1/tasks/t1/stop").status == 200);
      wait_until([&] { return deployment.status().stage == "Paused"; }, 30s, "a paused subtask");
      deployment.start();
    }
  }
  deployment.wait_synced(source, 60s);
  require_books_balance(deployment.status());
  deployment.sluiced.kill9();  // what counts as applied is in the file, whatever happens to the process
  for (const std::string table : {"one", "two"}) {
    INFO(table);
    CHECK(rows_in(file, table) == rows_of(sql, table));
  }
}
