// Values that changed on their way elsewhere: each is there before the copy and comes again by the binlog.
#include "tests/integration/task/scenario.hpp"

using namespace sluice;
using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

struct Values {
  const char* table;                // its name, the column definitions follow
  const char* columns;              // after `id INT PRIMARY KEY`
  std::vector<const char*> values;  // one list of values per row
};

void make(Sql& sql, const std::vector<Values>& tables) {
  for (const Values& t : tables)
    sql.exec("CREATE TABLE d." + std::string(t.table) + " (id INT PRIMARY KEY, " + t.columns + ")");
}

/// Ids from `first` on; the same values again, so that copy and stream are held against each other.
void fill(Sql& sql, const std::vector<Values>& tables, int first) {
  for (const Values& t : tables) {
    int id = first;
    for (const char* values : t.values) {
      sql.exec("INSERT INTO d." + std::string(t.table) + " VALUES (" + std::to_string(id++) + ", " + values + ")");
    }
  }
}

/// The rows that were copied equal those that came by the binlog, at the target alone.
void require_both_ways_equal(Sql& sql, const Values& t, int distance) {
  const std::string name = "d." + std::string(t.table);
  const std::string columns = sql.value(
      "SELECT GROUP_CONCAT(CONCAT('(a.', column_name, ' <=> b.', column_name, ')') SEPARATOR ' AND ') FROM "
      "information_schema.columns WHERE table_schema = 'd' AND table_name = '" +
      std::string(t.table) + "' AND column_name <> 'id'");
  INFO(name);
  CHECK(sql.number("SELECT COUNT(*) FROM " + name + " a JOIN " + name + " b ON b.id = a.id + " +
                   std::to_string(distance) + " WHERE " + columns) == t.values.size());
}

const std::vector<Values> kTables{
    {"latin", "v VARCHAR(20) CHARACTER SET latin1", {"x'8093e9ff'", "x'81'", "'€äß'", "''", "NULL"}},
    {"gbk", "v VARCHAR(20) CHARACTER SET gbk", {"x'c4e3bac3'", "x'815c'"}},
    {"sjis", "v VARCHAR(20) CHARACTER SET sjis", {"x'835c'", "x'95'"}},
    {"wide",
     "a VARCHAR(20) CHARACTER SET ucs2, b TEXT CHARACTER SET utf16, c CHAR(5) CHARACTER SET utf8mb4",
     {"'日本\\\\', 'a''b\"😀', '😀é'", "'', '', ''"}},
    {"raw",
     "a BINARY(4), b VARBINARY(10), c BLOB, d BIT(1), e BIT(64), f BIT(13)",
     {"x'01020000', x'0100', x'00ff275c0a1a', b'1', "
      "b'1000000000000000000000000000000000000000000000000000000000000001', 5",
      "x'', x'', x'', b'0', 18446744073709551615, 8191", "NULL, NULL, NULL, NULL, NULL, NULL"}},
    {"numbers",
     "a TINYINT UNSIGNED, b BIGINT UNSIGNED, c BIGINT, d DECIMAL(65,30), e FLOAT, f DOUBLE, g YEAR, h MEDIUMINT "
     "UNSIGNED",
     {"255, 18446744073709551615, -9223372036854775808, "
      "-99999999999999999999999999999999999.999999999999999999999999999999, "
      "-3.40282e38, 2.2250738585072014e-308, 2155, 16777215",
      "0, 9223372036854775808, 9223372036854775807, 0.000000000000000000000000000001, 1.17549e-38, "
      "1.7976931348623157e308, 0, 8388608",
      "1, 1, -1, -0.5, 0.1, 0.1, 1901, 1"}},
    {"moments",
     "a DATETIME, b DATETIME(6), c TIME(2), d TIME(6), e DATE, f TIMESTAMP(6) NULL",
     {"'0000-00-00 00:00:00', '1000-01-01 00:00:00.000001', '-00:00:00.12', '838:59:59', '0000-00-00', '1970-01-01 "
      "00:00:01.5'",
      "'1969-12-31 23:59:59', '9999-12-31 23:59:59.999999', '-838:59:59', '-838:59:58.999999', '9999-12-31', "
      "'2038-01-19 03:14:07.999999'",
      "'2024-02-30 00:00:00', '2024-00-10 01:00:00', '-01:00:00.01', '-00:00:00.000001', '2024-02-00', '2021-11-07 "
      "05:30:00'",
      "NULL, NULL, NULL, NULL, NULL, '2021-11-07 06:30:00'"}},
    {"sets", "a ENUM('x','','é') , b SET('a','b;c','d')", {}},
    {"documents",
     "v JSON",
     {"'{\"a\": \"\\\\u0000\", \"b\": [1, 2.50, null]}'", "'null'", "NULL", "'\"\\\\\\\\ \\\\\" 日本\"'"}},
    {"places",
     "v GEOMETRY",
     {"ST_GeomFromText('POINT(1.5 -2.25)')", "ST_GeomFromText('POLYGON((0 0, 0 1, 1 1, 0 0))', 4326)", "NULL"}},
    {"addresses",
     "a INET6, b INET4",
     {"'2001:db8::1', '0.0.0.0'", "'::ffff:1.2.3.4', '255.255.255.255'", "NULL, NULL", "'::', '10.1.0.0'",
      "'::1.2.3.4', '1.2.3.4'", "'2001:0:0:1::1', NULL", "'fe80::', '127.0.0.1'", "'1:0:2:0:3:0:4:0', '9.0.0.9'"}},
    // Versions 1 to 8, nil, max, and bytes that are no UUID of any version: the server stores them in two orders.
    {"uuids",
     "a UUID, KEY (a)",
     {"'6ccd780c-baba-1026-9564-5b8c656024db'", "'000003e8-baba-21ed-8000-5b8c656024db'",
      "'5df41881-3aed-3515-88a7-2f4a814cf09e'", "'123e4567-e89b-42d3-a456-426614174000'",
      "'2ed6657d-e927-568b-95e1-2665a8aea6a2'", "'1ec9414c-232a-6b00-b3c8-9e6bdeced846'",
      "'017f22e2-79b0-7cc3-98c4-dc0c0c07398f'", "'320c3d4d-cc00-875b-8ec9-32d5f69181c0'",
      "'00000000-0000-0000-0000-000000000000'", "'ffffffff-ffff-ffff-ffff-ffffffffffff'",
      "'123e4567-e89b-4200-0000-426614174000'", "'00112233-4455-0677-8899-aabbccddee00'",
      "'01020304-0506-9708-1900-000000000000'", "'80808080-8080-8050-1080-808080808080'", "NULL"}},
};

}  // namespace

TEST_CASE("values of every type arrive exactly, copied or by the binlog, whatever zones the servers live in",
          "[integration][sync][load][types]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source({.extra = {"--default-time-zone=+05:30", "--sql-mode=ALLOW_INVALID_DATES"}});
  MariaDbServer target({.extra = {"--default-time-zone=-08:00", "--sql-mode=STRICT_TRANS_TABLES,NO_ZERO_DATE"}});
  Pair pair(source, target, "all");
  auto sql = source.connect();
  sql.exec("CREATE DATABASE d");
  sql.exec("SET sql_mode = 'ALLOW_INVALID_DATES'");
  make(sql, kTables);
  const auto sets = [&](int first) {
    for (const char* row : {"'x', 'a'", "'', 'b;c,d'", "'é', ''", "'no member', 'a,nor this'", "NULL, NULL"})
      sql.exec("INSERT INTO d.sets VALUES (" + std::to_string(first++) + ", " + row + ")");
  };
  fill(sql, kTables, 1);
  sets(1);
  pair.make();
  pair.subtask->start({});
  wait_until([&] { return pair.subtask->status().unit == "sync"; }, 60s, "the end of the copy");
  fill(sql, kTables, 101);
  sets(101);
  pair.wait_synced(60s);
  require_same_schema(pair);
  auto seen = target.connect();
  for (const Values& t : kTables) {
    if (!t.values.empty()) require_both_ways_equal(seen, t, 100);
  }
}

TEST_CASE("values of every type go through files: mode dump writes what mode load reads",
          "[integration][loader][types]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source({.extra = {"--default-time-zone=+05:30", "--sql-mode=ALLOW_INVALID_DATES"}});
  MariaDbServer target({.extra = {"--default-time-zone=-08:00", "--sql-mode=STRICT_TRANS_TABLES,NO_ZERO_DATE"}});
  Pair pair(source, target, "dump");
  pair.config.source.flavor = "mariadb";
  pair.config.task.full_migrate_conf = model::FullMigrateConf();
  pair.config.task.full_migrate_conf->data_dir = (pair.folder.path() / "files").string();
  auto sql = source.connect();
  sql.exec("CREATE DATABASE d");
  sql.exec("SET sql_mode = 'ALLOW_INVALID_DATES'");
  make(sql, kTables);
  fill(sql, kTables, 1);
  for (const char* row : {"1, 'x', 'a'", "2, '', 'b;c,d'", "3, 'é', ''", "4, 'no member', 'a,nor this'"})
    sql.exec("INSERT INTO d.sets VALUES (" + std::string(row) + ")");
  for (const char* mode : {"dump", "load"}) {
    pair.config.task.task_mode = mode;
    pair.make();
    pair.subtask->start({});
    const auto ended = [&] { return pair.subtask->status().stage == model::Stage::Finished; };
    if (!wait_for(ended, 60s)) FAIL(pair.describe());
  }
  require_same_schema(pair);
}

TEST_CASE("keys above 2^63 are copied in chunks and followed", "[integration][load][types]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  Pair pair(source, target, "all");
  prepare(pair, "CREATE TABLE d.big (k BIGINT UNSIGNED PRIMARY KEY, v INT)");
  auto sql = source.connect("d");
  sql.exec("INSERT INTO big SELECT 18446744073709551615 - seq * 3, seq FROM seq_0_to_30000");
  sql.exec("INSERT INTO big SELECT 9223372036854775800 + seq, seq FROM seq_0_to_20");
  sql.exec("INSERT INTO big VALUES (0, 0), (1, 1)");
  pair.make();
  pair.subtask->start({});
  wait_until([&] { return pair.subtask->status().unit == "sync"; }, 60s, "the end of the copy");
  sql.exec("UPDATE big SET k = k - 1 WHERE k > 18446744073709551000");
  sql.exec("DELETE FROM big WHERE k IN (9223372036854775807, 9223372036854775808, 0)");
  sql.exec("INSERT INTO big VALUES (18446744073709551615, -1)");
  pair.wait_synced(60s);
  require_same(pair, "big");
}

TEST_CASE("a structure that changes in the middle of the stream gives each row the structure of its place",
          "[integration][sync][types]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  Pair pair(source, target);
  pair.begin_here();
  prepare(pair,
          "CREATE TABLE d.t (id INT PRIMARY KEY, e ENUM('a','b','c'), s SET('x','y','z'), c VARCHAR(20) CHARACTER SET "
          "latin1, n INT)");
  auto sql = source.connect("d");
  const auto rows = [&](int first) {
    for (int i = 0; i < 3; ++i) {
      sql.exec("INSERT INTO t (id, e, s, c) VALUES (" + std::to_string(first + i) + ", " + std::to_string(i + 1) +
               ", " + std::to_string(i + 3) + ", 'é" + std::to_string(i) + "')");
    }
    sql.exec("UPDATE t SET n = IFNULL(n, 0) + " + std::to_string(first));
  };
  rows(1);
  sql.exec("ALTER TABLE t MODIFY e ENUM('c','a','b')");
  rows(11);
  sql.exec("ALTER TABLE t MODIFY s SET('z','y','x','w'), MODIFY c VARCHAR(20) CHARACTER SET utf8mb4");
  rows(21);
  sql.exec("ALTER TABLE t MODIFY n BIGINT UNSIGNED AFTER id, ADD COLUMN extra INT DEFAULT 7 FIRST");
  sql.exec("UPDATE t SET n = 18446744073709550000 WHERE id = 1");
  rows(31);
  sql.exec("ALTER TABLE t DROP COLUMN extra, ADD COLUMN tail VARCHAR(5) DEFAULT 'end'");
  rows(41);
  sql.exec("ALTER TABLE t RENAME TO t2");
  sql.exec("CREATE TABLE t (id INT PRIMARY KEY, other DATE)");
  sql.exec("INSERT INTO t VALUES (1, '2024-01-01')");
  // Only now: all of it is read with the server's structure long past.
  pair.make();
  pair.subtask->start({});
  pair.wait_synced(60s);
  require_same_schema(pair);
}

TEST_CASE("a table that names no charset has that of its schema, also in the stream", "[integration][sync][types]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source({.extra = {"--character-set-server=latin1"}});
  MariaDbServer target({.extra = {"--character-set-server=utf8mb4"}});
  Pair pair(source, target);
  auto sql = source.connect();
  sql.exec("CREATE DATABASE d");  // before the task begins: latin1
  sql.exec("CREATE DATABASE russian CHARACTER SET koi8r");
  for (const char* schema : {"d", "russian"}) target.connect().exec(std::string("CREATE DATABASE ") + schema);
  pair.begin_here();
  sql.exec("USE d");
  sql.exec("CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(20), w TEXT(100), b TEXT CHARACTER SET binary)");
  sql.exec("INSERT INTO t VALUES (1, x'8093e9ff', 'Ärger', x'ff00')");
  // The default schema is d, the table's is another one.
  sql.exec("CREATE TABLE russian.t (id INT PRIMARY KEY, v VARCHAR(20), u VARCHAR(10) CHARACTER SET utf8mb4)");
  sql.exec("INSERT INTO russian.t VALUES (1, 'Привет', '日本')");
  sql.exec("SET collation_server = 'cp1251_general_ci'");
  sql.exec("CREATE DATABASE made");
  sql.exec("CREATE TABLE made.t (id INT PRIMARY KEY, v VARCHAR(20), UNIQUE KEY (v(2)))");
  sql.exec("INSERT INTO made.t VALUES (1, 'Ёлка')");
  sql.exec("ALTER DATABASE made CHARACTER SET greek");
  sql.exec("CREATE TABLE made.t2 (id INT PRIMARY KEY, v VARCHAR(20))");
  sql.exec("INSERT INTO made.t2 VALUES (1, 'Αθήνα')");
  pair.make();
  pair.subtask->start({});
  pair.wait_synced(60s);
  auto left = source.connect();
  auto right = target.connect();
  for (const char* schema : {"d", "russian", "made"}) {
    const auto differing = differences(left, right, schema);
    INFO((differing.empty() ? "" : differing[0]));
    CHECK(differing.empty());
  }
  CHECK(right.value("SELECT v FROM russian.t") == "Привет");
  CHECK(right.value("SELECT w FROM d.t") == "Ärger");
}

TEST_CASE("a value that the target cannot hold stops the subtask, and never becomes another one",
          "[integration][sync][load][types]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  Pair pair(source, target);
  auto sql = source.connect();
  auto narrow = target.connect();
  for (Sql* side : {&sql, &narrow}) side->exec("CREATE DATABASE d");
  pair.begin_here();
  sql.exec("CREATE TABLE d.t (id INT PRIMARY KEY, v VARCHAR(20) CHARACTER SET utf8mb4, n BIGINT, e ENUM('a','b'))");
  narrow.exec(
      "CREATE TABLE d.t (id INT PRIMARY KEY, v VARCHAR(5) CHARACTER SET latin1, n INT, e ENUM('a','b'), "
      "own INT NOT NULL)");
  pair.make();
  pair.subtask->start({});
  // What it can hold arrives, an ENUM of 0 and the implied value of its own column included.
  sql.exec("SET sql_mode = ''");
  sql.exec("INSERT INTO d.t VALUES (1, 'é', 7, 'neither')");
  pair.wait_synced(60s);
  CHECK(narrow.value("SELECT CONCAT(v, n, e + 0, own) FROM d.t WHERE id = 1") == "é700");
  // With this column gone the rows are strict.
  narrow.exec("ALTER TABLE d.t DROP COLUMN own");
  const auto stops_at = [&](const std::string& change, const std::string& repair) {
    INFO(change);
    sql.exec(change);
    wait_until([&] { return pair.subtask->status().stage == model::Stage::Paused; }, 60s, "the stop");
    const auto status = pair.subtask->status();
    REQUIRE(status.errors.size() == 1);
    CHECK(status.errors[0].table == "d.t");
    CHECK(status.errors[0].code == 10006);
    narrow.exec(repair);
    pair.subtask->pause(10s, "test");
    pair.make();
    pair.subtask->start({});
    pair.wait_synced(60s);
  };
  pair.subtask->pause(10s, "test");
  pair.make();
  pair.subtask->start({});
  stops_at("INSERT INTO d.t VALUES (2, 'longer than five', 1, 'a')",
           "ALTER TABLE d.t MODIFY v VARCHAR(20) CHARACTER SET latin1");
  stops_at("UPDATE d.t SET n = 3000000000 WHERE id = 2", "ALTER TABLE d.t MODIFY n BIGINT");
  stops_at("INSERT INTO d.t VALUES (3, '日本', 1, 'a')", "ALTER TABLE d.t MODIFY v VARCHAR(20) CHARACTER SET utf8mb4");
  require_same(pair, "t");
}
