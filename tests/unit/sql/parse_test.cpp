#include "support.hpp"

using namespace sql_test;

TEST_CASE("ddl: statements on several objects are split into one object each", "[unit][sql]") {
  CHECK(pieces("DROP TABLE a, `x`.`b`") == Texts{"DROP TABLE IF EXISTS `db`.`a`", "DROP TABLE IF EXISTS `x`.`b`"});
  CHECK(pieces("drop table if exists a restrict;") == Texts{"DROP TABLE IF EXISTS `db`.`a`"});
  CHECK(pieces("RENAME TABLE a TO b, c TO x.d") ==
        Texts{"RENAME TABLE `db`.`a` TO `db`.`b`", "RENAME TABLE `db`.`c` TO `x`.`d`"});
  CHECK(pieces("DROP VIEW v, w") == Texts{"DROP VIEW IF EXISTS `db`.`v`", "DROP VIEW IF EXISTS `db`.`w`"});
}

TEST_CASE("ddl: ALTER TABLE is split into its clauses and can be put together again", "[unit][sql]") {
  const std::string sql =
      "ALTER TABLE t ADD COLUMN (a INT, b VARCHAR(10) DEFAULT 'x,y', KEY k (a)), DROP c, ALGORITHM=INPLACE, LOCK=NONE";
  CHECK(pieces(sql) == Texts{"ALTER TABLE `db`.`t` ADD COLUMN a INT",
                             "ALTER TABLE `db`.`t` ADD COLUMN b VARCHAR(10) DEFAULT 'x,y'",
                             "ALTER TABLE `db`.`t` ADD KEY k (a)", "ALTER TABLE `db`.`t` DROP c"});
  const Statement statement = parsed(sql);
  CHECK(render({&statement.clauses[0], &statement.clauses[3]}, same_name) ==
        "ALTER TABLE `db`.`t` ADD COLUMN a INT, DROP c");
}

TEST_CASE("ddl: an ALTER TABLE of mere modifiers stays one statement", "[unit][sql]") {
  CHECK(pieces("ALTER TABLE t ALGORITHM=COPY, LOCK = SHARED") ==
        Texts{"ALTER TABLE `db`.`t` ALGORITHM=COPY, LOCK = SHARED"});
  CHECK(pieces("ALTER TABLE t FORCE") == Texts{"ALTER TABLE `db`.`t` FORCE"});
}

TEST_CASE("ddl: every kind of statement is rewritten with qualified names and tolerance", "[unit][sql]") {
  const NameMap to_target = [](const std::string& schema, const std::string& name) {
    return std::pair<std::string, std::string>("T_" + schema, name.empty() ? "" : "t_" + name);
  };
  const auto r = [&](const std::string& sql) { return whole(sql, options(Dialect::MariaDb), to_target); };
  CHECK(r("create database d charset utf8") == "CREATE DATABASE IF NOT EXISTS `T_d` charset utf8");
  CHECK(r("CREATE OR REPLACE DATABASE d") == "CREATE OR REPLACE DATABASE `T_d`");
  CHECK(r("create schema if not exists `d`") == "CREATE DATABASE IF NOT EXISTS `T_d`");
  CHECK(r("alter database character set latin1") == "ALTER DATABASE `T_db` character set latin1");
  CHECK(r("ALTER SCHEMA d DEFAULT COLLATE utf8mb4_bin") == "ALTER DATABASE `T_d` DEFAULT COLLATE utf8mb4_bin");
  CHECK(r("drop schema d") == "DROP DATABASE IF EXISTS `T_d`");
  CHECK(r("create table t (a int)") == "CREATE TABLE IF NOT EXISTS `T_db`.`t_t` (a int)");
  CHECK(r("create or replace table t (a int)") == "CREATE OR REPLACE TABLE `T_db`.`t_t` (a int)");
  CHECK(r("create table t like x.u") == "CREATE TABLE IF NOT EXISTS `T_db`.`t_t` like `T_x`.`t_u`");
  CHECK(r("create table t (like u)") == "CREATE TABLE IF NOT EXISTS `T_db`.`t_t` (like `T_db`.`t_u`)");
  CHECK(r("CREATE TABLE t (a INT, FOREIGN KEY (a) REFERENCES p (id) ON DELETE CASCADE)") ==
        "CREATE TABLE IF NOT EXISTS `T_db`.`t_t` (a INT, FOREIGN KEY (a) REFERENCES `T_db`.`t_p` (id) ON DELETE "
        "CASCADE)");
  CHECK(r("CREATE TABLE m (a INT) ENGINE=MERGE UNION=(x, y.z) INSERT_METHOD=LAST") ==
        "CREATE TABLE IF NOT EXISTS `T_db`.`t_m` (a INT) ENGINE=MERGE UNION=(`T_db`.`t_x`, `T_y`.`t_z`) "
        "INSERT_METHOD=LAST");
  CHECK(r("ALTER ONLINE TABLE t WAIT 5 ADD a INT") == "ALTER TABLE `T_db`.`t_t` ADD a INT");
  CHECK(r("ALTER IGNORE TABLE IF EXISTS t NOWAIT DROP a") == "ALTER IGNORE TABLE IF EXISTS `T_db`.`t_t` DROP a");
  CHECK(r("ALTER TABLE t RENAME x.u") == "ALTER TABLE `T_db`.`t_t` RENAME `T_x`.`t_u`");
  CHECK(r("ALTER TABLE t RENAME TO u, ADD a INT") == "ALTER TABLE `T_db`.`t_t` RENAME TO `T_db`.`t_u`, ADD a INT");
  CHECK(r("ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES x.p(a)") ==
        "ALTER TABLE `T_db`.`t_t` ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES `T_x`.`t_p`(a)");
  CHECK(r("ALTER TABLE t EXCHANGE PARTITION p0 WITH TABLE u WITHOUT VALIDATION") ==
        "ALTER TABLE `T_db`.`t_t` EXCHANGE PARTITION p0 WITH TABLE `T_db`.`t_u` WITHOUT VALIDATION");
  CHECK(r("ALTER TABLE t ADD a INT PARTITION BY HASH(a) PARTITIONS 4") ==
        "ALTER TABLE `T_db`.`t_t` ADD a INT PARTITION BY HASH(a) PARTITIONS 4");
  CHECK(r("rename table if exists a wait 3 to b") == "RENAME TABLE IF EXISTS `T_db`.`t_a` TO `T_db`.`t_b`");
  CHECK(r("truncate t") == "TRUNCATE TABLE `T_db`.`t_t`");
  CHECK(r("CREATE UNIQUE INDEX i USING BTREE ON t (a(3) DESC) COMMENT 'c' ALGORITHM=INPLACE LOCK NONE") ==
        "CREATE UNIQUE INDEX i USING BTREE ON `T_db`.`t_t` (a(3) DESC) COMMENT 'c'");
  CHECK(r("DROP INDEX `i``x` ON t ALGORITHM = INPLACE") == "DROP INDEX `i``x` ON `T_db`.`t_t`");
  CHECK(r("DROP TEMPORARY TABLE t") == "DROP TEMPORARY TABLE IF EXISTS `T_db`.`t_t`");
  CHECK(r("SET STATEMENT max_statement_time=1 FOR ALTER TABLE t ADD a INT") == "ALTER TABLE `T_db`.`t_t` ADD a INT");
  const Statement drop = parsed("DROP INDEX i ON t");
  CHECK(render(drop.clauses[0], same_name, {true}) == "DROP INDEX IF EXISTS `i` ON `db`.`t`");
}

TEST_CASE("ddl: names with dots, backticks, blanks, reserved words and any script survive", "[unit][sql]") {
  CHECK(pieces("DROP TABLE `a.b`.`c``d`, `select`.`from`, 表.`таблица 1`, db2.1t, `x` . y") ==
        Texts{"DROP TABLE IF EXISTS `a.b`.`c``d`", "DROP TABLE IF EXISTS `select`.`from`",
              "DROP TABLE IF EXISTS `表`.`таблица 1`", "DROP TABLE IF EXISTS `db2`.`1t`",
              "DROP TABLE IF EXISTS `x`.`y`"});
  const Statement s = parsed("ALTER TABLE `order` DROP COLUMN `group`, ADD COLUMN `key` INT AFTER `primary`");
  CHECK(s.clauses[0].column == "group");
  CHECK(s.clauses[1].definitions.at(0).name == "key");
  CHECK(s.clauses[1].after == "primary");
}

TEST_CASE("ddl: double quotes are read by sql_mode and written independent of it", "[unit][sql]") {
  CHECK(whole("CREATE TABLE \"t\" (\"a\"\"b\" INT COMMENT 'c')", options(Dialect::MySql, kModeAnsiQuotes)) ==
        "CREATE TABLE IF NOT EXISTS `db`.`t` (`a\"b` INT COMMENT 'c')");
  CHECK(whole("CREATE TABLE t (a INT COMMENT \"it's \\\"x\\\"\")") ==
        "CREATE TABLE IF NOT EXISTS `db`.`t` (a INT COMMENT 'it''s \"x\"')");
  const std::string backslash = "CREATE TABLE t (a VARCHAR(9) DEFAULT '\\', b INT)";
  CHECK(table(backslash, options(Dialect::MySql, kModeNoBackslashEscapes)).columns.size() == 2);
  CHECK_FALSE(parse_ddl(backslash, options()).ok());
}

TEST_CASE("ddl: comments anywhere do not disturb, executed ones are executed by dialect", "[unit][sql]") {
  CHECK(whole("/* c */ ALTER /**/ TABLE t -- x\n ADD # y\n a INT /* z */") == "ALTER TABLE `db`.`t` ADD a INT");
  CHECK(whole("DROP TABLE t /* generated by server */") == "DROP TABLE IF EXISTS `db`.`t`");
  CHECK(whole("CREATE TABLE t (a INT) /*!50100 PARTITION BY HASH (a) */") ==
        "CREATE TABLE IF NOT EXISTS `db`.`t` (a INT) /*!50100 PARTITION BY HASH (a) */");
  CHECK(pieces("ALTER TABLE t /*!50000 ADD a INT, ADD b INT */") ==
        Texts{"ALTER TABLE `db`.`t` /*!50000 ADD a INT */", "ALTER TABLE `db`.`t` /*!50000 ADD b INT */"});
  CHECK(table("CREATE TABLE t (a INT /*!80023 INVISIBLE */)").columns[0].invisible);
  CHECK_FALSE(table("CREATE TABLE t (a INT /*!80023 INVISIBLE */)", options(Dialect::MariaDb)).columns[0].invisible);
  CHECK(table("CREATE TABLE t (a INT /*M!100303 INVISIBLE */)", options(Dialect::MariaDb)).columns[0].invisible);
  CHECK_FALSE(table("CREATE TABLE t (a INT /*M!100303 INVISIBLE */)").columns[0].invisible);
  CHECK(whole("CREATE TABLE t (a BIGINT /*T![auto_rand] AUTO_RANDOM(5) */ PRIMARY KEY)") ==
        "CREATE TABLE IF NOT EXISTS `db`.`t` (a BIGINT /*T![auto_rand] AUTO_RANDOM(5) */ PRIMARY KEY)");
  CHECK_FALSE(parse_ddl("DROP TABLE t /*!50000 ", options()).ok());
  CHECK_FALSE(parse_ddl("DROP TABLE t /* ", options()).ok());
}

TEST_CASE("ddl: columns qualified by their own table lose the qualifier, others stay", "[unit][sql]") {
  CHECK(whole("CREATE TABLE t (a INT, b INT AS (t.a + db.t.a + 1), CHECK (`t`.`a` > 0))") ==
        "CREATE TABLE IF NOT EXISTS `db`.`t` (a INT, b INT AS (a + a + 1), CHECK (`a` > 0))");
}

TEST_CASE("ddl: the structure part of CREATE TABLE ... SELECT is kept, a bare one refused", "[unit][sql]") {
  CHECK(whole("CREATE TABLE t (a INT) ENGINE=InnoDB AS SELECT 1 AS a") ==
        "CREATE TABLE IF NOT EXISTS `db`.`t` (a INT) ENGINE=InnoDB");
  CHECK(whole("CREATE TABLE t (a INT) START TRANSACTION") == "CREATE TABLE IF NOT EXISTS `db`.`t` (a INT)");
  CHECK(whole("CREATE TABLE t (a INT) IGNORE SELECT 1 a") == "CREATE TABLE IF NOT EXISTS `db`.`t` (a INT)");
  CHECK_FALSE(parse_ddl("CREATE TABLE t SELECT * FROM u", options()).ok());
  CHECK_FALSE(parse_ddl("CREATE TABLE t (SELECT 1)", options()).ok());
}

TEST_CASE("ddl: what cannot be read is refused with the place", "[unit][sql]") {
  const auto refused = [](const std::string& sql) {
    auto result = parse_ddl(sql, options(Dialect::MariaDb));
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().code == 36067);
    return result.error().message;
  };
  CHECK(refused("CREATE SEQUENCE s").find("sequences are not replicated") != std::string::npos);
  CHECK(refused("DROP SEQUENCE s").find("sequences") != std::string::npos);
  CHECK(refused("ALTER TABLE t FROB a").find("FROB") != std::string::npos);
  CHECK(refused("ALTER TABLE t ADD a NOTATYPE").find("column type") != std::string::npos);
  refused("");
  refused("SELECT 1");
  refused("DROP TABLE");
  refused("CREATE TABLE t (a INT");
  refused("CREATE TABLE t (a INT))");
  refused("DROP TABLE `");
  refused("DROP TABLE t; DROP TABLE u");
  refused("DROP TABLE ``");
}

TEST_CASE("ddl: other tables are named with their role", "[unit][sql]") {
  const Statement s = parsed("ALTER TABLE t ADD COLUMN a INT REFERENCES p(x), RENAME TO z.u");
  REQUIRE(s.clauses.size() == 2);
  REQUIRE(s.clauses[0].others.size() == 1);
  CHECK(s.clauses[0].others[0].role == OtherRole::References);
  CHECK(s.clauses[0].has_foreign_key);
  REQUIRE(s.clauses[1].others.size() == 1);
  CHECK(s.clauses[1].others[0].role == OtherRole::RenameTo);
  CHECK(s.clauses[1].others[0].schema == "z");
}
