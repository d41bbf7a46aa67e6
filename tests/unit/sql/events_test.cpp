#include "core/sql/events.hpp"
#include "support.hpp"

using namespace sql_test;

namespace {

/// Columns of a table t as they were before.
ColumnLookup lookup_of(const std::string& columns) {
  const TableDef before = table("CREATE TABLE t (" + columns + ") CHARSET=latin1");
  return [before](const std::string&, const std::string&, const std::string& name) -> std::optional<OldColumn> {
    const ColumnDef* found = before.find_column(name);
    if (!found) return std::nullopt;
    OldColumn old{*found, false, false};
    for (const KeyDef& key : before.keys) {
      if (key.parts[0].column != found->name) continue;
      old.primary_key |= key.type == KeyType::Primary;
      old.unique_key |= key.type == KeyType::Unique;
    }
    return old;
  };
}

Texts events(const std::string& sql, const ColumnLookup& lookup = {}) {
  const Statement s = parsed(sql, options(Dialect::MariaDb));
  return event_names(s.clauses.front(), lookup);
}

/// DM's own event of a MODIFY or CHANGE.
std::string modify(const std::string& before, const std::string& clause) {
  return events("ALTER TABLE t " + clause, lookup_of(before)).front();
}

}  // namespace

TEST_CASE("events: statements are named by kind", "[unit][sql]") {
  CHECK(events("CREATE DATABASE d").front() == "create database");
  CHECK(events("DROP SCHEMA d").front() == "drop database");
  CHECK(events("ALTER DATABASE d CHARSET utf8").front() == "alter database");
  CHECK(events("CREATE TABLE t (a INT)") == Texts{"create table"});
  CHECK(events("CREATE TABLE t LIKE u") == Texts{"create table"});
  CHECK(events("DROP TABLE t") == Texts{"drop table"});
  CHECK(events("TRUNCATE t") == Texts{"truncate table"});
  CHECK(events("RENAME TABLE t TO u") == Texts{"rename table"});
  CHECK(events("CREATE INDEX i ON t (a)") == Texts{"create index"});
  CHECK(events("DROP INDEX i ON t") == Texts{"drop index"});
  CHECK(events("CREATE ALGORITHM=MERGE DEFINER=`a`@`%` SQL SECURITY INVOKER VIEW v AS SELECT 1") ==
        Texts{"create view"});
  CHECK(events("DROP VIEW v") == Texts{"drop view"});
}

TEST_CASE("events: clauses of ALTER TABLE carry DM's event first and the specific name too", "[unit][sql]") {
  const auto alter = [](const std::string& clause) { return events("ALTER TABLE t " + clause); };
  CHECK(alter("RENAME TO u") == Texts{"rename table"});
  CHECK(alter("RENAME COLUMN a TO b") == Texts{"rename column"});
  CHECK(alter("RENAME INDEX a TO b") == Texts{"rename index"});
  CHECK(alter("RENAME KEY a TO b") == Texts{"rename index"});
  CHECK(alter("DROP COLUMN a") == Texts{"drop column"});
  CHECK(alter("DROP a") == Texts{"drop column"});
  CHECK(alter("DROP INDEX i") == Texts{"drop index"});
  CHECK(alter("DROP KEY i") == Texts{"drop index"});
  CHECK(alter("DROP PRIMARY KEY") == Texts{"drop primary key"});
  CHECK(alter("DROP PARTITION p, q") == Texts{"drop table partition"});
  CHECK(alter("TRUNCATE PARTITION ALL") == Texts{"truncate table partition"});
  CHECK(alter("REORGANIZE PARTITION p INTO (PARTITION q VALUES LESS THAN (1))") == Texts{"reorganize table partition"});
  CHECK(alter("REBUILD PARTITION p") == Texts{"rebuild table partition"});
  CHECK(alter("COALESCE PARTITION 2") == Texts{"coalesce table partition"});
  CHECK(alter("EXCHANGE PARTITION p WITH TABLE u") == Texts{"exchange table partition"});
  CHECK(alter("ALTER COLUMN a SET DEFAULT 1") == Texts{"modify default value", "set default value"});
  CHECK(alter("ALTER a DROP DEFAULT").front() == "modify default value");
  CHECK(alter("ADD INDEX (a)") == Texts{"modify constraint", "create index"});
  CHECK(alter("ADD UNIQUE (a)").front() == "modify constraint");
  CHECK(alter("ADD PRIMARY KEY (a)") == Texts{"modify constraint", "add primary key"});
  CHECK(alter("ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES u (a)") == Texts{"modify constraint", "add foreign key"});
  CHECK(alter("ADD CHECK (a > 0)") == Texts{"modify constraint"});
  CHECK(alter("CHARSET=utf8") == Texts{"modify charset", "modify table charset and collate"});
  CHECK(alter("CONVERT TO CHARACTER SET utf8").front() == "modify charset");
  CHECK(alter("COLLATE utf8_bin").front() == "modify collation");
  CHECK(alter("ENGINE = MyISAM") == Texts{"modify storage engine"});
  CHECK(alter("COMMENT 'x'") == Texts{"alter table", "modify table comment"});
  CHECK(alter("AUTO_INCREMENT = 5") == Texts{"alter table", "rebase auto id"});
  CHECK(alter("ADD COLUMN a INT FIRST") == Texts{"alter table", "add column"});
  CHECK(alter("ADD PARTITION (PARTITION p VALUES LESS THAN (9))") == Texts{"alter table", "add table partition"});
  CHECK(alter("DROP FOREIGN KEY f") == Texts{"alter table", "drop foreign key"});
  CHECK(alter("ALTER INDEX i INVISIBLE") == Texts{"alter table", "alter index visibility"});
  CHECK(alter("PARTITION BY HASH (a)") == Texts{"alter table", "alter table partitioning"});
  CHECK(alter("REMOVE PARTITIONING") == Texts{"alter table", "remove table partitioning"});
  CHECK(alter("FORCE") == Texts{"alter table"});
  CHECK(alter("DISABLE KEYS") == Texts{"alter table"});
  CHECK(alter("ADD a INT, DROP b") == Texts{"alter table", "add column", "multi schema change"});
}

TEST_CASE("events: MODIFY and CHANGE are named by what they do to the old column", "[unit][sql]") {
  CHECK(modify("a DECIMAL(10,2)", "MODIFY a DECIMAL(12,2)") == "precision decrease");
  CHECK(modify("a DECIMAL(10,2)", "MODIFY a DECIMAL(10,2) UNSIGNED") == "precision decrease");
  CHECK(modify("a INT", "MODIFY a INT UNSIGNED") == "precision decrease");
  CHECK(modify("a BINARY(4)", "MODIFY a BINARY(8)") == "precision decrease");
  CHECK(modify("a VARCHAR(9)", "MODIFY a VARCHAR(5)") == "value range decrease");
  CHECK(modify("a BIGINT", "MODIFY a INT") == "value range decrease");
  CHECK(modify("a ENUM('x','y')", "MODIFY a ENUM('y','x')") == "value range decrease");
  CHECK(modify("a DATETIME(6)", "MODIFY a DATETIME") == "value range decrease");
  CHECK(modify("a CHAR(5)", "MODIFY a VARCHAR(5)") == "modify column");
  CHECK(modify("a INT", "MODIFY a VARCHAR(50)") == "modify column");
  CHECK(modify("a LONGTEXT", "MODIFY a TEXT") == "modify column");
  CHECK(modify("a INT AUTO_INCREMENT, KEY (a)", "MODIFY a INT NOT NULL") == "remove auto increment");
  CHECK(modify("a INT PRIMARY KEY", "MODIFY a BIGINT") == "drop primary key");
  CHECK(modify("a INT UNIQUE", "MODIFY a BIGINT") == "drop unique key");
  CHECK(modify("a INT DEFAULT 1", "MODIFY a INT DEFAULT 2") == "modify default value");
  CHECK(modify("a CHAR(1)", "MODIFY a CHAR(1) CHARSET utf8mb4") == "modify charset");
  CHECK(modify("a CHAR(1)", "MODIFY a CHAR(1) COLLATE latin1_bin") == "modify collation");
  CHECK(modify("a INT, b INT", "MODIFY b INT FIRST") == "modify columns order");
  CHECK(modify("a INT", "CHANGE a b INT") == "rename column");
  CHECK(modify("a INT", "MODIFY a BIGINT") == "alter table");
  CHECK(modify("a INT DEFAULT '1'", "MODIFY a INT DEFAULT 1 COMMENT 'x'") == "alter table");
  CHECK(modify("a ENUM('x')", "MODIFY a ENUM('x','y')") == "alter table");
  CHECK(modify("a TEXT", "MODIFY a LONGTEXT") == "alter table");
  CHECK(modify("a VARCHAR(5)", "MODIFY a VARCHAR(50)") == "alter table");
  CHECK(events("ALTER TABLE t MODIFY a BIGINT", lookup_of("a INT")) == Texts{"alter table", "modify column"});
  CHECK(events("ALTER TABLE t MODIFY zz BIGINT", lookup_of("a INT")) == Texts{"alter table", "modify column"});
}
