// A target that refuses one row of many: the error names that row by its key, and no other value of it.
#include <catch2/catch.hpp>

#include "core/model/status_json.hpp"
#include "tests/integration/task/fixture.hpp"
#include "tests/support/skip.hpp"

using namespace sluice;
using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

/// Both sides have the table; the target's refuses more.
Error refused(const std::string& source_table, const std::string& target_table, const std::vector<std::string>& changes,
              const std::function<void(Pair&)>& adjust = {}) {
  MariaDbServer source;
  MariaDbServer target;
  Pair pair(source, target);
  auto from = source.connect();
  auto to = target.connect();
  for (auto* sql : {&from, &to}) sql->exec("CREATE DATABASE shop");
  from.exec("CREATE TABLE shop.t (" + source_table + ")");
  to.exec_all(target_table);
  pair.begin_here();
  pair.config.task.incr_migrate_conf->repl_threads = 2;
  if (adjust) adjust(pair);
  from = source.connect("shop");
  from.exec("BEGIN");
  for (const std::string& change : changes) from.exec(change);
  from.exec("COMMIT");
  pair.make();
  pair.subtask->start({});
  const bool stopped = wait_for(
      [&] {
        const auto status = pair.subtask->status();
        return status.stage == model::Stage::Paused && !status.errors.empty();
      },
      60s);
  INFO(pair.describe());
  REQUIRE(stopped);
  const Error error = pair.subtask->status().errors.at(0);
  CHECK(error.table == "shop.t");
  CHECK(error.binlog_pos > 0);
  CHECK_FALSE(error.gtid.empty());
  const std::string shown = to_text(model::write_status(pair.subtask->status()));
  CHECK(shown.find("classified") == std::string::npos);
  return error;
}

std::string many_rows(int count, int odd) {
  std::string sql = "INSERT INTO t VALUES ";
  for (int i = 1; i <= count; ++i) {
    sql += (i > 1 ? "," : "") + ("(" + std::to_string(i) + "," + (i == odd ? "13" : "1") + ",'classified')");
  }
  return sql;
}

constexpr const char* kTable = "id INT PRIMARY KEY, n INT, word VARCHAR(20)";
constexpr const char* kChecked = "CREATE TABLE shop.t (id INT PRIMARY KEY, n INT CHECK (n <> 13), word VARCHAR(20))";

}  // namespace

TEST_CASE("the row that a CHECK of the target refuses among many is named by its key", "[integration][task]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  const Error error = refused(kTable, kChecked, {many_rows(90, 57)});
  INFO(error.one_line());
  CHECK(error.native == 4025);
  CHECK(error.row_key == "`id` = 57");
  CHECK(error.message.find("(row `id` = 57)") != std::string::npos);
}

TEST_CASE("so is one of many updates, with the key that it had and gets", "[integration][task]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  const Error error = refused(kTable, kChecked,
                              {many_rows(60, 0),
                               "UPDATE t SET n = IF(id = 31, 13, 2), id = id + 1000 WHERE id > 30 "
                               "ORDER BY id DESC"});
  INFO(error.one_line());
  // An update of a key is a deletion and an insertion in lanes of their own; the latter is what is refused.
  CHECK(error.row_key == "`id` = 1031");
}

TEST_CASE("a row without its parent is named, and one with a value that the target cannot hold",
          "[integration][task]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  SECTION("parent") {
    const Error error = refused("k VARCHAR(20) COLLATE utf8mb4_bin, b VARBINARY(8), parent INT, PRIMARY KEY (k, b)",
                                "CREATE TABLE shop.p (id INT PRIMARY KEY); INSERT INTO shop.p VALUES (1);"
                                "CREATE TABLE shop.t (k VARCHAR(20) COLLATE utf8mb4_bin, b VARBINARY(8), parent INT, "
                                "PRIMARY KEY (k, b), FOREIGN "
                                "KEY (parent) REFERENCES p (id))",
                                {"INSERT INTO t VALUES ('a', 'x', 1), ('it''s 日本', x'00FF', 2), ('b', 'y', 1)"},
                                [](Pair& pair) { pair.config.task.target.foreign_key_checks = "1"; });
    INFO(error.one_line());
    CHECK(error.native == 1452);
    CHECK(error.row_key.find("日本' AND `b` = X'00FF'") != std::string::npos);
  }
  SECTION("value") {
    const Error error = refused("id BIGINT, day DATE NOT NULL, n INT, UNIQUE KEY (day)",
                                "CREATE TABLE shop.t (id BIGINT, day DATE NOT NULL, n TINYINT, UNIQUE KEY (day))",
                                {"INSERT INTO t VALUES (1, '2024-01-01', 1), (2, '2024-01-02', 1000), (3, "
                                 "'2024-01-03', 1)"});
    INFO(error.one_line());
    CHECK(error.row_key == "`day` = '2024-01-02'");
  }
}

TEST_CASE("a row of a table without a key has no name, and its values are not shown", "[integration][task]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  const Error error =
      refused("n INT, word VARCHAR(20)", "CREATE TABLE shop.t (n INT CHECK (n <> 13), word VARCHAR(20))",
              {"INSERT INTO t VALUES (1, 'classified'), (13, 'classified'), (2, 'classified')"});
  INFO(error.one_line());
  CHECK(error.row_key.empty());
  CHECK(error.message.find("(the table has no key to name the row by)") != std::string::npos);
}
