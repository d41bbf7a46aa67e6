#include "core/units/full/chunk_plan.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "core/units/full/load_plan.hpp"

using namespace sluice;
using namespace sluice::units::full;

namespace {

// Counts like a server with exact statistics.
Estimate counting(const std::set<Wide>& keys) {
  return [&keys](Wide low, Wide high) -> Result<uint64_t> {
    return static_cast<uint64_t>(std::distance(keys.lower_bound(low), keys.upper_bound(high)));
  };
}

// Rows of the largest chunk.
uint64_t largest(const std::set<Wide>& keys, const std::vector<Wide>& bounds) {
  uint64_t most = 0;
  auto from = keys.begin();
  for (size_t i = 0; i <= bounds.size(); ++i) {
    const auto to = i == bounds.size() ? keys.end() : keys.lower_bound(bounds[i]);
    most = std::max<uint64_t>(most, static_cast<uint64_t>(std::distance(from, to)));
    from = to;
  }
  return most;
}

schema::TableInfo table(const std::string& sql) {
  auto info = schema::parse_create_table(sql, 0);
  REQUIRE(info.ok());
  return *info;
}

}  // namespace

TEST_CASE("wide: BIGINT UNSIGNED above 2^63 is exact", "[unit][load]") {
  CHECK(to_text(*parse_wide("18446744073709551615")) == "18446744073709551615");
  CHECK(to_text(*parse_wide("-9223372036854775808")) == "-9223372036854775808");
  CHECK(to_text(0) == "0");
  CHECK_FALSE(parse_wide("1.5"));
  CHECK_FALSE(parse_wide(""));
  CHECK_FALSE(parse_wide("-"));
}

TEST_CASE("chunks: even keys give even chunks", "[unit][load]") {
  std::set<Wide> keys;
  for (int i = 1; i <= 10'000; ++i) keys.insert(i);
  const auto bounds = split_range(1, 10'000, 1'000, counting(keys));
  REQUIRE(bounds.ok());
  CHECK(bounds->size() >= 9);
  CHECK(largest(keys, *bounds) <= 1'000);
  CHECK(std::is_sorted(bounds->begin(), bounds->end()));
}

TEST_CASE("chunks: skewed keys do not end up in one giant chunk", "[unit][load]") {
  std::set<Wide> keys{*parse_wide("18446744073709551615"), 0};
  for (int i = 1; i <= 5'000; ++i) keys.insert(i);
  for (int i = 0; i < 5'000; ++i) keys.insert(*parse_wide("9223372036854775808") + i);
  const auto bounds = split_range(*keys.begin(), *keys.rbegin(), 500, counting(keys));
  REQUIRE(bounds.ok());
  CHECK(largest(keys, *bounds) <= 500);
  CHECK(bounds->size() < 60);
}

TEST_CASE("chunks: estimates that never shrink still end", "[unit][load]") {
  const auto bounds = split_range(0, 1'000'000'000, 10, [](Wide, Wide) -> Result<uint64_t> { return 1'000'000ULL; });
  REQUIRE(bounds.ok());
  CHECK(bounds->size() <= kMostChunks);
}

TEST_CASE("chunks: a failing estimate fails the plan", "[unit][load]") {
  const auto bounds = split_range(0, 10, 1, [](Wide, Wide) -> Result<uint64_t> { return make_error(10005, "x"); });
  CHECK_FALSE(bounds.ok());
}

TEST_CASE("chunks: conditions leave the outer ends open", "[unit][load]") {
  CHECK(chunk_condition({"id"}, "", "") == "");
  CHECK(chunk_condition({"id"}, "5", "") == " WHERE `id` >= 5");
  CHECK(chunk_condition({"i`d"}, "5", "9") == " WHERE `i``d` >= 5 AND `i``d` < 9");
}

TEST_CASE("chunks: several columns compare one after the other", "[unit][load]") {
  CHECK(chunk_condition({"a", "b"}, "1,x'00'", "2,x'ff'") ==
        " WHERE `a` >= 1 AND (`a` > 1 OR `a` = 1 AND `b` >= x'00') AND `a` <= 2 AND (`a` < 2 OR `a` = 2 AND `b` < "
        "x'ff')");
  CHECK(key_compare({"a", "b", "c"}, "1,2,3", ">") ==
        "`a` >= 1 AND (`a` > 1 OR `a` = 1 AND `b` > 2 OR `a` = 1 AND `b` = 2 AND `c` > 3)");
}

TEST_CASE("chunks: literals keep bytes, character set and value", "[unit][load]") {
  const schema::TableInfo t = table(
      "CREATE TABLE t (n BIGINT UNSIGNED, d DECIMAL(9,2), y YEAR, w DATETIME(6), v VARCHAR(9) CHARACTER SET latin1, u "
      "CHAR(4) CHARACTER SET utf8, b VARBINARY(9))");
  const auto literal = [&](const char* column, const char* text) { return key_literal(*t.find_column(column), text); };
  CHECK(literal("n", "18446744073709551615") == "18446744073709551615");
  CHECK(literal("d", "-1.50") == "-1.50");
  CHECK(literal("y", "1999") == "1999");
  CHECK(literal("w", "2024-01-01 00:00:00.000001") == "'2024-01-01 00:00:00.000001'");
  CHECK(literal("v", "E92C27") == "_latin1 x'E92C27'");
  CHECK(literal("u", "") == "_utf8 x''");
  CHECK(literal("b", "00") == "x'00'");
  CHECK(key_expression(*t.find_column("b")) == "HEX(`b`)");
  CHECK(key_expression(*t.find_column("w")) == "`w`");
}

TEST_CASE("chunks: cut by the clustered key, as far as its values have exact literals", "[unit][load]") {
  using Names = std::vector<std::string>;
  const auto key = [](const std::string& sql) { return units::full::chunk_key(table(sql)); };
  CHECK(key("CREATE TABLE t (a INT, b INT, PRIMARY KEY (b, a))").columns == Names{"b", "a"});
  CHECK(key("CREATE TABLE t (a INT, b INT, PRIMARY KEY (b, a))").by_number);
  CHECK(key("CREATE TABLE t (a VARCHAR(9) CHARACTER SET latin1 PRIMARY KEY, b INT NOT NULL, UNIQUE KEY (b))").columns ==
        Names{"a"});
  CHECK_FALSE(key("CREATE TABLE t (a VARCHAR(9) CHARACTER SET latin1 PRIMARY KEY)").by_number);
  CHECK(key("CREATE TABLE t (a INT NOT NULL, UNIQUE KEY k (a))").index == "k");
  CHECK(key("CREATE TABLE t (a INT, UNIQUE KEY (a))").index == "");
  CHECK(key("CREATE TABLE t (a DECIMAL(9) PRIMARY KEY)").columns == Names{"a"});
  CHECK(key("CREATE TABLE t (a DOUBLE PRIMARY KEY)").columns.empty());
  CHECK(key("CREATE TABLE t (a INT, b ENUM('x') NOT NULL, c INT, PRIMARY KEY (a, b, c))").columns == Names{"a"});
  CHECK(key("CREATE TABLE t (a INT, b VARBINARY(99), PRIMARY KEY (a, b(10)))").columns == Names{"a"});
  CHECK(key("CREATE TABLE t (a VARCHAR(9) PRIMARY KEY)").columns.empty());  // of a character set that nobody knows
}

TEST_CASE("keys: a unique key with NULLs does not tell rows apart", "[unit][load]") {
  CHECK(has_row_key(table("CREATE TABLE t (a INT PRIMARY KEY)")));
  CHECK(has_row_key(table("CREATE TABLE t (a INT NOT NULL, UNIQUE KEY (a))")));
  CHECK_FALSE(has_row_key(table("CREATE TABLE t (a INT, UNIQUE KEY (a))")));
  CHECK_FALSE(has_row_key(table("CREATE TABLE t (a INT, KEY (a))")));
}

TEST_CASE("plan: survives being stored as marks", "[unit][load]") {
  LoadPlan plan;
  plan.location = {"bin.000007", 5'000'000'000ULL, "0-1-5"};
  TablePlan t;
  t.source.schema = "s.x";
  t.source.table = "t%";
  t.source.create_sql = "CREATE TABLE `t%` (`a` int NOT NULL, PRIMARY KEY (`a`))";
  t.target_schema = "s2";
  t.target_table = "t2";
  t.target_state = TargetState::Empty;
  t.chunks = {{"a"}, {"10", "18446744073709551615"}};
  t.epoch = 2;
  t.reloaded_at = {"bin.000008", 4, ""};
  std::map<std::string, std::string> marks;
  for (const units::Mark& mark : {position_mark(plan), table_mark(t)}) marks[mark.key] = mark.value;
  const auto back = plan_from_marks(marks);
  REQUIRE(back.ok());
  CHECK(back->location.pos == 5'000'000'000ULL);
  CHECK(back->location.gtid == "0-1-5");
  CHECK(back->exit_safe.empty());
  REQUIRE(back->tables.size() == 1);
  const TablePlan& got = back->tables[0];
  CHECK(got.chunks.columns == t.chunks.columns);
  CHECK(got.chunks.bounds == t.chunks.bounds);
  CHECK(got.target_state == TargetState::Empty);
  CHECK(got.reloaded_at.name == "bin.000008");
  CHECK(got.chunk_key(1) == "s%2Ex.t%25.r2.1");
  CHECK(got.from(0) == "");
  CHECK(got.to(0) == "10");
  CHECK(got.from(2) == "18446744073709551615");
  CHECK(got.condition(1) == " WHERE `a` >= 10 AND `a` < 18446744073709551615");

  // As it was stored when a table was cut by one column only.
  std::string& text = marks.at("table.s%2Ex.t%25");
  const std::string now = R"("columns":["a"])";
  REQUIRE(text.find(now) != std::string::npos);
  text.replace(text.find(now), now.size(), R"("column":"a")");
  const auto old = plan_from_marks(marks);
  REQUIRE(old.ok());
  CHECK(old->tables[0].chunks.columns == t.chunks.columns);
}

TEST_CASE("plan: marks that cannot be read are refused with a remedy", "[unit][load]") {
  const auto plan = plan_from_marks({{"table.s.t", "{broken"}});
  REQUIRE_FALSE(plan.ok());
  CHECK(plan.error().code == 34019);
  CHECK_FALSE(plan.error().workaround.empty());
}

TEST_CASE("create: the target's name takes the place of the source's", "[unit][load]") {
  CHECK(*routed_create("CREATE TABLE `a``b` (\n  `x` int\n)", "s", "t") ==
        "CREATE TABLE IF NOT EXISTS `s`.`t` (\n  `x` int\n)");
  CHECK_FALSE(routed_create("CREATE VIEW `v` AS SELECT 1", "s", "t").ok());
}

TEST_CASE("routes: another source may write into the same target", "[unit][load]") {
  model::Task task;
  task.source_conf = {{"a"}, {"b"}};
  model::TableMigrateRule mine{"a", "s", "t", "merged", "t", {}};
  model::TableMigrateRule other{"b", "s", "t", "merged", "t", {}};
  task.table_migrate_rule = {mine, other};
  CHECK(others_may_write(task, "a", "merged", "t"));
  task.table_migrate_rule[1].target_schema = "elsewhere";
  CHECK_FALSE(others_may_write(task, "a", "merged", "t"));
  task.table_migrate_rule.pop_back();
  CHECK(others_may_write(task, "a", "merged", "t"));

  // A list selects more than the rules name: what they do not rename keeps its own name.
  task.table_migrate_rule.push_back(other);
  task.table_migrate_rule[1].target_schema = "elsewhere";
  task.block_allow_list["l"] = {.do_dbs = {"MERGED"}};
  task.source_conf[1].block_allow_list = "l";
  CHECK(others_may_write(task, "a", "merged", "t"));
  task.block_allow_list["l"] = {.do_dbs = {"s"}};
  CHECK_FALSE(others_may_write(task, "a", "merged", "t"));
  task.source_conf[1].block_allow_list = "";
  CHECK(others_may_write(task, "a", "merged", "t"));
  // And a route counts though the list does not name its target.
  task.block_allow_list["l"] = {.do_dbs = {"s"}};
  task.source_conf[1].block_allow_list = "l";
  task.table_migrate_rule[1].target_schema = "merged";
  CHECK(others_may_write(task, "a", "merged", "t"));
}
