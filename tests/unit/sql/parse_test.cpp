#include <catch2/catch.hpp>

#include "core/sql/statement.hpp"

using namespace sluice::sql;

namespace {

ParseOptions options(Dialect dialect = Dialect::MySql, uint64_t mode = 0) {
  ParseOptions o;
  o.default_schema = "db";
  o.dialect = dialect;
  o.sql_mode = mode;
  return o;
}

std::vector<std::string> pieces(const std::string& sql, const ParseOptions& o = options()) {
  auto parsed = parse_ddl(sql, o);
  INFO(sql);
  if (!parsed.ok()) FAIL(parsed.error().message);
  std::vector<std::string> out;
  for (const Clause& clause : parsed->clauses) out.push_back(render(clause, same_name));
  return out;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("ddl: statements on several objects are split into one object each", "[unit][sql]") {
  CHECK(pieces("DROP TABLE a, `x`.`b`") == Texts{"DROP TABLE IF EXISTS `db`.`a`", "DROP TABLE IF EXISTS `x`.`b`"});
  CHECK(pieces("drop table if exists a restrict;") == Texts{"DROP TABLE IF EXISTS `db`.`a`"});
  CHECK(pieces("RENAME TABLE a TO b, c TO x.d") ==
        Texts{"RENAME TABLE `db`.`a` TO `db`.`b`", "RENAME TABLE `db`.`c` TO `x`.`d`"});
  CHECK(pieces("DROP VIEW v, w") == Texts{"DROP VIEW IF EXISTS `db`.`v`", "DROP VIEW IF EXISTS `db`.`w`"});
}

TEST_CASE("ddl: ALTER TABLE is split into its clauses and can be put together again", "[unit][sql]") {
  const std::string sql = "ALTER TABLE t ADD COLUMN (a INT, b VARCHAR(10) DEFAULT 'x,y'), DROP c, ALGORITHM=INPLACE, LOCK=NONE";
  CHECK(pieces(sql) == Texts{"ALTER TABLE `db`.`t` ADD COLUMN a INT",
                             "ALTER TABLE `db`.`t` ADD COLUMN b VARCHAR(10) DEFAULT 'x,y'", "ALTER TABLE `db`.`t` DROP c"});
  auto parsed = parse_ddl(sql, options());
  REQUIRE(parsed.ok());
  CHECK(render({&parsed->clauses[0], &parsed->clauses[2]}, same_name) == "ALTER TABLE `db`.`t` ADD COLUMN a INT, DROP c");
}
