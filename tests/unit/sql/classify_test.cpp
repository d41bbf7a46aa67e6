#include "core/sql/classify.hpp"

#include <catch2/catch.hpp>
#include <random>

#include "core/sql/quote.hpp"
#include "core/sql/statement.hpp"

using namespace sluice::sql;

TEST_CASE("classify: built-in skips are found whatever case, comments and definers", "[unit][sql]") {
  const char* kSkipped[] = {
      "SAVEPOINT `a`",
      "flush tables",
      "OPTIMIZE TABLE t",
      "ANALYZE LOCAL TABLE t",
      "repair no_write_to_binlog table t",
      "DROP TEMPORARY TABLE t",
      "DROP /*!40005 TEMPORARY */ TABLE IF EXISTS `t`",
      "CREATE TEMPORARY TABLE t (a INT)",
      "CREATE TRIGGER x",
      "CREATE DEFINER=`root`@`localhost` TRIGGER x",
      "CREATE DEFINER = CURRENT_USER() TRIGGER x",
      "CREATE DEFINER=root@localhost PROCEDURE p()",
      "/* c */ drop trigger if exists x",
      "CREATE PROCEDURE p()",
      "ALTER PROCEDURE p COMMENT 'x'",
      "DROP PROCEDURE p",
      "CREATE OR REPLACE ALGORITHM=UNDEFINED DEFINER=`r`@`%` SQL SECURITY DEFINER VIEW v AS SELECT 1",
      "CREATE VIEW v AS SELECT 1",
      "ALTER VIEW v AS SELECT 2",
      "DROP VIEW v",
      "CREATE AGGREGATE FUNCTION f RETURNS INT SONAME 'x'",
      "ALTER FUNCTION f COMMENT 'x'",
      "DROP FUNCTION f",
      "CREATE TABLESPACE x ADD DATAFILE 'y'",
      "DROP UNDO TABLESPACE x",
      "CREATE EVENT e",
      "ALTER DEFINER=`a`@`b` EVENT e",
      "DROP EVENT e",
      "GRANT ALL ON *.* TO x",
      "revoke all on *.* from x",
      "CREATE USER x",
      "ALTER USER x",
      "RENAME USER a TO b",
      "DROP USER x",
      "SET PASSWORD = 'x'",
      "CREATE ROLE r",
      "DROP ROLE r",
      "SET DEFAULT ROLE r"};
  for (const char* sql : kSkipped) {
    INFO(sql);
    CHECK_FALSE(builtin_skip(sql, 0, Dialect::MariaDb).empty());
    const QueryClass kind = classify_query(sql).kind;
    CHECK((kind == QueryClass::Skip || kind == QueryClass::Savepoint));
  }
  for (const char* sql :
       {"CREATE TABLE t (a INT)", "DROP TABLE t", "CREATE INDEX i ON t (a)", "ALTER TABLE event ADD a INT",
        "RENAME TABLE user TO role", "CREATE DATABASE event", "TRUNCATE TABLE grants", "CREATE TABLE `view` (a INT)",
        "INSERT INTO t VALUES ('grant')", "DROP TABLE `temporary`", "OPTIMIZE", "XA COMMIT 'x'"}) {
    INFO(sql);
    CHECK(builtin_skip(sql).empty());
  }
}

TEST_CASE("classify: transactions, row statements and the rest", "[unit][sql]") {
  CHECK(classify_query("BEGIN").kind == QueryClass::Begin);
  CHECK(classify_query("begin /* x */").kind == QueryClass::Begin);
  CHECK(classify_query("START TRANSACTION").kind == QueryClass::Begin);
  CHECK(classify_query("COMMIT").kind == QueryClass::Commit);
  CHECK(classify_query("ROLLBACK").kind == QueryClass::Rollback);
  CHECK(classify_query("ROLLBACK TO `s`").kind == QueryClass::Savepoint);
  CHECK(classify_query("ROLLBACK WORK TO SAVEPOINT s").kind == QueryClass::Savepoint);
  CHECK(classify_query("XA PREPARE X'01',X'',1").what == "PREPARE");
  CHECK(classify_query("xa commit 'a'").kind == QueryClass::Xa);
  CHECK(classify_query("ALTER TABLE t ADD a INT").kind == QueryClass::Ddl);
  CHECK(classify_query("/*!40000 ALTER TABLE t DISABLE KEYS */").kind == QueryClass::Ddl);
  CHECK(classify_query("SET STATEMENT a=1 FOR DROP TABLE t").kind == QueryClass::Ddl);
  CHECK(classify_query("USE x").kind == QueryClass::Other);
  CHECK(classify_query("").kind == QueryClass::Other);
  const Query insert = classify_query("INSERT /* c */ IGNORE INTO `a b`.`t``1` VALUES ('x\\'y')");
  CHECK(insert.kind == QueryClass::Dml);
  CHECK(insert.what == "INSERT");
  CHECK(insert.schema == "a b");
  CHECK(insert.table == "t`1");
  CHECK(classify_query("UPDATE t SET a = 1").table == "t");
  CHECK(classify_query("DELETE FROM x.t").schema == "x");
  CHECK(classify_query("REPLACE t VALUES (1)").table == "t");
  CHECK(classify_query("LOAD DATA LOCAL INFILE 'f' REPLACE INTO TABLE x.y").table == "y");
  // Which tables a statement on several of them changes is not to be told by its first words.
  for (const char* several :
       {"UPDATE a JOIN b ON a.i = b.i SET b.c = 1", "UPDATE a, b SET b.c = 1", "UPDATE (a) SET c = 1",
        "DELETE b FROM a JOIN b", "DELETE FROM b USING a JOIN b", "DELETE FROM a, b USING a JOIN b",
        "DELETE a.* FROM a JOIN b", "SELECT `d`.`f`(1)", "SELECT f()"}) {
    INFO(several);
    CHECK(classify_query(several).kind == QueryClass::Dml);
    CHECK(classify_query(several).table.empty());
  }
  CHECK(classify_query("UPDATE LOW_PRIORITY x.t AS u SET u.a = 1").table == "t");
  CHECK(classify_query("UPDATE t u SET a = 1").table == "t");
  CHECK(classify_query("DELETE QUICK FROM t WHERE a = 1 LIMIT 1").table == "t");
  CHECK(classify_query("DELETE FROM t ORDER BY a LIMIT 1").table == "t");
  CHECK(classify_query("INSERT INTO t VALUES ('unterminated" + std::string(100, 'x')).kind == QueryClass::Dml);
}

TEST_CASE("quote: identifiers and strings", "[unit][sql]") {
  CHECK(quote_identifier("a`b") == "`a``b`");
  CHECK(quote_table("s", "t") == "`s`.`t`");
  CHECK(quote_table("", "t") == "`t`");
  CHECK(quote_string("a'b\\c\n") == "'a''b\\\\c\\n'");
  CHECK(quote_string("a'b\\c", true) == "'a''b\\c'");
}

TEST_CASE("ddl: garbage never crashes the parser", "[unit][sql]") {
  const std::string kValid[] = {
      "CREATE TABLE `a`.`b` (id INT NOT NULL AUTO_INCREMENT, c VARCHAR(10) DEFAULT 'x''y' COMMENT \"q\", d INT AS "
      "(id+1), PRIMARY KEY (id), KEY "
      "k (c(3))) ENGINE=InnoDB /*!50100 PARTITION BY HASH(id) PARTITIONS 4 */",
      "ALTER TABLE t ADD COLUMN (a INT, b SET('x','y')), CHANGE COLUMN c d DECIMAL(10,2) AFTER e, DROP PRIMARY KEY, "
      "ADD CONSTRAINT f FOREIGN KEY "
      "(a) REFERENCES p(x) ON DELETE SET NULL, CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
      "RENAME TABLE a TO b, c TO d",
      "CREATE UNIQUE INDEX i ON t ((lower(a)), b(3) DESC) USING BTREE",
      "CREATE DEFINER=`a`@`b` VIEW v AS SELECT 1",
      "ALTER DATABASE d DEFAULT CHARACTER SET = utf8"};
  ParseOptions options;
  options.default_schema = "db";
  const auto feed = [&](const std::string& text) {
    for (const Dialect dialect : {Dialect::MySql, Dialect::MariaDb}) {
      options.dialect = dialect;
      auto parsed = parse_ddl(text, options);
      if (parsed.ok()) {
        REQUIRE_FALSE(parsed->clauses.empty());
        for (const Clause& clause : parsed->clauses) CHECK_FALSE(render(clause, same_name).empty());
      }
    }
    classify_query(text);
    builtin_skip(text);
  };
  std::mt19937 random(7);
  for (const std::string& sql : kValid) {
    for (size_t n = 0; n <= sql.size(); ++n) {
      feed(sql.substr(0, n));
      feed(sql.substr(n));
    }
    for (int i = 0; i < 800; ++i) {
      std::string broken = sql;
      for (int k = 0; k < 3; ++k) broken[random() % broken.size()] = static_cast<char>(random() % 256);
      feed(broken);
      const size_t at = random() % sql.size();
      feed(sql.substr(0, at) + "(),`'\"/*!;"[random() % 10] + sql.substr(at));
    }
  }
  for (int i = 0; i < 500; ++i) {
    std::string noise(random() % 200, ' ');
    for (char& c : noise) c = static_cast<char>(random() % 256);
    feed(noise);
    feed("ALTER TABLE " + noise);
  }
  feed(std::string(200000, '('));
  feed("CREATE TABLE t (a INT DEFAULT " + std::string(100000, '(') + ")");
}
