#include <catch2/catch.hpp>
#include <deque>
#include <limits>

#include "mysql_fixture.hpp"
#include "tests/support/skip.hpp"

namespace sluice::test {
namespace {

// A column, its values as the host hands them over, and as SQL writes them.
struct TypeCase {
  std::string definition;
  int32_t type;
  std::string charset;
  std::vector<std::pair<sluice_value, std::string>> values;
};

using namespace std::string_literals;
using namespace std::string_view_literals;

const std::string kAllBytes = [] {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  return all;
}();

std::string hex(const std::string& bytes) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out = "0x";
  for (const char c : bytes)
    (out += kHex[static_cast<unsigned char>(c) >> 4]) += kHex[static_cast<unsigned char>(c) & 15];
  return out;
}

const std::string kPoint("\0\0\0\0\x01\x01\0\0\0\0\0\0\0\0\0\xF0\x3F\0\0\0\0\0\0\0\x40", 25);
const std::string kLatin1 = "caf\xE9 \x80'\\\t\n";            // é and, as in cp1252, the euro sign
const std::string kGbk = "\xD6\xD0\x81\x5C\x81\x7C'\\\t\n"s;  // 0x5C inside a character is what breaks others
const std::string kUcs2("\0a\x4E\x2D\0'\0\\\0\t\0\n", 12);
const std::string kSjis = "\x83\x5C\x93\xFA"s;
const std::string kUtf8 = "\xF0\x9F\x98\x80 '\"\\\t\n\0z"s + std::string("\0", 1);

std::vector<TypeCase> type_cases() {
  const auto u = [](uint64_t n) { return number(SLUICE_UINT, n); };
  return {
      {"TINYINT", SLUICE_INT, "", {{integer(-128), "-128"}, {integer(127), "127"}}},
      {"BIGINT",
       SLUICE_INT,
       "",
       {{integer(INT64_MIN), "-9223372036854775808"}, {integer(INT64_MAX), "9223372036854775807"}}},
      {"BIGINT UNSIGNED", SLUICE_UINT, "", {{u(UINT64_MAX), "18446744073709551615"}, {u(0), "0"}}},
      {"DECIMAL(65,30)",
       SLUICE_DECIMAL,
       "",
       {{bytes(SLUICE_DECIMAL, "-12345678901234567890123456789012345.123456789012345678901234567890"),
         "-12345678901234567890123456789012345.123456789012345678901234567890"}}},
      {"FLOAT",
       SLUICE_FLOAT,
       "",
       {{real(SLUICE_FLOAT, 0.1f), "0.1"},
        {real(SLUICE_FLOAT, 3.4028234663852886e38), "3.4028234663852886e38"},
        {real(SLUICE_FLOAT, 16777216.0f), "16777216"},
        {real(SLUICE_FLOAT, 1.17549435e-38f), "1.1754943508222875e-38"}}},
      {"DOUBLE",
       SLUICE_DOUBLE,
       "",
       {{real(SLUICE_DOUBLE, 0.1), "0.1e0"},
        {real(SLUICE_DOUBLE, 1.7976931348623157e308), "1.7976931348623157e308"},
        {real(SLUICE_DOUBLE, -2.2250738585072014e-308), "-2.2250738585072014e-308"}}},
      {"DATE",
       SLUICE_DATE,
       "",
       {{number(SLUICE_DATE, packed(0, 0, 0)), "'0000-00-00'"},
        {number(SLUICE_DATE, packed(1969, 12, 31)), "'1969-12-31'"},
        {number(SLUICE_DATE, packed(2023, 2, 31)), "'2023-02-31'"},
        {number(SLUICE_DATE, packed(9999, 12, 31)), "'9999-12-31'"}}},
      {"DATETIME(6)",
       SLUICE_DATETIME,
       "",
       {{number(SLUICE_DATETIME, packed(1001, 1, 1, 23, 59, 59, 999999), 6), "'1001-01-01 23:59:59.999999'"},
        {number(SLUICE_DATETIME, packed(0, 0, 0), 6), "'0000-00-00 00:00:00'"}}},
      {"DATETIME(2)",
       SLUICE_DATETIME,
       "",
       {{number(SLUICE_DATETIME, packed(1960, 5, 4, 3, 2, 1, 120000), 2), "'1960-05-04 03:02:01.12'"}}},
      {"TIMESTAMP(6) NULL",
       SLUICE_TIMESTAMP,
       "",
       {{signed_number(SLUICE_TIMESTAMP, 1700000000123456, 6), "'2023-11-14 22:13:20.123456'"},
        {signed_number(SLUICE_TIMESTAMP, 0, 6), "'0000-00-00 00:00:00'"},
        {signed_number(SLUICE_TIMESTAMP, 1000000, 6), "'1970-01-01 00:00:01'"}}},
      {"TIME(2)",
       SLUICE_TIME,
       "",
       {{signed_number(SLUICE_TIME, -120000, 2), "'-00:00:00.12'"},
        {signed_number(SLUICE_TIME, -3020399000000, 2), "'-838:59:59'"},
        {signed_number(SLUICE_TIME, 3020399000000, 2), "'838:59:59'"}}},
      {"YEAR", SLUICE_YEAR, "", {{number(SLUICE_YEAR, 0), "0"}, {number(SLUICE_YEAR, 2155), "2155"}}},
      {"BIT(64)",
       SLUICE_BIT,
       "",
       {{number(SLUICE_BIT, UINT64_MAX), "b'" + std::string(64, '1') + "'"},
        {number(SLUICE_BIT, 2313), "2313"},
        {bytes(SLUICE_BYTES, "\0\0\0\0\0\x5C\x09\x0A"sv), hex("\0\0\0\0\0\x5C\x09\x0A"s) + "+0"}}},
      {"ENUM('a','3','1')", SLUICE_ENUM, "utf8mb4", {{number(SLUICE_ENUM, 3), "'1'"}, {number(SLUICE_ENUM, 1), "'a'"}}},
      {"SET('x','y','z')", SLUICE_SET, "utf8mb4", {{number(SLUICE_SET, 5), "'x,z'"}, {number(SLUICE_SET, 0), "''"}}},
      {"CHAR(20) CHARACTER SET latin1",
       SLUICE_STRING,
       "latin1",
       {{text(kLatin1), "_latin1 " + hex(kLatin1)}, {text(""), "''"}}},
      {"VARCHAR(20) CHARACTER SET gbk", SLUICE_STRING, "gbk", {{text(kGbk), "_gbk " + hex(kGbk)}, {text(""), "''"}}},
      {"TEXT CHARACTER SET ucs2", SLUICE_STRING, "ucs2", {{text(kUcs2), "_ucs2 " + hex(kUcs2)}, {text(""), "''"}}},
      {"TEXT CHARACTER SET sjis", SLUICE_STRING, "sjis", {{text(kSjis), "_sjis " + hex(kSjis)}}},
      {"TEXT CHARACTER SET utf8mb4", SLUICE_STRING, "utf8mb4", {{text(kUtf8), "_utf8mb4 " + hex(kUtf8)}}},
      {"TEXT CHARACTER SET utf8mb3", SLUICE_STRING, "utf8", {{text("\xE4\xB8\xAD"), "_utf8mb4 0xE4B8AD"}}},
      // Columns whose character set at the target is another one.
      {"TEXT CHARACTER SET utf8mb4", SLUICE_STRING, "gbk", {{text("\xD6\xD0"), "_gbk 0xD6D0"}}},
      {"TEXT CHARACTER SET utf8mb4", SLUICE_STRING, "latin1", {{text(kLatin1), "_latin1 " + hex(kLatin1)}}},
      {"TEXT CHARACTER SET latin1", SLUICE_STRING, "utf8mb4", {{text("\xC3\xA9\xE2\x82\xAC"), "_latin1 0xE980"}}},
      {"TEXT CHARACTER SET gbk", SLUICE_STRING, "ucs2", {{text("\x4E\x2D"), "_gbk 0xD6D0"}}},
      {"BLOB",
       SLUICE_BYTES,
       "binary",
       {{bytes(SLUICE_BYTES, kAllBytes), hex(kAllBytes)}, {bytes(SLUICE_BYTES, ""), "''"}}},
      {"BINARY(4)", SLUICE_BYTES, "binary", {{bytes(SLUICE_BYTES, "a\0\0\0"sv), "0x61000000"}}},
      {"JSON",
       SLUICE_JSON,
       "",
       {{bytes(SLUICE_JSON, R"({"a": "x\u0000\n", "b": [1, null]})"), R"('{"a": "x\\u0000\\n", "b": [1, null]}')"},
        {bytes(SLUICE_JSON, "null"), "'null'"}}},
      {"GEOMETRY", SLUICE_GEOMETRY, "", {{bytes(SLUICE_GEOMETRY, kPoint), "ST_GeomFromText('POINT(1 2)')"}}},
      // What a dump prints.
      {"INT", SLUICE_INT, "", {{bytes(SLUICE_TEXT, "-7"), "-7"}}},
      {"DECIMAL(20,2)", SLUICE_DECIMAL, "", {{bytes(SLUICE_TEXT, "12345678901234567.89"), "12345678901234567.89"}}},
      {"DATETIME(3)",
       SLUICE_DATETIME,
       "",
       {{bytes(SLUICE_TEXT, "2023-01-02 03:04:05.678"), "'2023-01-02 03:04:05.678'"}}},
      {"TIME(3)", SLUICE_TIME, "", {{bytes(SLUICE_TEXT, "-00:00:01.500"), "'-00:00:01.500'"}}},
      {"ENUM('1','\xC3\xA9') CHARACTER SET latin1", SLUICE_ENUM, "latin1", {{bytes(SLUICE_TEXT, "\xC3\xA9"), "2"}}},
      {"SET('a','b')", SLUICE_SET, "utf8mb4", {{bytes(SLUICE_TEXT, "a,b"), "3"}}},
      {"JSON", SLUICE_JSON, "", {{bytes(SLUICE_TEXT, R"({"k": "\u00e9"})"), R"('{"k": "\\u00e9"}')"}}},
  };
}

// One table per test with a column per type; row i holds value i of each type, NULL where a type has fewer.
struct AllTypes {
  std::vector<TypeCase> cases = type_cases();
  std::vector<Values> rows;
  std::vector<std::string> literals;
  std::string definition = "(id INT PRIMARY KEY";
  std::vector<ColumnSpec> columns = {{"id", SLUICE_INT}};

  AllTypes() {
    size_t most = 0;
    for (size_t c = 0; c < cases.size(); ++c) {
      const std::string name = "c" + std::to_string(c);
      definition += "," + name + " " + cases[c].definition;
      columns.push_back({name, cases[c].type, cases[c].charset});
      most = std::max(most, cases[c].values.size());
    }
    definition += ") CHARSET utf8mb4";
    for (size_t r = 0; r <= most; ++r) {
      Values row = {integer(static_cast<int64_t>(r))};
      std::string literal = std::to_string(r);
      for (const TypeCase& type : cases) {
        const bool has = r < type.values.size();
        row.push_back(has ? type.values[r].first : null_value());
        literal += "," + (has ? type.values[r].second : "NULL");
      }
      rows.push_back(row);
      literals.push_back("(" + literal + ")");
    }
  }
  void create(Sql& sql, const std::string& name) const { sql.exec("CREATE TABLE t." + name + definition); }
};

std::string differing_columns(MySqlTarget& target, const AllTypes& types, const std::string& name) {
  std::string out;
  for (const ColumnSpec& column : types.columns) {
    const std::string n =
        target.rows("SELECT COUNT(*) FROM t.ref r JOIN t." + name + " x USING (id) WHERE NOT (CAST(r." + column.name +
                    " AS BINARY) <=> CAST(x." + column.name + " AS BINARY))");
    if (n != "0") {
      out += column.name + " [" +
             target.rows("SELECT HEX(r." + column.name + "),HEX(x." + column.name + ") FROM t.ref r JOIN t." + name +
                         " x USING (id)") +
             "] ";
    }
  }
  return out;
}

TEST_CASE("mysql sink: every type arrives exactly, by apply, by LOAD DATA and by INSERT",
          "[integration][sink][types]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MySqlTarget target;
  const AllTypes types;
  for (const std::string name : {"ref", "applied", "loaded", "inserted"}) types.create(target.sql, name);
  target.sql.exec("SET sql_mode='ALLOW_INVALID_DATES'");
  for (const std::string& literal : types.literals) target.sql.exec("INSERT INTO t.ref VALUES " + literal);

  const TestTable applied("t", "applied", types.columns);
  TestBatch batch;
  for (const Values& row : types.rows) batch.insert(applied, row);
  const Outcome by_apply = apply(target.writer, batch);
  INFO(by_apply.message());
  REQUIRE(by_apply.ok());
  CHECK(differing_columns(target, types, "applied") == "");
  CHECK(target.sql.digest("t", "applied") == target.sql.digest("t", "ref"));

  const TestTable loaded("t", "loaded", types.columns);
  RowSource source = rows_of(types.rows);
  const Outcome by_load = load(target.writer, loaded, source);
  INFO(by_load.message());
  REQUIRE(by_load.ok());
  CHECK(by_load.result.rows == types.rows.size());
  CHECK(differing_columns(target, types, "loaded") == "");
  CHECK(target.sql.digest("t", "loaded") == target.sql.digest("t", "ref"));

  target.sql.exec("SET GLOBAL local_infile=0");
  host::SinkWriter writer = open_writer(target.sink);
  const TestTable inserted("t", "inserted", types.columns);
  RowSource again = rows_of(types.rows);
  const Outcome by_insert = load(writer, inserted, again);
  target.sql.exec("SET GLOBAL local_infile=1");
  INFO(by_insert.message());
  REQUIRE(by_insert.ok());
  CHECK(differing_columns(target, types, "inserted") == "");
  CHECK(target.sql.digest("t", "inserted") == target.sql.digest("t", "ref"));
}

// Updates from here on go by array binding where the target has it (bulk_update.cpp).
constexpr size_t kManyRows = 24;

TEST_CASE("mysql sink: every type arrives exactly in a long run of updates", "[integration][sink][types]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MySqlTarget target;
  target.sql.exec("SET sql_mode='ALLOW_INVALID_DATES'");
  size_t number = 0;
  for (const TypeCase& type : type_cases()) {
    const std::string name = "u" + std::to_string(number++);
    INFO(name << ": " << type.definition);
    for (const std::string& t : {name, name + "_ref"}) {
      target.sql.exec("CREATE TABLE t." + t + " (id INT PRIMARY KEY, v " + type.definition + ") CHARSET utf8mb4");
    }
    const TestTable table("t", name, {{"id", SLUICE_INT}, {"v", type.type, type.charset}});
    TestBatch fill;
    TestBatch change;
    for (size_t i = 0; i < kManyRows; ++i) {
      const auto id = integer(static_cast<int64_t>(i));
      const auto& [value, literal] = type.values[i % type.values.size()];
      const bool null = i % 5 == 4;
      fill.insert(table, {id, null ? value : null_value()});
      change.update(table, {id, null ? value : null_value()}, {id, null ? null_value() : value});
      target.sql.exec("INSERT INTO t." + name + "_ref VALUES (" + std::to_string(i) + "," + (null ? "NULL" : literal) +
                      ")");
    }
    REQUIRE(apply(target.writer, fill).ok());
    const Outcome out = apply(target.writer, change);
    INFO(out.message());
    REQUIRE(out.ok());
    CHECK(out.result.unmatched == 0);
    INFO(target.rows("SELECT id,a.v,b.v FROM t." + name + " a JOIN t." + name +
                     "_ref b USING (id) WHERE NOT (a.v<=>b.v)"));
    CHECK(target.sql.digest("t", name) == target.sql.digest("t", name + "_ref"));
  }
  // Most types are bound, and each table's statement is prepared once.
  const std::string prepared = target.rows("SHOW GLOBAL STATUS LIKE 'Com_stmt_prepare'");
  CHECK(std::stoul(prepared.substr(prepared.find(',') + 1)) > number / 2);
}

TEST_CASE("mysql sink: rows of a long run of updates are found by keys of any type", "[integration][sink][types]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MySqlTarget target;
  const auto key = GENERATE(values<std::pair<std::string, ColumnSpec>>({
      {"VARCHAR(20) CHARACTER SET utf8mb4", {"k", SLUICE_STRING, "utf8mb4"}},
      {"VARCHAR(20) CHARACTER SET latin1", {"k", SLUICE_STRING, "utf8mb4"}},
      {"VARCHAR(20) CHARACTER SET latin1", {"k", SLUICE_STRING, "latin1"}},
      {"VARBINARY(20)", {"k", SLUICE_BYTES, "binary"}},
  }));
  target.sql.exec("CREATE TABLE t.a (k " + key.first + " PRIMARY KEY, n INT)");
  const TestTable table("t", "a", {key.second, {"n", SLUICE_INT}});
  std::deque<std::string> names;
  for (size_t i = 0; i < kManyRows; ++i) names.push_back("key-" + std::to_string(i));
  const auto name = [&](size_t i) { return bytes(key.second.type, names[i]); };
  TestBatch fill;
  TestBatch change;
  for (size_t i = 0; i < kManyRows; ++i) {
    fill.insert(table, {name(i), integer(0)});
    change.update(table, {name(i), integer(0)}, {name(i), integer(static_cast<int64_t>(i))});
  }
  const Outcome filled = apply(target.writer, fill);
  INFO(filled.message());
  REQUIRE(filled.ok());
  const Outcome out = apply(target.writer, change);
  INFO(out.message());
  REQUIRE(out.ok());
  CHECK(out.result.unmatched == 0);
  CHECK(target.rows("SELECT COUNT(*) FROM t.a WHERE k=CONCAT('key-',n)") == std::to_string(kManyRows));
}

TEST_CASE("mysql sink: every type is found again in a table without keys", "[integration][sink][types]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MySqlTarget target;
  const AllTypes types;
  types.create(target.sql, "k");
  target.sql.exec("ALTER TABLE t.k DROP PRIMARY KEY");
  const TestTable table("t", "k", types.columns);
  TestBatch fill;
  for (const Values& row : types.rows) fill.insert(table, row).insert(table, row);
  REQUIRE(apply(target.writer, fill).ok());
  TestBatch remove;
  for (const Values& row : types.rows) remove.remove(table, row);
  const Outcome out = apply(target.writer, remove);
  INFO(out.message());
  REQUIRE(out.ok());
  CHECK(out.result.unmatched == 0);
  CHECK(target.rows("SELECT COUNT(*),COUNT(DISTINCT id) FROM t.k") ==
        std::to_string(types.rows.size()) + "," + std::to_string(types.rows.size()));
}

TEST_CASE("mysql sink: strings are right in a session with NO_BACKSLASH_ESCAPES and ANSI_QUOTES",
          "[integration][sink][types]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MySqlTarget target(R"(,"sql_mode":"NO_BACKSLASH_ESCAPES,ANSI_QUOTES,NO_SUCH_MODE,NO_AUTO_VALUE_ON_ZERO")");
  target.sql.exec("CREATE TABLE t.a (id INT PRIMARY KEY, s VARCHAR(20) CHARACTER SET utf8mb4, b BLOB)");
  const TestTable table("t", "a", {{"id", SLUICE_INT}, {"s", SLUICE_STRING, "utf8mb4"}, {"b", SLUICE_BYTES, "binary"}});
  const std::string quotes = "a'b\\'\"`";
  TestBatch batch;
  batch.insert(table, {integer(1), text(quotes), bytes(SLUICE_BYTES, kAllBytes)}).mark("k", "", quotes);
  REQUIRE(apply(target.writer, batch).ok());
  RowSource source = rows_of({{integer(2), text(quotes), bytes(SLUICE_BYTES, kAllBytes)}});
  REQUIRE(load(target.writer, table, source).ok());
  CHECK(target.rows("SELECT COUNT(*) FROM t.a WHERE HEX(s)='" + hex(quotes).substr(2) + "' AND HEX(b)='" +
                    hex(kAllBytes).substr(2) + "'") == "2");
}

}  // namespace
}  // namespace sluice::test
