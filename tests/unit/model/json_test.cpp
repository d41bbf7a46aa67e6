#include <catch2/catch.hpp>

#include "core/model/json.hpp"

using namespace sluice;
using namespace sluice::model;

namespace {

std::string why(const std::string& text, JsonOptions options = {}) {
  auto parsed = parse_json(text, options);
  return parsed.ok() ? "accepted" : parsed.error().message;
}

}  // namespace

TEST_CASE("json: values of every kind are read and written back", "[unit][json]") {
  const std::string text =
      R"({"a":[1,-2,1.5,true,false,null,"x\n\"é\u0001"],"big":18446744073709551615,"least":-9223372036854775808,"o":{}})";
  auto parsed = parse_json(text);
  REQUIRE(parsed.ok());
  CHECK(*parsed->find("big")->as_uint() == 18446744073709551615ULL);
  CHECK(*parsed->find("least")->as_int() == INT64_MIN);
  auto again = parse_json(to_text(*parsed, 2));
  REQUIRE(again.ok());
  CHECK(*again == *parsed);
}

TEST_CASE("json: what the contract forbids is refused", "[unit][json]") {
  CHECK(why(R"({"a":1,"a":2})").find("\"a\" appears twice") != std::string::npos);
  CHECK(why(R"({"a":{"b":1},"c":{"b":2}})") == "accepted");
  CHECK(why("{\"a\":\"\xC0\x80\"}").find("UTF-8") != std::string::npos);
  CHECK(why("{\"a\":\"\xED\xA0\x80\"}").find("UTF-8") != std::string::npos);
  CHECK(why("[1,]").find("line 1, column 3") != std::string::npos);
  for (const char* bad : {"", "{", "[1 2]", "{\"a\"}", "{a:1}", "nul", "[1]x", "{} {}", "'a'", "[1,,2]", "// x\n[]",
                          "\"\t\"", "[01]", "[+1]", "[NaN]"}) {
    INFO(bad);
    CHECK(why(bad) != "accepted");
  }
}

TEST_CASE("json: a trailing comma is passed over where the dialect allows it, in strings never", "[unit][json]") {
  JsonOptions lax;
  lax.trailing_commas = true;
  auto parsed = parse_json("{\"a\":[1,\n ],\"s\":\",]\",}", lax);
  REQUIRE(parsed.ok());
  CHECK(parsed->find("a")->as_array()->size() == 1);
  CHECK(*parsed->find("s")->as_string() == ",]");
  CHECK(why("[1,,]", lax) != "accepted");
  CHECK(why("[,]", lax) != "accepted");
}

TEST_CASE("json: nesting is bounded", "[unit][json]") {
  CHECK(why(std::string(64, '[') + std::string(64, ']')) == "accepted");
  CHECK(why(std::string(65, '[') + std::string(65, ']')).find("nested deeper") != std::string::npos);
  CHECK(why(std::string(1000000, '[')).find("nested deeper") != std::string::npos);
}
