#include <catch2/catch.hpp>
#include <deque>

#include "mysql_fixture.hpp"
#include "tests/support/skip.hpp"

namespace sluice::test {
namespace {

const std::vector<ColumnSpec> kIdName = {{"id", SLUICE_INT}, {"name", SLUICE_STRING, "utf8mb4"}};

TEST_CASE("mysql sink: inserts, updates and deletes of one batch arrive together with the mark",
          "[integration][sink]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MySqlTarget target;
  target.sql.exec("CREATE TABLE t.a (id INT PRIMARY KEY, name VARCHAR(20)) CHARSET utf8mb4");
  const TestTable table("t", "a", kIdName);
  TestBatch batch;
  batch.insert(table, {integer(1), text("it's \\ \"x\"")}).insert(table, {integer(2), text("two")});
  batch.insert(table, {integer(3), text("three")}).update(table, {integer(2), text("two")}, {integer(2), text("zwei")});
  batch.remove(table, {integer(3), text("three")}).update(table, {integer(1), text("")}, {integer(9), text("neun")});
  batch.remove(table, {integer(77), text("nobody")}).mark("0", "", "pos-1");
  const Outcome out = apply(target.writer, batch);
  INFO(out.message());
  REQUIRE(out.ok());
  CHECK(target.rows("SELECT * FROM t.a ORDER BY id") == "2,zwei;9,neun");
  CHECK(out.result.rows == 7);
  CHECK(out.result.unmatched == 1);
  CHECK(target.rows("SELECT id,scope,mark_key,mark_value FROM dm_meta.task1_sluice_marks") == "mysql-01,lane,0,pos-1");
}

TEST_CASE("mysql sink: a writer whose mark has moved is fenced and changes nothing", "[integration][sink]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MySqlTarget target;
  target.sql.exec("CREATE TABLE t.a (id INT PRIMARY KEY, name VARCHAR(20))");
  const TestTable table("t", "a", kIdName);
  TestBatch first;
  REQUIRE(apply(target.writer, first.insert(table, {integer(1), text("x")}).mark("0", "", "pos-1")).ok());
  SECTION("stale expectation") {
    TestBatch stale;
    const Outcome out = apply(target.writer, stale.insert(table, {integer(2), text("x")}).mark("0", "pos-0", "pos-2"));
    CHECK(out.status == SLUICE_FAILED);
    CHECK((out.error.flags & SLUICE_ERROR_FENCED) != 0);
  }
  SECTION("expected to be absent: what a replay after a lost acknowledgement looks like") {
    TestBatch again;
    const Outcome out = apply(target.writer, again.insert(table, {integer(2), text("x")}).mark("0", "", "pos-2"));
    CHECK((out.error.flags & SLUICE_ERROR_FENCED) != 0);
  }
  CHECK(target.rows("SELECT * FROM t.a") == "1,x");
  CHECK(target.rows("SELECT mark_value FROM dm_meta.task1_sluice_marks") == "pos-1");
  TestBatch next;
  CHECK(apply(target.writer, next.insert(table, {integer(3), text("y")}).mark("0", "pos-1", "pos-2")).ok());
}

TEST_CASE("mysql sink: several marks of one batch move together or not at all", "[integration][sink]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MySqlTarget target;
  target.sql.exec("CREATE TABLE t.a (id INT PRIMARY KEY, name VARCHAR(20))");
  const TestTable table("t", "a", kIdName);
  const std::string marks = "SELECT mark_key,mark_value FROM dm_meta.task1_sluice_marks ORDER BY mark_key";
  TestBatch first;
  first.insert(table, {integer(1), text("x")}).mark("0", "", "a").mark("1", "", "b");
  REQUIRE(apply(target.writer, first).ok());
  CHECK(target.rows(marks) == "0,a;1,b");
  SECTION("known and new ones") {
    TestBatch next;
    next.insert(table, {integer(2), text("y")}).mark("0", "a", "a2").mark("1", "b", "b2").mark("2", "", "c");
    const Outcome out = apply(target.writer, next);
    INFO(out.message());
    CHECK(out.ok());
    CHECK(target.rows(marks) == "0,a2;1,b2;2,c");
  }
  SECTION("one has moved") {
    TestBatch stale;
    stale.insert(table, {integer(2), text("y")}).mark("0", "a", "a2").mark("1", "old", "b2").mark("2", "", "c");
    CHECK((apply(target.writer, stale).error.flags & SLUICE_ERROR_FENCED) != 0);
    CHECK(target.rows(marks) == "0,a;1,b");
    CHECK(target.rows("SELECT COUNT(*) FROM t.a") == "1");
  }
  SECTION("one is there though it should not, one is not there though it should") {
    TestBatch again;
    CHECK((apply(target.writer, again.mark("0", "", "a2").mark("1", "b", "b2")).error.flags & SLUICE_ERROR_FENCED) !=
          0);
    TestBatch lost;
    CHECK((apply(target.writer, lost.mark("0", "a", "a2").mark("7", "x", "y")).error.flags & SLUICE_ERROR_FENCED) != 0);
    CHECK(target.rows(marks) == "0,a;1,b");
  }
  SECTION("a mark that stays as it is") {
    TestBatch same;
    CHECK(apply(target.writer, same.mark("0", "a", "a").mark("1", "b", "b2")).ok());
    CHECK(target.rows(marks) == "0,a;1,b2");
  }
}

TEST_CASE("mysql sink: a long run of updates keeps the order and counts what it does not find", "[integration][sink]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MySqlTarget target;
  // The second key forbids merging: values are passed on from row to row, in order.
  target.sql.exec("CREATE TABLE t.a (id INT PRIMARY KEY, name VARCHAR(20), UNIQUE KEY (name))");
  const TestTable table("t", "a", kIdName);
  std::deque<std::string> kept;
  const auto named = [&](const char* head, int64_t i) { return text(kept.emplace_back(head + std::to_string(i))); };
  const auto name = [&](int64_t i) { return named("n", i); };
  TestBatch fill;
  for (int64_t i = 0; i < 100; ++i) fill.insert(table, {integer(i), name(i)});
  REQUIRE(apply(target.writer, fill).ok());
  TestBatch shift;
  for (int64_t i = 99; i >= 0; --i) shift.update(table, {integer(i), name(i)}, {integer(i), name(i + 1)});
  shift.insert(table, {integer(100), name(0)});
  shift.update(table, {integer(500), name(500)}, {integer(500), name(501)});
  const Outcome out = apply(target.writer, shift);
  INFO(out.message());
  REQUIRE(out.ok());
  CHECK(out.result.unmatched == 1);
  CHECK(target.rows("SELECT COUNT(*) FROM t.a WHERE name=CONCAT('n',id+1)") == "100");
  TestBatch missing;
  for (int64_t i = 80; i < 130; ++i) missing.update(table, {integer(i), name(i)}, {integer(i), named("m", i)});
  const Outcome some = apply(target.writer, missing);
  REQUIRE(some.ok());
  CHECK(some.result.unmatched == 29);
  SECTION("and goes on after the table has changed") {
    target.sql.exec("ALTER TABLE t.a MODIFY name VARCHAR(60), ADD extra INT DEFAULT 3 FIRST");
    TestBatch more;
    for (int64_t i = 0; i < 50; ++i) more.update(table, {integer(i), name(0)}, {integer(i), named("k", i)});
    const Outcome after = apply(target.writer, more);
    INFO(after.message());
    REQUIRE(after.ok());
    CHECK(after.result.unmatched == 0);
    CHECK(target.rows("SELECT COUNT(*) FROM t.a WHERE name=CONCAT('k',id)") == "50");
  }
  SECTION("and a failure within it leaves nothing") {
    TestBatch clash;
    for (int64_t i = 0; i < 50; ++i) clash.update(table, {integer(i), name(0)}, {integer(i), text("same")});
    const Outcome failed = apply(target.writer, clash);
    CHECK(failed.status == SLUICE_FAILED);
    CHECK(failed.error.native == 1062);
    CHECK(target.rows("SELECT COUNT(*) FROM t.a WHERE name='same'") == "0");
  }
}

TEST_CASE("mysql sink: merging changes of one key leaves what applying them one by one leaves", "[integration][sink]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MySqlTarget target;
  target.sql.exec("CREATE TABLE t.a (id INT PRIMARY KEY, name VARCHAR(20))");
  target.sql.exec("INSERT INTO t.a VALUES (1,'a'),(2,'b'),(3,'c'),(4,'d')");
  const TestTable table("t", "a", kIdName);
  TestBatch batch;
  batch.remove(table, {integer(1), text("a")}).insert(table, {integer(1), text("A")});
  batch.update(table, {integer(1), text("A")}, {integer(1), text("AA")});
  batch.insert(table, {integer(7), text("x")}).remove(table, {integer(7), text("x")});
  batch.insert(table, {integer(7), text("y")}).update(table, {integer(7), text("y")}, {integer(7), text("z")});
  batch.update(table, {integer(2), text("b")}, {integer(2), text("bb")}).remove(table, {integer(2), text("bb")});
  // A chain of keys: id = id + 1 from the last row on.
  batch.update(table, {integer(4), text("d")}, {integer(5), text("d")});
  batch.update(table, {integer(3), text("c")}, {integer(4), text("c")});
  const Outcome out = apply(target.writer, batch);
  INFO(out.message());
  REQUIRE(out.ok());
  CHECK(out.result.unmatched == 0);
  CHECK(target.rows("SELECT * FROM t.a ORDER BY id") == "1,AA;4,c;5,d;7,z");
}

TEST_CASE("mysql sink: with a second unique key the order of changes is kept", "[integration][sink]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MySqlTarget target;
  target.sql.exec("CREATE TABLE t.a (id INT PRIMARY KEY, name VARCHAR(20), UNIQUE KEY (name))");
  target.sql.exec("INSERT INTO t.a VALUES (1,'a'),(2,'b')");
  const TestTable table("t", "a", kIdName);
  TestBatch batch;
  batch.update(table, {integer(1), text("a")}, {integer(1), text("tmp")});
  batch.update(table, {integer(2), text("b")}, {integer(2), text("a")});
  batch.update(table, {integer(1), text("tmp")}, {integer(1), text("b")});
  batch.remove(table, {integer(2), text("a")}).insert(table, {integer(3), text("a")});
  const Outcome out = apply(target.writer, batch);
  INFO(out.message());
  REQUIRE(out.ok());
  CHECK(target.rows("SELECT * FROM t.a ORDER BY id") == "1,b;3,a");
}

TEST_CASE("mysql sink: keys equal under the collation but not in bytes are one row", "[integration][sink]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MySqlTarget target;
  target.sql.exec("CREATE TABLE t.a (k VARCHAR(10) COLLATE utf8mb4_general_ci PRIMARY KEY, v INT)");
  const TestTable table("t", "a", {{"k", SLUICE_STRING, "utf8mb4"}, {"v", SLUICE_INT}});
  TestBatch batch;
  batch.insert(table, {text("a"), integer(1)}).remove(table, {text("A"), integer(1)});
  batch.insert(table, {text("A"), integer(2)}).update(table, {text("a"), integer(2)}, {text("\xC3\xA1"), integer(3)});
  const Outcome out = apply(target.writer, batch);
  INFO(out.message());
  REQUIRE(out.ok());
  CHECK(target.rows("SELECT * FROM t.a") == "\xC3\xA1,3");
}

TEST_CASE("mysql sink: a table without keys loses exactly one of several equal rows", "[integration][sink]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MySqlTarget target;
  target.sql.exec(
      "CREATE TABLE t.a (i INT, f FLOAT, d DOUBLE, n DECIMAL(30,10), s VARCHAR(10), j JSON, b BLOB, bi BIT(9), "
      "ts TIMESTAMP(3) NULL, g GEOMETRY)");
  const TestTable table("t", "a",
                        {{"i", SLUICE_INT},
                         {"f", SLUICE_FLOAT},
                         {"d", SLUICE_DOUBLE},
                         {"n", SLUICE_DECIMAL},
                         {"s", SLUICE_STRING, "utf8mb4"},
                         {"j", SLUICE_JSON},
                         {"b", SLUICE_BYTES, "binary"},
                         {"bi", SLUICE_BIT},
                         {"ts", SLUICE_TIMESTAMP},
                         {"g", SLUICE_GEOMETRY}});
  const std::string point("\0\0\0\0\x01\x01\0\0\0\0\0\0\0\0\0\xF0\x3F\0\0\0\0\0\0\0\x40", 25);
  const std::string blob("\0\xFF'\\", 4);
  const auto row = [&](int64_t i, sluice_value s) {
    return Values{integer(i),
                  real(SLUICE_FLOAT, 0.1f),
                  real(SLUICE_DOUBLE, 0.1),
                  bytes(SLUICE_DECIMAL, "12345678901234567890.1234567891"),
                  s,
                  bytes(SLUICE_JSON, R"({"a": 1})"),
                  bytes(SLUICE_BYTES, blob),
                  number(SLUICE_BIT, 300),
                  signed_number(SLUICE_TIMESTAMP, 1700000000123000, 3),
                  bytes(SLUICE_GEOMETRY, point)};
  };
  TestBatch fill;
  for (int i = 0; i < 3; ++i) fill.insert(table, row(1, null_value()));
  fill.insert(table, row(2, text("s")));
  const Outcome filled = apply(target.writer, fill);
  INFO(filled.message());
  REQUIRE(filled.ok());
  TestBatch change;
  change.remove(table, row(1, null_value())).update(table, row(1, null_value()), row(3, text("changed")));
  const Outcome out = apply(target.writer, change);
  INFO(out.message());
  REQUIRE(out.ok());
  CHECK(out.result.unmatched == 0);
  CHECK(target.rows("SELECT i,s FROM t.a ORDER BY i") == "1,NULL;2,s;3,changed");
  CHECK(target.rows("SELECT DISTINCT ST_AsText(g) FROM t.a") == "POINT(1 2)");
}

TEST_CASE("mysql sink: safe mode applies a batch again without a trace", "[integration][sink]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  const std::string keys = GENERATE("PRIMARY KEY (id)", "PRIMARY KEY (id), UNIQUE KEY (name)", "UNIQUE KEY (name)");
  MySqlTarget target;
  target.sql.exec("CREATE TABLE t.a (id INT, name VARCHAR(20) NOT NULL, " + keys + ")");
  target.sql.exec("INSERT INTO t.a VALUES (1,'a'),(2,'b'),(3,'c')");
  const TestTable table("t", "a", kIdName);
  TestBatch batch;
  batch.insert(table, {integer(4), text("d")}).update(table, {integer(1), text("a")}, {integer(1), text("aa")});
  batch.update(table, {integer(2), text("b")}, {integer(20), text("bb")}).remove(table, {integer(3), text("c")}).safe();
  for (int i = 0; i < 3; ++i) {
    const Outcome out = apply(target.writer, batch);
    INFO(out.message());
    REQUIRE(out.ok());
    CHECK(target.rows("SELECT * FROM t.a ORDER BY id") == "1,aa;4,d;20,bb");
  }
}

TEST_CASE("mysql sink: generated columns are not written, absent ones keep their default", "[integration][sink]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MySqlTarget target;
  target.sql.exec("CREATE TABLE t.a (id INT PRIMARY KEY, g INT AS (id * 2) STORED, d INT DEFAULT 7)");
  const TestTable table("t", "a",
                        {{"id", SLUICE_INT}, {"g", SLUICE_INT, "", SLUICE_COLUMN_GENERATED}, {"d", SLUICE_INT}});
  TestBatch batch;
  batch.insert(table, {integer(1), integer(2), absent()}).insert(table, {integer(2), absent(), integer(8)});
  batch.update(table, {integer(1), absent(), absent()}, {integer(5), absent(), absent()});
  const Outcome out = apply(target.writer, batch);
  INFO(out.message());
  REQUIRE(out.ok());
  CHECK(target.rows("SELECT * FROM t.a ORDER BY id") == "2,4,8;5,10,7");
}

TEST_CASE("mysql sink: foreign keys that are checked keep the order across tables", "[integration][sink]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MySqlTarget target(R"(,"foreign_key_checks":"1")");
  target.sql.exec("CREATE TABLE t.p (id INT PRIMARY KEY)");
  target.sql.exec("CREATE TABLE t.c (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES t.p (id))");
  const TestTable parent("t", "p", {{"id", SLUICE_INT}});
  const TestTable child("t", "c", {{"id", SLUICE_INT}, {"p", SLUICE_INT}});
  TestBatch batch;
  batch.insert(parent, {integer(1)}).insert(child, {integer(1), integer(1)}).insert(parent, {integer(2)});
  batch.remove(child, {integer(1), integer(1)}).remove(parent, {integer(1)});
  const Outcome out = apply(target.writer, batch);
  INFO(out.message());
  REQUIRE(out.ok());
  CHECK(target.rows("SELECT id FROM t.p") == "2");
  TestBatch orphan;
  const Outcome refused = apply(target.writer, orphan.insert(child, {integer(9), integer(99)}));
  CHECK(refused.error.native == 1452);
}

}  // namespace
}  // namespace sluice::test
