#include "core/schema/tracker.hpp"

#include <catch2/catch.hpp>

#include "core/schema/abi_table.hpp"
#include "core/schema/column_kind.hpp"
#include "core/schema/table_json.hpp"

using namespace sluice;
using namespace sluice::schema;

namespace {

sql::ParseOptions options() {
  sql::ParseOptions o;
  o.default_schema = "db";
  o.default_charset = "latin1";
  return o;
}

void run(Tracker& tracker, const std::string& text) {
  auto statement = sql::parse_ddl(text, options());
  if (!statement.ok()) FAIL(text << ": " << statement.error().message);
  if (Status s = tracker.apply(*statement); !s.ok()) FAIL(text << ": " << s.error().message);
}

Status tried(Tracker& tracker, const std::string& text) {
  auto statement = sql::parse_ddl(text, options());
  REQUIRE(statement.ok());
  return tracker.apply(*statement);
}

/// "a b c" of the columns, then the keys: "PRIMARY(a) u(b,c:3)".
std::string shape(const TablePtr& table) {
  if (!table) return "unknown";
  std::string out;
  for (const ColumnInfo& column : table->columns) out += (out.empty() ? "" : " ") + column.name;
  out += " |";
  for (const KeyInfo& key : table->keys) {
    out += " " + key.name + "(";
    for (size_t i = 0; i < key.parts.size(); ++i) {
      out += (i ? "," : "") + key.parts[i].column + key.parts[i].expression;
      if (key.parts[i].prefix) out += ":" + std::to_string(key.parts[i].prefix);
    }
    out += ")";
  }
  return out;
}

std::string after(const std::string& alter) {
  Tracker tracker;
  run(tracker, "CREATE TABLE t (a INT PRIMARY KEY, b VARCHAR(10), c TEXT, UNIQUE KEY u (b, c(3)), KEY k (c(5)))");
  run(tracker, "ALTER TABLE t " + alter);
  return shape(tracker.get("db", "t"));
}

}  // namespace

TEST_CASE("tracker: ALTER TABLE changes columns and keys as the server does", "[unit][schema]") {
  CHECK(after("ADD d INT") == "a b c d | PRIMARY(a) u(b,c:3) k(c:5)");
  CHECK(after("ADD d INT FIRST, ADD e INT AFTER a") == "d a e b c | PRIMARY(a) u(b,c:3) k(c:5)");
  CHECK(after("ADD d INT AFTER b, ADD e INT AFTER d") == "a b d e c | PRIMARY(a) u(b,c:3) k(c:5)");
  CHECK(after("DROP b") == "a c | PRIMARY(a) u(c:3) k(c:5)");
  CHECK(after("DROP b, DROP c") == "a | PRIMARY(a)");
  CHECK(after("DROP PRIMARY KEY, ADD PRIMARY KEY (b)") == "a b c | PRIMARY(b) u(b,c:3) k(c:5)");
  CHECK(after("RENAME COLUMN a TO z") == "z b c | PRIMARY(z) u(b,c:3) k(c:5)");
  CHECK(after("CHANGE a b INT, CHANGE b a VARCHAR(10)") == "b a c | PRIMARY(b) u(a,c:3) k(c:5)");
  CHECK(after("ADD b BIGINT, DROP b") == "a c b | PRIMARY(a) u(c:3) k(c:5)");
  CHECK(after("MODIFY c TEXT FIRST") == "c a b | PRIMARY(a) u(b,c:3) k(c:5)");
  CHECK(after("CHANGE c z TEXT AFTER a") == "a z b | PRIMARY(a) u(b,z:3) k(z:5)");
  CHECK(after("RENAME INDEX u TO v, DROP INDEX k") == "a b c | PRIMARY(a) v(b,c:3)");
  CHECK(after("ADD UNIQUE (a), ADD UNIQUE (a)") == "a b c | PRIMARY(a) u(b,c:3) k(c:5) a(a) a_2(a)");
  CHECK(after("ADD d INT UNIQUE") == "a b c d | PRIMARY(a) u(b,c:3) k(c:5) d(d)");
  CHECK(after("ADD UNIQUE INDEX x ((lower(b)))") == "a b c | PRIMARY(a) u(b,c:3) k(c:5) x((lower(b)))");
  CHECK(after("ADD COLUMN IF NOT EXISTS b INT, DROP COLUMN IF EXISTS nope") == "a b c | PRIMARY(a) u(b,c:3) k(c:5)");
  CHECK(after("DROP FOREIGN KEY f, DROP INDEX of_a_foreign_key") == "a b c | PRIMARY(a) u(b,c:3) k(c:5)");
}

TEST_CASE("tracker: what does not fit the known structure is an error and changes nothing", "[unit][schema]") {
  Tracker tracker;
  run(tracker, "CREATE TABLE t (a INT, b INT)");
  const uint64_t version = tracker.get("db", "t")->version;
  for (const char* text : {"ALTER TABLE t DROP x", "ALTER TABLE t ADD a INT", "ALTER TABLE t ADD c INT AFTER x",
                           "ALTER TABLE t MODIFY x INT"}) {
    const Status status = tried(tracker, text);
    REQUIRE_FALSE(status.ok());
    CHECK(status.error().code == 44006);
    CHECK(status.error().table == "db.t");
  }
  CHECK(tracker.get("db", "t")->version == version);
}

TEST_CASE("tracker: attributes follow", "[unit][schema]") {
  Tracker tracker;
  run(tracker, "CREATE TABLE t (a INT, b TEXT, c VARCHAR(5) CHARSET utf8mb4)");
  run(tracker, "ALTER TABLE t ALTER a SET DEFAULT 5, MODIFY c VARCHAR(9) NOT NULL, CHARSET utf8mb4");
  TablePtr t = tracker.get("db", "t");
  CHECK(t->columns[0].default_text == "5");
  CHECK(t->columns[1].charset == "latin1");
  CHECK(t->columns[2].charset == "utf8mb4");
  CHECK(t->columns[2].not_null);
  run(tracker, "ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, ALTER a DROP DEFAULT");
  t = tracker.get("db", "t");
  CHECK(t->columns[1].type_text == "mediumtext");
  CHECK(t->columns[1].collation == "utf8mb4_bin");
  CHECK_FALSE(t->columns[0].default_text);
}

TEST_CASE("tracker: tables come, go and change their names", "[unit][schema]") {
  Tracker tracker;
  run(tracker, "CREATE TABLE a (x INT)");
  run(tracker, "CREATE TABLE IF NOT EXISTS a (y INT)");
  CHECK(shape(tracker.get("db", "a")) == "x |");
  run(tracker, "CREATE TABLE b LIKE a");
  run(tracker, "ALTER TABLE b ADD y INT, RENAME TO other.b2");
  CHECK(shape(tracker.get("other", "b2")) == "x y |");
  CHECK_FALSE(tracker.get("db", "b"));
  run(tracker, "RENAME TABLE a TO tmp, other.b2 TO a, tmp TO other.b2");
  CHECK(shape(tracker.get("db", "a")) == "x y |");
  CHECK(shape(tracker.get("other", "b2")) == "x |");
  run(tracker, "CREATE INDEX i ON a (y)");
  CHECK(shape(tracker.get("db", "a")) == "x y | i(y)");
  run(tracker, "DROP INDEX i ON a");
  run(tracker, "TRUNCATE a");
  CHECK(shape(tracker.get("db", "a")) == "x y |");
  CHECK(tracker.schemas() == std::vector<std::string>{"db", "other"});
  run(tracker, "DROP DATABASE other");
  CHECK_FALSE(tracker.get("other", "b2"));
  run(tracker, "DROP TABLE a");
  CHECK(tracker.schemas().empty());
  run(tracker, "ALTER TABLE unknown ADD a INT");
  auto statement = sql::parse_ddl("ALTER TABLE unknown ADD a INT", options());
  CHECK(tracker.missing(*statement) == std::vector<std::pair<std::string, std::string>>{{"db", "unknown"}});
  statement = sql::parse_ddl("CREATE TABLE x LIKE y.z", options());
  CHECK(tracker.missing(*statement) == std::vector<std::pair<std::string, std::string>>{{"y", "z"}});
}

TEST_CASE("tracker: names are compared as the source does", "[unit][schema]") {
  Tracker insensitive(false);
  run(insensitive, "CREATE TABLE Tab (a INT)");
  CHECK(insensitive.get("DB", "tAB"));
  Tracker sensitive(true);
  run(sensitive, "CREATE TABLE Tab (a INT)");
  CHECK_FALSE(sensitive.get("db", "tab"));
}

TEST_CASE("tracker: tables take the character set of their schema", "[unit][schema]") {
  Tracker tracker;
  run(tracker, "CREATE DATABASE d CHARACTER SET koi8r");
  sql::ParseOptions unknown;
  unknown.default_schema = "d";
  auto statement = sql::parse_ddl("CREATE TABLE t (a TEXT)", unknown);
  REQUIRE(tracker.apply(*statement).ok());
  CHECK(tracker.get("d", "t")->columns[0].collation == "koi8r_general_ci");
}

TEST_CASE("table info: canonical text and JSON give the same structure back", "[unit][schema]") {
  const char* kTables[] = {"CREATE TABLE t (a INT)",
                           "CREATE TABLE `we``ird.na me` (`a``b` INT COMMENT 'x''\\\\y', `表` ENUM('a\\'b','c\\nd') "
                           "DEFAULT 'a\\'b') COMMENT='q' CHARSET=utf8mb4",
                           "CREATE TABLE t (id SERIAL, a DECIMAL(10,2) UNSIGNED ZEROFILL DEFAULT '0.00', b "
                           "TIMESTAMP(3) NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE "
                           "CURRENT_TIMESTAMP(3), c CHAR(3) BINARY, d BIT(5) DEFAULT b'101', e GEOMETRY SRID 4326, f "
                           "POINT NOT NULL, g JSON, h INT AS ((`a` + 1)) "
                           "STORED, i INT INVISIBLE, j VECTOR(3), k YEAR, l BINARY(3), PRIMARY KEY (a, c(2) DESC), "
                           "UNIQUE f ((lower(c)), a), KEY (c(1)) USING BTREE "
                           "COMMENT 'z', FULLTEXT KEY ft (c), CONSTRAINT ck CHECK (a > 0), CHECK (i < 5)) "
                           "ENGINE=InnoDB ROW_FORMAT=COMPACT /*!50100 PARTITION BY "
                           "RANGE (a) (PARTITION p0 VALUES LESS THAN (5) COMMENT='c') */",
                           "CREATE TABLE t (a SET('x','y') CHARSET gbk, b NCHAR(3), c TEXT COLLATE utf8mb4_unicode_ci, "
                           "d LONG VARBINARY, e UUID) COLLATE latin2_bin"};
  for (const char* text : kTables) {
    for (const sql::Dialect dialect : {sql::Dialect::MySql, sql::Dialect::MariaDb}) {
      sql::ParseOptions o = options();
      o.dialect = dialect;
      auto table = parse_create_table(text, o);
      INFO(text);
      REQUIRE(table.ok());
      auto again = table_from_json(to_json(*table));
      if (!again.ok()) FAIL(again.error().message << "\n" << to_create_sql(*table));
      INFO(to_create_sql(*table) << "\n" << to_create_sql(**again));
      CHECK((*again)->same_structure(*table));
      CHECK((*again)->schema == table->schema);
      CHECK((*again)->name == table->name);
      CHECK(to_create_sql(**again) == to_create_sql(*table));
      CHECK((*again)->version != table->version);
    }
  }
}

TEST_CASE("table info: text of a strict mode is stored so that any mode reads it", "[unit][schema]") {
  sql::ParseOptions o = options();
  o.sql_mode = sql::kModeNoBackslashEscapes | sql::kModeAnsiQuotes;
  auto table = parse_create_table("CREATE TABLE \"t\" (\"a\" VARCHAR(9) DEFAULT '\\' COMMENT 'c\\')", o);
  REQUIRE(table.ok());
  auto again = table_from_json(to_json(*table));
  REQUIRE(again.ok());
  CHECK((*again)->same_structure(*table));
}

TEST_CASE("table info: what is no structure of ours is refused", "[unit][schema]") {
  CHECK(table_from_json("null").value() == nullptr);
  CHECK(table_from_json("").value() == nullptr);
  CHECK(table_from_json("{}").value() == nullptr);
  CHECK(table_from_json("{\"id\":5,\"name\":{\"O\":\"t\"}}").error().code == 44009);
  CHECK(table_from_json("{").error().code == 44009);
  CHECK(parse_create_table("DROP TABLE t", options()).error().code == 44009);
  CHECK(parse_create_table("CREATE TABLE t LIKE u", options()).error().code == 44009);
  CHECK(parse_create_table("CREATE TABLE t (", options()).error().code == 44008);
}

TEST_CASE("abi table: columns, kinds and keys as sinks see them", "[unit][schema]") {
  auto parsed = parse_create_table(
      "CREATE TABLE t (a BIGINT UNSIGNED, b VARBINARY(9), c VARCHAR(9), d INT AS (a) VIRTUAL, e TIMESTAMP(3) NOT NULL, "
      "UNIQUE u (c(3), a), "
      "UNIQUE f ((a+1), e), KEY k (a), PRIMARY KEY (e))",
      options());
  REQUIRE(parsed.ok());
  const auto table = make_abi_table(std::make_shared<const TableInfo>(std::move(*parsed)), {"ts", "tt", "src"});
  const sluice_table* t = table->get();
  CHECK(std::string(t->schema.data, t->schema.len) == "ts");
  CHECK(std::string(t->source_table.data, t->source_table.len) == "t");
  REQUIRE(t->column_count == 5);
  CHECK(t->columns[0].type == SLUICE_UINT);
  CHECK(t->columns[0].flags == SLUICE_COLUMN_UNSIGNED);
  CHECK(t->columns[1].type == SLUICE_BYTES);
  CHECK(t->columns[2].type == SLUICE_STRING);
  CHECK(std::string(t->columns[2].collation.data, t->columns[2].collation.len) == "latin1_swedish_ci");
  CHECK((t->columns[3].flags & SLUICE_COLUMN_GENERATED) != 0);
  CHECK(t->columns[4].type == SLUICE_TIMESTAMP);
  REQUIRE(t->key_count == 3);
  CHECK(t->keys[0].flags == (SLUICE_KEY_PRIMARY | SLUICE_KEY_UNIQUE | SLUICE_KEY_NOT_NULL));
  CHECK(t->keys[0].columns[0] == 4);
  CHECK(t->keys[1].flags == SLUICE_KEY_UNIQUE);
  CHECK(t->keys[1].prefix[0] == 3);
  CHECK(t->keys[1].columns[1] == 0);
  CHECK(t->keys[2].flags == (SLUICE_KEY_UNIQUE | SLUICE_KEY_EXPRESSION));
  CHECK(t->keys[2].column_count == 1);
  CHECK(scale_of(table->info()->columns[4]) == 3);
}

TEST_CASE("tracker: event lookup sees the keys of a column", "[unit][schema]") {
  Tracker tracker;
  run(tracker, "CREATE TABLE t (a INT PRIMARY KEY, b INT, UNIQUE (b), c INT, UNIQUE (c, b))");
  const auto lookup = tracker.lookup();
  CHECK(lookup("db", "t", "A")->primary_key);
  CHECK(lookup("db", "t", "b")->unique_key);
  CHECK_FALSE(lookup("db", "t", "c")->unique_key);
  CHECK_FALSE(lookup("db", "t", "z"));
  CHECK_FALSE(lookup("db", "nope", "a"));
}
