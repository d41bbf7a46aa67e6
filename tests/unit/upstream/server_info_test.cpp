#include "core/upstream/server_info.hpp"

#include <catch2/catch.hpp>

#include "core/upstream/flavor.hpp"

using namespace sluice::upstream;

TEST_CASE("flavour: told by the version text", "[unit][upstream]") {
  CHECK(parse_version("8.0.36").name == "mysql");
  CHECK(parse_version("8.0.36-log").version == 80036);
  CHECK(parse_version("5.6.24").version == 50624);
  CHECK(parse_version("10.11.6-MariaDB-log").name == "mariadb");
  CHECK(parse_version("5.5.5-10.4.13-MariaDB").version == 100413);
  CHECK(parse_version("10.6.1", "mariadb.org binary distribution").name == "mariadb");
  CHECK(parse_version("8.0.11-TiDB-v7.5.0").name == "tidb");
  CHECK(parse_version("8.0.11-TiDB-v7.5.0").version == 70500);
  CHECK(parse_version("").version == 0);
}

TEST_CASE("grants: global, schema, table and wildcard", "[unit][upstream]") {
  const Grants g = parse_grants({"GRANT SELECT, RELOAD, REPLICATION SLAVE, BINLOG MONITOR ON *.* TO `u`@`%`",
                                 "GRANT INSERT ON `a\\_b%`.* TO `u`@`%`", "GRANT UPDATE, DELETE ON `x`.`t` TO `u`@`%`",
                                 "GRANT `role` TO `u`@`%`", "GRANT PROXY ON ''@'' TO 'root'@'localhost'"});
  CHECK(g.entries.size() == 3);
  CHECK(g.global("SELECT"));
  CHECK(g.global("REPLICATION CLIENT"));
  CHECK_FALSE(g.global("INSERT"));
  CHECK(g.on_table("INSERT", "a_bc", "t"));
  CHECK_FALSE(g.on_table("INSERT", "axbc", "t"));
  CHECK(g.on_table("DELETE", "x", "t"));
  CHECK_FALSE(g.on_table("DELETE", "x", "u"));
  CHECK(g.on_table("SELECT", "any", "table"));
}

TEST_CASE("grants: ALL counts as everything, columns do not count as the table", "[unit][upstream]") {
  const Grants all = parse_grants({"GRANT ALL PRIVILEGES ON *.* TO 'root'@'localhost' WITH GRANT OPTION"});
  CHECK(all.global("RELOAD"));
  const Grants some = parse_grants({"GRANT SELECT (`a`, `b`), INSERT ON `x`.`t` TO 'u'@'%'"});
  CHECK_FALSE(some.on_table("SELECT", "x", "t"));
  CHECK(some.on_table("INSERT", "x", "t"));
}

TEST_CASE("server id: drawn apart from all that are taken", "[unit][upstream]") {
  ServerInfo info;
  info.server_id = 1;
  auto id = draw_server_id(info);
  REQUIRE(id.ok());
  CHECK(*id > 1);
}

TEST_CASE("quoting: names double their backticks, risky texts become hex", "[unit][upstream]") {
  CHECK(quote_name("a`b") == "`a``b`");
  CHECK(quote_text("abc") == "'abc'");
  CHECK(quote_text("a'b") == "_utf8mb4 x'612762'");
}
