#include <catch2/catch.hpp>

#include "mysql_fixture.hpp"
#include "tests/support/skip.hpp"

namespace sluice::test {
namespace {

const std::vector<ColumnSpec> kIdName = {{"id", SLUICE_INT}, {"name", SLUICE_STRING, "utf8mb4"}};

struct Target : MySqlTarget {
  Target() { sql.exec("CREATE TABLE t.a (id INT PRIMARY KEY, name VARCHAR(20))"); }
  TestTable table{"t", "a", kIdName};
};

TEST_CASE("mysql sink: a load replaces, ignores or refuses duplicates as asked", "[integration][sink][load]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  Target target;
  const bool infile = GENERATE(true, false);
  if (!infile) target.sql.exec("SET GLOBAL local_infile=0");
  host::SinkWriter writer = open_writer(target.sink);
  target.sql.exec("SET GLOBAL local_infile=1");
  target.sql.exec("INSERT INTO t.a VALUES (1,'old')");
  const std::vector<Values> rows = {{integer(1), text("new")}, {integer(2), text("two")}, {integer(3), null_value()}};
  RowSource source = rows_of(rows);
  const std::vector<sluice_mark> marks = {{to_str("load"), to_str("chunk-1"), to_str(""), to_str("done")}};
  SECTION("replace") {
    const Outcome out = load(writer, target.table, source, SLUICE_DUPLICATE_REPLACE, marks);
    INFO(out.message());
    REQUIRE(out.ok());
    CHECK(out.result.rows == 3);
    CHECK(target.rows("SELECT * FROM t.a ORDER BY id") == "1,new;2,two;3,NULL");
    CHECK(target.rows("SELECT mark_value FROM dm_meta.task1_sluice_marks") == "done");
  }
  SECTION("ignore") {
    REQUIRE(load(writer, target.table, source, SLUICE_DUPLICATE_IGNORE, marks).ok());
    CHECK(target.rows("SELECT * FROM t.a ORDER BY id") == "1,old;2,two;3,NULL");
  }
  SECTION("error") {
    const Outcome out = load(writer, target.table, source, SLUICE_DUPLICATE_ERROR, marks);
    CHECK(out.status == SLUICE_FAILED);
    CHECK(out.error.native == 1062);
    CHECK_THAT(out.message(), Catch::Contains("PRIMARY"));
    CHECK(target.rows("SELECT * FROM t.a") == "1,old");
    CHECK(target.rows("SELECT * FROM dm_meta.task1_sluice_marks") == "");
    target.sql.exec("DELETE FROM t.a");
    RowSource again = rows_of(rows);
    CHECK(load(writer, target.table, again, SLUICE_DUPLICATE_ERROR, marks).ok());
    CHECK(target.rows("SELECT COUNT(*) FROM t.a") == "3");
  }
}

TEST_CASE("mysql sink: a load never passes over a row that a constraint or the partitions of the target refuse",
          "[integration][sink][load]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  Target target;
  const bool infile = GENERATE(true, false);
  const int32_t duplicates = GENERATE(0, 2);  // SLUICE_DUPLICATE_REPLACE, SLUICE_DUPLICATE_ERROR
  if (!infile) target.sql.exec("SET GLOBAL local_infile=0");
  host::SinkWriter writer = open_writer(target.sink);
  target.sql.exec("SET GLOBAL local_infile=1");
  RowSource source = rows_of({{integer(1), text("a")}, {integer(2), text("b")}, {integer(3), text("c")}});
  int32_t native = 0;
  SECTION("CHECK") {
    native = 4025;
    target.sql.exec("ALTER TABLE t.a ADD CHECK (id <> 2)");
  }
  SECTION("partitions") {
    native = 1526;
    target.sql.exec("ALTER TABLE t.a PARTITION BY RANGE (id) (PARTITION p VALUES LESS THAN (3))");
  }
  const Outcome out = load(writer, target.table, source, duplicates);
  CHECK(out.status == SLUICE_FAILED);
  INFO(out.message());
  CHECK(out.error.native == native);
  CHECK(target.rows("SELECT COUNT(*) FROM t.a") == "0");
}

TEST_CASE("mysql sink: a source of rows that fails leaves nothing of its chunk", "[integration][sink][load]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  Target target;
  RowSource source{2, 100000, 100, [](size_t i, sluice_value* to) {
                     to[0] = integer(static_cast<int64_t>(i));
                     to[1] = text("some text");
                   }};
  source.fail_at = 50000;
  const Outcome out = load(target.writer, target.table, source);
  CHECK(out.status == SLUICE_FAILED);
  CHECK(out.error.number == 33006);
  CHECK(out.message() == "the dump file is damaged");
  CHECK(target.rows("SELECT COUNT(*) FROM t.a") == "0");
  RowSource good = rows_of({{integer(1), text("x")}});
  CHECK(load(target.writer, target.table, good).ok());
  CHECK(target.rows("SELECT * FROM t.a") == "1,x");
}

TEST_CASE("mysql sink: an empty chunk stores its mark", "[integration][sink][load]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  Target target;
  RowSource nothing{2, 0, 1, [](size_t, sluice_value*) {}};
  const Outcome out = load(target.writer, target.table, nothing, SLUICE_DUPLICATE_REPLACE,
                           {{to_str("load"), to_str("c"), {nullptr, 0}, to_str("v")}});
  INFO(out.message());
  REQUIRE(out.ok());
  std::string seen;
  auto error = make_sized<sluice_error>();
  REQUIRE(target.writer.read_marks(
              "load",
              [&](const sluice_mark& m) { seen += std::string(view(m.key)) + "=" + std::string(view(m.value)); },
              error) == SLUICE_OK);
  CHECK(seen == "c=v");
  REQUIRE(target.writer.clear_marks("other", error) == SLUICE_OK);
  REQUIRE(target.writer.clear_marks("", error) == SLUICE_OK);
  CHECK(target.rows("SELECT COUNT(*) FROM dm_meta.task1_sluice_marks") == "0");
}

}  // namespace
}  // namespace sluice::test
