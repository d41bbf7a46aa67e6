#include "core/units/sync/row_key.hpp"

#include <catch2/catch.hpp>

#include "core/schema/abi_table.hpp"

using namespace sluice;

namespace {

std::shared_ptr<const schema::AbiTable> table(const std::string& columns) {
  auto info =
      schema::parse_create_table("CREATE TABLE t (" + columns + ") DEFAULT CHARSET latin1", sql::ParseOptions());
  REQUIRE(info.ok());
  info->touch();
  return schema::make_abi_table(std::make_shared<const schema::TableInfo>(std::move(*info)), {"s", "t", "src"});
}

sluice_value text(const std::string& text, uint8_t kind = SLUICE_STRING) {
  sluice_value out{};
  out.kind = kind;
  out.size = static_cast<uint32_t>(text.size());
  out.v.p = text.data();
  return out;
}

sluice_value number(int64_t n) {
  sluice_value out{};
  out.kind = SLUICE_INT;
  out.v.i = n;
  return out;
}

std::string key(const std::string& columns, const std::vector<sluice_value>& before,
                const std::vector<sluice_value>& after = {}) {
  sluice_row row{};
  row.before = before.empty() ? nullptr : before.data();
  row.after = after.empty() ? nullptr : after.data();
  return units::sync::row_key(*table(columns)->get(), row);
}

}  // namespace

TEST_CASE("row key: the key's columns as SQL, no other one", "[unit][sync]") {
  const std::string secret = "secret";
  const std::string columns = "v VARCHAR(9), id INT, `a``b` VARBINARY(9), PRIMARY KEY (id, `a``b`)";
  const std::string bytes("\x00\xff", 2);
  CHECK(key(columns, {}, {text(secret), number(-7), text(bytes, SLUICE_BYTES)}) == "`id` = -7 AND `a``b` = X'00FF'");
  CHECK(key(columns, {text(secret), number(1), text(bytes, SLUICE_BYTES)},
            {text(secret), number(2), text(bytes, SLUICE_BYTES)}) ==
        "`id` = 1 AND `a``b` = X'00FF', which becomes `id` = 2 AND `a``b` = X'00FF'");
  CHECK(key(columns, {text(secret), number(1), text(bytes, SLUICE_BYTES)},
            {sluice_value{}, number(1), text(bytes, SLUICE_BYTES)}) == "`id` = 1 AND `a``b` = X'00FF'");
}

TEST_CASE("row key: a unique key serves where it has values, no key gives nothing", "[unit][sync]") {
  const std::string name = "it's \\ x";
  const std::string columns = "a INT, b VARCHAR(9), UNIQUE KEY (a), UNIQUE KEY (b)";
  CHECK(key(columns, {number(1), text(name)}) == "`a` = 1");
  CHECK(key(columns, {sluice_value{}, text(name)}).find("`b` = 'it") == 0);
  CHECK(key(columns, {sluice_value{}, sluice_value{}}).empty());
  CHECK(key("a INT, b VARCHAR(9), KEY (a)", {number(1), text(name)}).empty());
}

TEST_CASE("row key: long values and keys are cut, not in the middle of a character", "[unit][sync]") {
  std::string japanese;
  while (japanese.size() < 300) japanese += "日";
  const std::string cut = key("b VARCHAR(99) CHARACTER SET utf8mb4 PRIMARY KEY", {text(japanese)});
  CHECK(cut == "`b` = '" + japanese.substr(0, 63) + "'…");
  const std::string latin(100, '\xe9');
  CHECK(key("b VARCHAR(99) PRIMARY KEY", {text(latin)}).substr(0, 12) == "`b` = X'E9E9");
  CHECK(key("b VARCHAR(99) PRIMARY KEY", {text(latin)}).size() < 90);
  std::string columns, names;
  std::vector<sluice_value> values;
  const std::string value(60, 'x');
  for (char c = 'a'; c < 'p'; ++c) {
    columns += std::string(1, c) + " VARCHAR(99), ";
    names += (names.empty() ? "" : ",") + std::string(1, c);
    values.push_back(text(value));
  }
  const std::string many = key(columns + "PRIMARY KEY (" + names + ")", values);
  CHECK(many.size() < 600);
  CHECK(many.substr(many.size() - 8) == " AND …");
}
