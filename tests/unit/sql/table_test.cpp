#include "support.hpp"

using namespace sql_test;

namespace {

ColumnDef column(const std::string& text, const ParseOptions& o = options()) {
  return table("CREATE TABLE t (c " + text + ") DEFAULT CHARSET=latin1", o).columns.at(0);
}

}  // namespace

TEST_CASE("create table: types are normalised", "[unit][sql]") {
  const auto type = [](const std::string& text) { return column(text).type_text; };
  CHECK(type("INTEGER(11) UNSIGNED") == "int(11) unsigned");
  CHECK(type("INT4 ZEROFILL") == "int unsigned zerofill");
  CHECK(type("BOOL") == "tinyint(1)");
  CHECK(type("SERIAL") == "bigint unsigned");
  CHECK(type("BIT") == "bit(1)");
  CHECK(type("NUMERIC") == "decimal(10,0)");
  CHECK(type("DEC(5)") == "decimal(5,0)");
  CHECK(type("FIXED(8,3) UNSIGNED") == "decimal(8,3) unsigned");
  CHECK(type("REAL") == "double");
  CHECK(type("DOUBLE PRECISION(8,2)") == "double(8,2)");
  CHECK(type("FLOAT(25)") == "double");
  CHECK(type("FLOAT(7,3)") == "float(7,3)");
  CHECK(type("DATETIME(6)") == "datetime(6)");
  CHECK(type("TIME") == "time");
  CHECK(type("YEAR(4)") == "year(4)");
  CHECK(type("CHARACTER") == "char(1)");
  CHECK(type("CHAR VARYING(20)") == "varchar(20)");
  CHECK(type("NATIONAL VARCHAR(5)") == "varchar(5)");
  CHECK(type("NCHAR VARCHAR(5)") == "varchar(5)");
  CHECK(type("LONG") == "mediumtext");
  CHECK(type("LONG VARBINARY") == "mediumblob");
  CHECK(type("BLOB(70000)") == "mediumblob");
  CHECK(type("TEXT(100)") == "tinytext");
  CHECK(type("TEXT(100) CHARACTER SET utf8mb4") == "text");
  CHECK(type("ENUM('a','b''c',x'64')") == "enum('a','b''c','d')");
  CHECK(type("SET('x','y') CHARACTER SET utf8mb4") == "set('x','y')");
  CHECK(type("VARCHAR(10) BYTE") == "varbinary(10)");
  CHECK(type("CHAR(3) CHARACTER SET binary") == "binary(3)");
  CHECK(type("JSON") == "json");
  CHECK(type("GEOMETRYCOLLECTION") == "geometrycollection");
  CHECK(type("POINT SRID 4326") == "point");
  CHECK(type("VECTOR(3)") == "vector(3)");
  CHECK(type("UUID") == "uuid");
}

TEST_CASE("create table: character sets come from column, collation, table or caller", "[unit][sql]") {
  CHECK(column("CHAR(1)").charset == "latin1");
  CHECK(column("CHAR(1)").collation == "latin1_swedish_ci");
  CHECK(column("CHAR(1) BINARY").collation == "latin1_bin");
  CHECK(column("CHAR(1) COLLATE utf8_bin").charset == "utf8mb3");
  CHECK(column("CHAR(1) CHARSET utf8mb4").collation == "utf8mb4_0900_ai_ci");
  CHECK(column("CHAR(1) CHARSET utf8mb4", options(Dialect::MariaDb)).collation == "utf8mb4_general_ci");
  CHECK(column("CHAR(1) CHARACTER SET gbk COLLATE gbk_bin").collation == "gbk_bin");
  CHECK(column("BLOB").charset == "binary");
  CHECK(column("INT").charset.empty());
  CHECK(column("NCHAR(1)").charset == "utf8mb3");
  CHECK(column("CHAR(1) ASCII").charset == "latin1");
  ParseOptions o = options();
  CHECK(table("CREATE TABLE t (c TEXT)", o).columns[0].charset.empty());
  o.default_charset = "utf8mb4";
  o.utf8mb4_collation = "utf8mb4_general_ci";
  CHECK(table("CREATE TABLE t (c TEXT)", o).columns[0].collation == "utf8mb4_general_ci");
  CHECK(table("CREATE TABLE t (c TEXT) COLLATE=koi8r_bin", o).columns[0].charset == "koi8r");
  CHECK(table("CREATE TABLE t (c TEXT) COLLATE koi8r_bin, CHARSET koi8r", o).columns[0].collation == "koi8r_bin");
  CHECK(table("CREATE TABLE t (c TEXT) CHARSET=binary", o).columns[0].type == ColumnType::Blob);
}

TEST_CASE("create table: MariaDB's JSON is a checked LONGTEXT", "[unit][sql]") {
  const ColumnDef json = column("JSON NOT NULL", options(Dialect::MariaDb));
  CHECK(json.type == ColumnType::LongText);
  CHECK(json.collation == "utf8mb4_bin");
  CHECK(json.extra == "CHECK (json_valid(`c`))");
}

TEST_CASE("create table: attributes of columns", "[unit][sql]") {
  const TableDef t = table(R"(CREATE TABLE t (
    id SERIAL,
    a INT NOT NULL DEFAULT -1 COMMENT 'it''s' PRIMARY KEY,
    b TIMESTAMP(3) NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE NOW(3),
    c VARCHAR(9) DEFAULT _utf8mb4'x' 'y' COLLATE utf8mb4_bin UNIQUE KEY,
    d INT GENERATED ALWAYS AS (a + (1)) STORED UNIQUE,
    e INT AS (a) VIRTUAL INVISIBLE,
    f INT DEFAULT (uuid()) CHECK (f > 0) NOT ENFORCED,
    g BIT(3) DEFAULT b'101',
    h GEOMETRY NOT NULL SRID 4326,
    i DATE DEFAULT DATE'2020-01-01' COLUMN_FORMAT FIXED STORAGE DISK,
    j VARCHAR(5) COMPRESSED=zlib WITHOUT SYSTEM VERSIONING,
    k TIMESTAMP(6) GENERATED ALWAYS AS ROW START,
    l TIMESTAMP(6) GENERATED ALWAYS AS ROW END,
    PERIOD FOR SYSTEM_TIME (k, l)
  ) ENGINE=InnoDB, AUTO_INCREMENT 5 COMMENT='x' WITH SYSTEM VERSIONING PARTITION BY SYSTEM_TIME (PARTITION p CURRENT))",
                           options(Dialect::MariaDb));
  REQUIRE(t.columns.size() == 13);
  CHECK((t.columns[0].auto_increment && t.columns[0].not_null && t.columns[0].is_unsigned));
  CHECK(t.columns[1].default_text == "-1");
  CHECK(t.columns[1].comment == "it's");
  CHECK(t.columns[2].default_text == "CURRENT_TIMESTAMP(3)");
  CHECK(t.columns[2].on_update == "NOW(3)");
  CHECK_FALSE(t.columns[2].not_null);
  CHECK(t.columns[3].default_text == "_utf8mb4'x' 'y'");
  CHECK(t.columns[3].collation == "utf8mb4_bin");
  CHECK(t.columns[4].generated == Generated::Stored);
  CHECK(t.columns[4].expression == "(a + (1))");
  CHECK(t.columns[5].generated == Generated::Virtual);
  CHECK(t.columns[5].invisible);
  CHECK(t.columns[6].extra == "CHECK (f > 0) NOT ENFORCED");
  CHECK(t.columns[8].extra == "SRID 4326");
  CHECK(t.columns[9].default_text == "DATE'2020-01-01'");
  CHECK(t.columns[11].expression == "ROW START");
  CHECK(t.columns[12].expression == "ROW END");
  REQUIRE(t.keys.size() == 4);
  CHECK(t.keys[0].type == KeyType::Primary);
  CHECK(t.keys[1].name == "id");
  CHECK(t.keys[2].name == "c");
  CHECK(t.keys[3].name == "d");
  CHECK(t.options == "ENGINE=InnoDB AUTO_INCREMENT 5 COMMENT='x' WITH SYSTEM VERSIONING");
  CHECK(t.partition == "PARTITION BY SYSTEM_TIME (PARTITION p CURRENT)");
}

TEST_CASE("create table: keys, their prefixes, expressions and names", "[unit][sql]") {
  const TableDef t = table(R"(CREATE TABLE t (a VARCHAR(30), b BLOB, c INT,
    KEY (a(3), c), KEY a (c), UNIQUE (a(30)), UNIQUE INDEX u USING HASH (b(10) DESC) COMMENT 'x',
    UNIQUE KEY f ((lower(a)), c), CONSTRAINT q UNIQUE (c), FULLTEXT KEY ft (a) WITH PARSER ngram, SPATIAL INDEX (b),
    CONSTRAINT ck CHECK (c > 0), CONSTRAINT PRIMARY KEY USING BTREE (c, a)))");
  REQUIRE(t.keys.size() == 9);
  CHECK(t.keys[0].name == "PRIMARY");
  CHECK(t.keys[0].parts.size() == 2);
  CHECK(t.columns[2].not_null);
  CHECK(t.keys[1].name == "a_2");
  CHECK(t.keys[1].parts[0].prefix == 3);
  CHECK(t.keys[2].name == "a");
  CHECK(t.keys[3].name == "a_3");
  CHECK(t.keys[3].parts[0].prefix == 0);  // the whole column
  CHECK(t.keys[4].parts[0].descending);
  CHECK(t.keys[4].options == "USING HASH COMMENT 'x'");
  CHECK(t.keys[5].has_expression());
  CHECK(t.keys[5].parts[0].expression == "(lower(a))");
  CHECK(t.keys[6].name == "q");
  CHECK(t.keys[7].type == KeyType::Fulltext);
  REQUIRE(t.checks.size() == 1);
  CHECK(t.checks[0].name == "ck");
}
