#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "core/units/sync/conflict_map.hpp"
#include "core/units/sync/key_hash.hpp"
#include "core/units/sync/row_location.hpp"
#include "core/units/sync/watermark.hpp"

using namespace sluice::units::sync;
namespace binlog = sluice::binlog;

namespace {

sluice_str str(const char* text) { return {text, std::char_traits<char>::length(text)}; }

sluice_value text_value(const std::string& s) {
  sluice_value v{};
  v.kind = SLUICE_STRING;
  v.size = static_cast<uint32_t>(s.size());
  v.v.p = s.data();
  return v;
}

sluice_value int_value(int64_t i) {
  sluice_value v{};
  v.kind = SLUICE_INT;
  v.v.i = i;
  return v;
}

// id INT PRIMARY KEY, name VARCHAR with a unique key under `collation`, cut to `prefix` characters.
struct TwoKeys {
  sluice_column columns[2]{};
  uint32_t first[1] = {0};
  uint32_t second[1] = {1};
  uint32_t no_prefix[1] = {0};
  uint32_t prefix[1] = {0};
  sluice_key keys[2]{};
  sluice_table table{};

  explicit TwoKeys(const char* charset, const char* collation, uint32_t cut = 0) {
    columns[0].struct_size = columns[1].struct_size = sizeof(sluice_column);
    columns[0].type = SLUICE_INT;
    columns[1].type = SLUICE_STRING;
    columns[1].charset = str(charset);
    columns[1].collation = str(collation);
    prefix[0] = cut;
    keys[0] = {sizeof(sluice_key), SLUICE_KEY_PRIMARY | SLUICE_KEY_NOT_NULL, str("PRIMARY"), first, no_prefix, 1};
    keys[1] = {sizeof(sluice_key), SLUICE_KEY_UNIQUE, str("u"), second, prefix, 1};
    table.struct_size = sizeof(sluice_table);
    table.schema = str("db");
    table.name = str("t");
    table.columns = columns;
    table.column_count = 2;
    table.column_stride = sizeof(sluice_column);
    table.keys = keys;
    table.key_count = 2;
    table.key_stride = sizeof(sluice_key);
  }
};

KeyHash unique_hash(const TwoKeys& t, const std::string& name) {
  const KeyPlan plan(t.table);
  REQUIRE(plan.conflict_keys() == 1);
  const sluice_value row[2] = {int_value(1), text_value(name)};
  return plan.conflict(0, row);
}

bool may_conflict(const KeyHash& a, const KeyHash& b) {
  if (a.kind == KeyHash::Null || b.kind == KeyHash::Null) return false;
  return a.kind == KeyHash::Wildcard || b.kind == KeyHash::Wildcard || a.hash == b.hash;
}

}  // namespace

TEST_CASE("row locations order file numbers numerically", "[unit][sync]") {
  REQUIRE(RowLocation{"mysql-bin.999999", 900, 3}.compare({"mysql-bin.1000000", 4, 0}) < 0);
  REQUIRE(RowLocation{"b.000001", 10, 1}.compare({"b.000001", 10, 2}) < 0);
  REQUIRE(RowLocation{"b.000002", 4, 0}.compare({"b.000001", 99999999999ULL, 0}) > 0);
}

TEST_CASE("row locations survive their text form", "[unit][sync]") {
  const RowLocation a{"my:odd-bin.000007", 5000000000ULL, 17};
  const auto b = RowLocation::parse(a.to_string());
  REQUIRE(b.has_value());
  REQUIRE(a.compare(*b) == 0);
  REQUIRE_FALSE(RowLocation::parse("x:1").has_value());
  REQUIRE_FALSE(RowLocation::parse("x:1:").has_value());
  REQUIRE_FALSE(RowLocation::parse("").has_value());
}

TEST_CASE("values that are equal under the collation may not run beside each other", "[unit][sync]") {
  const TwoKeys ci("utf8mb4", "utf8mb4_general_ci");
  REQUIRE(may_conflict(unique_hash(ci, "a"), unique_hash(ci, "A")));
  REQUIRE(may_conflict(unique_hash(ci, "a"), unique_hash(ci, "a  ")));
  REQUIRE(may_conflict(unique_hash(ci, "e"), unique_hash(ci, "\xc3\xa9")));
  REQUIRE_FALSE(may_conflict(unique_hash(ci, "a"), unique_hash(ci, "b")));
  REQUIRE_FALSE(may_conflict(unique_hash(ci, "\xe4\xb8\xad"), unique_hash(ci, "\xe6\x96\x87")));
  const TwoKeys bin("utf8mb4", "utf8mb4_bin");
  REQUIRE_FALSE(may_conflict(unique_hash(bin, "a"), unique_hash(bin, "A")));
  REQUIRE(may_conflict(unique_hash(bin, "a"), unique_hash(bin, "a ")));
  const TwoKeys national("utf8mb4", "utf8mb4_lithuanian_ci");
  REQUIRE(may_conflict(unique_hash(national, "i"), unique_hash(national, "y")));
}

TEST_CASE("prefix keys are compared as the index cuts them", "[unit][sync]") {
  const TwoKeys cut("utf8mb4", "utf8mb4_general_ci", 3);
  REQUIRE(may_conflict(unique_hash(cut, "abcX"), unique_hash(cut, "ABCy")));
  REQUIRE_FALSE(may_conflict(unique_hash(cut, "abd"), unique_hash(cut, "abc")));
}

TEST_CASE("a table without a key has one lane", "[unit][sync]") {
  TwoKeys t("utf8mb4", "utf8mb4_bin");
  t.table.key_count = 0;
  REQUIRE(KeyPlan(t.table).single_lane());
  TwoKeys expression("utf8mb4", "utf8mb4_bin");
  expression.keys[1].flags |= SLUICE_KEY_EXPRESSION;
  REQUIRE(KeyPlan(expression.table).single_lane());
}

TEST_CASE("equal primary keys share a lane and key changes are seen", "[unit][sync]") {
  const TwoKeys t("utf8mb4", "utf8mb4_bin");
  const KeyPlan plan(t.table);
  std::vector<bool> used(kLanes, false);
  for (int64_t i = 0; i < 1000; ++i) {
    const sluice_value a[2] = {int_value(i), text_value("x")};
    const sluice_value b[2] = {int_value(i), text_value("y")};
    REQUIRE(plan.lane(a) == plan.lane(b));
    REQUIRE_FALSE(plan.key_changes(a, b));
    used[plan.lane(a)] = true;
  }
  REQUIRE(std::count(used.begin(), used.end(), true) == kLanes);
  const sluice_value a[2] = {int_value(1), text_value("x")};
  const sluice_value b[2] = {int_value(2), text_value("x")};
  REQUIRE(plan.key_changes(a, b));
}

TEST_CASE("lane hashes never change, since checkpoints rely on them", "[unit][sync]") {
  REQUIRE(stable_hash(1, "abc", 3) == stable_hash(1, "abc", 3));
  const TwoKeys t("utf8mb4", "utf8mb4_bin");
  const KeyPlan plan(t.table);
  const sluice_value one[2] = {int_value(1), text_value("x")};
  const sluice_value big[2] = {int_value(123456789), text_value("x")};
  REQUIRE(plan.lane(one) == 23);
  REQUIRE(plan.lane(big) == 39);
}

TEST_CASE("a change waits for the writer that touched its unique value last", "[unit][sync]") {
  ConflictMap map(4);
  std::vector<Dependency> needs;
  map.touch(1, {KeyHash::Value, 77}, 0, 10, needs);
  map.dispatched(0, 10);
  REQUIRE(needs.empty());
  map.touch(1, {KeyHash::Value, 77}, 0, 11, needs);
  REQUIRE(needs.empty());
  map.touch(1, {KeyHash::Value, 77}, 2, 12, needs);
  REQUIRE(needs.size() == 1);
  REQUIRE(needs[0].writer == 0);
  REQUIRE(needs[0].seq == 11);
}

TEST_CASE("a wildcard waits for all writers and all wait for it", "[unit][sync]") {
  ConflictMap map(3);
  std::vector<Dependency> needs;
  map.dispatched(0, 1);
  map.dispatched(1, 2);
  map.touch(9, {KeyHash::Wildcard, 0}, 2, 3, needs);
  REQUIRE(needs.size() == 2);
  needs.clear();
  map.touch(9, {KeyHash::Value, 5}, 0, 4, needs);
  REQUIRE(needs.size() == 1);
  REQUIRE(needs[0].writer == 2);
  needs.clear();
  map.applied(4);
  map.touch(9, {KeyHash::Value, 6}, 1, 5, needs);
  REQUIRE(needs.empty());
}

TEST_CASE("the watermark never passes a change that is not applied", "[unit][sync]") {
  Watermark mark;
  mark.add(5, "b.000001", 100, binlog::Gtid{{}, "", 1}, 1);
  mark.add(9, "b.000001", 200, binlog::Gtid{{}, "", 2}, 2);
  mark.add(9, "b.000002", 4, {}, 0);
  REQUIRE(mark.take(4).empty());
  REQUIRE(mark.oldest_pending_commit_us(4) == 1);
  REQUIRE(mark.take(8).size() == 1);
  REQUIRE(mark.oldest_pending_commit_us(8) == 2);
  const auto rest = mark.take(9);
  REQUIRE(rest.size() == 2);
  REQUIRE(rest.back().file == "b.000002");
  REQUIRE_FALSE(mark.oldest_pending_commit_us(9).has_value());
}
