#include <catch2/catch.hpp>

#include "core/units/sync/error_handling.hpp"

using namespace sluice;
using namespace sluice::units;
using namespace sluice::units::sync;

namespace {

StoredHandling stored(const std::string& file, uint64_t pos) {
  StoredHandling out;
  out.handling.action = "replace";
  out.handling.binlog_name = file;
  out.handling.binlog_pos = pos;
  out.handling.binlog_gtid = "0-1-42";
  out.handling.statement = "ALTER TABLE `t` ADD UNIQUE KEY (`v`)";
  out.handling.sqls = {"ALTER TABLE d.t ADD KEY (v)", "ALTER TABLE d.t ADD COLUMN \"x\" int"};
  out.handling.requested_at = "2026-01-31T12:00:00Z";
  out.ddl_mark = "b.000001:100:1";
  return out;
}

}  // namespace

TEST_CASE("handlings: a request is read as it was written", "[unit][sync]") {
  const StoredHandling before = stored("b.000001", 120);
  auto after = decode_handling(encode_handling(before));
  REQUIRE(after.ok());
  CHECK(after->handling.action == "replace");
  CHECK(after->handling.binlog_gtid == "0-1-42");
  CHECK(after->handling.sqls == before.handling.sqls);
  CHECK(after->handling.statement == before.handling.statement);
  CHECK_FALSE(after->handling.applied);
  CHECK(after->ddl_mark == before.ddl_mark);
  CHECK(decode_handling("nonsense").error().code == 42502);
}

TEST_CASE("handlings: pending is what lies behind the checkpoint and was not taken back", "[unit][sync]") {
  std::map<std::string, std::string> marks;
  for (const auto& [file, pos] :
       {std::pair<std::string, uint64_t>{"b.1000000", 4}, {"b.999999", 500}, {"b.999999", 400}}) {
    marks[handling_key(file, pos)] = encode_handling(stored(file, pos));
  }
  marks[handling_key("b.1000000", 900)] = "";
  auto all = pending_handlings(marks, {"b.999999", 400, ""});
  REQUIRE(all.ok());
  REQUIRE(all->size() == 2);
  CHECK(all->at(0).handling.binlog_pos == 500);
  CHECK(all->at(1).handling.binlog_name == "b.1000000");
  CHECK(pending_handlings(marks, {"b.1000000", 4, ""})->empty());
  CHECK(pending_handlings(marks, {})->size() == 3);
}

TEST_CASE("handlings: a request is for the event that ends at its place, whatever the ordinal", "[unit][sync]") {
  Handlings handlings;
  CHECK(handlings.find({"b.000001", 120, 0}) == nullptr);
  handlings.set({stored("b.000001", 120)});
  REQUIRE(handlings.find({"b.000001", 120, 3}) != nullptr);
  CHECK(handlings.find({"b.000002", 120, 0}) == nullptr);
  CHECK(handlings.find({"b.000001", 121, 0}) == nullptr);
  CHECK_FALSE(handlings.list().at(0).applied);
  handlings.applied({"b.000001", 120, 0});
  CHECK(handlings.list().at(0).applied);
}
