#include <catch2/catch.hpp>

#include "core/rules/pattern.hpp"
#include "core/rules/router.hpp"
#include "core/rules/selection.hpp"

using namespace sluice;
using namespace sluice::rules;

namespace {

bool matches(const std::string& pattern, const std::string& name, bool case_sensitive = true) {
  auto compiled = Pattern::compile(pattern, case_sensitive);
  if (!compiled.ok()) FAIL(compiled.error().message);
  return compiled->matches(name);
}

model::TableMigrateRule rule(const std::string& schema, const std::string& table, const std::string& target_schema = {},
                             const std::string& target_table = {}) {
  model::TableMigrateRule r;
  r.source_name = "s1";
  r.schema = schema;
  r.table = table;
  r.target_schema = target_schema;
  r.target_table = target_table;
  return r;
}

Selection selection(const std::vector<model::TableMigrateRule>& rules) {
  auto built = Selection::build(rules, "s1", true);
  REQUIRE(built.ok());
  return std::move(*built);
}

}  // namespace

TEST_CASE("pattern: plain, star, question mark, sets and expressions", "[unit][rules]") {
  CHECK(matches("abc", "abc"));
  CHECK_FALSE(matches("abc", "abcd"));
  CHECK(matches("db-*", "db-"));
  CHECK(matches("db-*", "db-12"));
  CHECK(matches("*", ""));
  CHECK(matches("t?", "t1"));
  CHECK_FALSE(matches("t?", "t"));
  CHECK_FALSE(matches("t?", "t12"));
  CHECK(matches("t?", "t表"));
  CHECK(matches("t[0-9a]", "ta"));
  CHECK_FALSE(matches("t[0-9a]", "tb"));
  CHECK(matches("t[!a-c]*", "td9"));
  CHECK_FALSE(matches("t[!a-c]", "tb"));
  CHECK(matches("~^t_\\d+$", "t_12"));
  CHECK(matches("~b", "abc"));
  CHECK_FALSE(matches("~^b", "abc"));
  CHECK_FALSE(matches("a.c", "abc"));
}

TEST_CASE("pattern: case counts only on case-sensitive sources", "[unit][rules]") {
  CHECK_FALSE(matches("Abc*", "aBCd"));
  CHECK(matches("Abc*", "aBCd", false));
  CHECK(matches("~^ABC", "abcd", false));
  CHECK(matches("T[A-C]", "tb", false));
}

TEST_CASE("pattern: malformed ones are refused", "[unit][rules]") {
  for (const char* text : {"", "a*b", "*a", "**", "a[", "a[]", "a[!]", "a[z-a]", "~(", "~a{2,1}"}) {
    INFO(text);
    auto compiled = Pattern::compile(text, true);
    REQUIRE_FALSE(compiled.ok());
    CHECK(compiled.error().code == 20044);
  }
}

TEST_CASE("selection: a table is migrated when any rule selects it", "[unit][rules]") {
  const Selection s = selection({rule("a", ""), rule("b", "t*")});
  CHECK(s.table("a", "x"));
  CHECK(s.table("b", "t1"));
  CHECK_FALSE(s.table("b", "x"));
  CHECK_FALSE(s.table("c", "t1"));
  CHECK(s.schema("a"));
  CHECK(s.schema("b"));
  CHECK_FALSE(s.schema("c"));
  CHECK_FALSE(selection({rule("*", "*")}).table("MySQL", "user"));
}

TEST_CASE("selection: without a rule for the source everything but system schemas is migrated", "[unit][rules]") {
  auto other = rule("a", "");
  other.source_name = "s2";
  const Selection s = selection({other});
  CHECK(s.selects_everything());
  CHECK(s.table("x", "y"));
  for (const char* name : {"information_schema", "PERFORMANCE_SCHEMA", "mysql", "sys", "metrics_schema",
                           "inspection_schema", "dm_heartbeat"}) {
    CHECK_FALSE(s.table(name, "y"));
    CHECK_FALSE(s.schema(name));
  }
  CHECK(Selection::build({rule("a*b", "")}, "s1", true).error().code == 20044);
}

TEST_CASE("router: table routes beat schema routes, empty parts keep the name", "[unit][rules]") {
  auto router =
      Router::build({rule("a*", "", "ta"), rule("a1", "x*", "", "tx"), rule("b", "t", "tb", "tt")}, "s1", true);
  REQUIRE(router.ok());
  using Name = std::pair<std::string, std::string>;
  CHECK(router->route("a1", "y").value() == Name{"ta", "y"});
  CHECK(router->route("a1", "x9").value() == Name{"a1", "tx"});
  CHECK(router->route("b", "t").value() == Name{"tb", "tt"});
  CHECK(router->route("c", "t").value() == Name{"c", "t"});
  CHECK(router->route_schema("a1").value() == "ta");
  CHECK(router->route_schema("b").value() == "tb");
  CHECK(router->route_schema("c").value() == "c");
}

TEST_CASE("router: ambiguous and repeated routes are errors", "[unit][rules]") {
  auto router =
      Router::build({rule("a*", "t", "x"), rule("a1", "t", "y"), rule("c*", "", "x"), rule("c1", "", "y")}, "s1", true);
  REQUIRE(router.ok());
  CHECK(router->route("a1", "t").error().code == 40080);
  CHECK(router->route("a2", "t").ok());
  CHECK(router->route_schema("c1").error().code == 40080);
  CHECK(Router::build({rule("a", "t", "x"), rule("a", "t", "y")}, "s1", true).error().code == 20045);
  CHECK(Router::build({rule("a", "t", "x"), rule("a", "t", "x")}, "s1", true).ok());
  CHECK(Router::build({rule("a[", "t", "x")}, "s1", true).error().code == 20045);
}

namespace {

bool on_list(const model::BlockAllowList& list, const std::string& schema, const std::string& table,
             bool case_sensitive = true) {
  auto built = Selection::build(list, "l", case_sensitive);
  if (!built.ok()) FAIL(built.error().message);
  return table.empty() ? built->schema(schema) : built->table(schema, table);
}

}  // namespace

TEST_CASE("selection: a block-allow-list decides as DM's does", "[unit][rules]") {
  CHECK(on_list({}, "any", "t"));
  CHECK_FALSE(on_list({}, "mysql", "user"));
  const model::BlockAllowList schemas{.do_dbs = {"shop*", "~^b\\d$"}, .ignore_dbs = {"shop2"}};
  CHECK(on_list(schemas, "shop1", "t"));
  CHECK(on_list(schemas, "shop2", "t"));  // do_dbs make ignore_dbs void
  CHECK(on_list(schemas, "b7", ""));
  CHECK_FALSE(on_list(schemas, "b", "t"));
  CHECK_FALSE(on_list(schemas, "b", ""));
  const model::BlockAllowList without{.ignore_dbs = {"test*"}, .ignore_tables = {{"shop", "tmp_?"}}};
  CHECK(on_list(without, "shop", "t"));
  CHECK_FALSE(on_list(without, "shop", "tmp_1"));
  CHECK(on_list(without, "shop", "tmp_12"));
  CHECK_FALSE(on_list(without, "test", "t"));
  CHECK_FALSE(on_list(without, "tests", ""));
  const model::BlockAllowList tables{.do_tables = {{"shop", "a"}, {"*", "b*"}}, .ignore_tables = {{"shop", "*"}}};
  CHECK(on_list(tables, "shop", "a"));  // do_tables win over ignore_tables
  CHECK(on_list(tables, "x", "b1"));
  CHECK_FALSE(on_list(tables, "shop", "c"));
  CHECK_FALSE(on_list(tables, "x", "c"));  // with do_tables the others are out
  const model::BlockAllowList both{.do_dbs = {"shop"}, .do_tables = {{"shop", "a"}, {"x", "y"}}};
  CHECK(on_list(both, "shop", "a"));
  CHECK_FALSE(on_list(both, "x", "y"));  // do_dbs narrow do_tables
  CHECK_FALSE(on_list(both, "shop", "b"));
  CHECK(on_list({.do_dbs = {"SHOP"}}, "shop", "t", false));
  CHECK_FALSE(on_list({.do_dbs = {"SHOP"}}, "shop", "t"));
  // Statements on schemas that no table of the list lies in are none of the task's business.
  CHECK(on_list({.do_tables = {{"shop", "a"}}}, "shop", ""));
  CHECK_FALSE(on_list({.do_tables = {{"shop", "a"}}}, "other", ""));
  const auto bad = Selection::build(model::BlockAllowList{.do_tables = {{"a*b", "t"}}}, "l", true);
  REQUIRE_FALSE(bad.ok());
  CHECK(bad.error().code == 20044);
  CHECK(bad.error().message.find("block_allow_list l") != std::string::npos);
}

TEST_CASE("selection: the list of a source takes the place of its rules, an empty name selects everything",
          "[unit][rules]") {
  model::Task task;
  task.table_migrate_rule = {rule("a", "t")};
  task.source_conf = {{.source_name = "s1"}};
  const auto selects = [&](const std::string& schema) {
    auto built = Selection::build(task, "s1", true);
    REQUIRE(built.ok());
    return built->table(schema, "t");
  };
  CHECK(selects("a"));
  CHECK_FALSE(selects("b"));
  task.block_allow_list["l"] = {.do_dbs = {"b"}};
  task.source_conf[0].block_allow_list = "l";
  CHECK_FALSE(selects("a"));
  CHECK(selects("b"));
  task.source_conf[0].block_allow_list = "";
  CHECK(selects("a"));
  CHECK(selects("c"));
  CHECK_FALSE(selects("mysql"));
}
