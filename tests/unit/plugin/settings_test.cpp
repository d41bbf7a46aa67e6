#include "core/plugin/settings.hpp"

#include <catch2/catch.hpp>

#include "core/model/json.hpp"
#include "sluice/abi/plugin.h"

using namespace sluice;
using namespace sluice::plugin;
using Catch::Matchers::Contains;

namespace {

std::vector<SettingInfo> sample() {
  return {{"host", SLUICE_SETTING_STRING, SLUICE_SETTING_REQUIRED, "", "", "", "", "the server"},
          {"port", SLUICE_SETTING_INT, 0, "", "3306", "1", "65535", ""},
          {"password", SLUICE_SETTING_STRING, SLUICE_SETTING_SECRET, "", "", "", "", ""},
          {"compress", SLUICE_SETTING_BOOL, 0, "", "false", "", "", ""},
          {"timeout", SLUICE_SETTING_DURATION, 0, "", "\"30s\"", "", "", ""},
          {"buffer", SLUICE_SETTING_BYTES, 0, "bytes", "\"1MiB\"", "1024", "1073741824", ""},
          {"hosts", SLUICE_SETTING_LIST, 0, "", "", "", "", ""},
          {"rules", SLUICE_SETTING_OBJECT, 0, "", "", "", "", ""}};
}

std::string refused(const std::string& json) {
  const auto result = complete_settings(sample(), "sink plugin `x`", "t1", json);
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().code == 49001);
  return result.error().one_line();
}

}  // namespace

TEST_CASE("settings: defaults are filled in, sizes become bytes, the instance's name is added", "[unit][plugin]") {
  const auto result = complete_settings(sample(), "x", "t1", R"({"host":"h","buffer":"64MiB","rules":{"a":[1]}})");
  REQUIRE(result.ok());
  const auto json = model::parse_json(*result);
  REQUIRE(json.ok());
  CHECK(*json->find("host")->as_string() == "h");
  CHECK(*json->find("port")->as_int() == 3306);
  CHECK(*json->find("buffer")->as_int() == 64 << 20);
  CHECK(*json->find("timeout")->as_string() == "30s");
  CHECK(*json->find("name")->as_string() == "t1");
  CHECK(json->find("rules")->find("a") != nullptr);
  CHECK(json->find("password") == nullptr);
}

TEST_CASE("settings: each wrong value is named with what is expected", "[unit][plugin]") {
  CHECK_THAT(refused("{}"), Contains("`host` is missing") && Contains("the server") && Contains("sink plugin `x`"));
  CHECK_THAT(refused(R"({"host":null})"), Contains("`host` is missing"));
  CHECK_THAT(refused(R"({"host":"h","prt":1})"), Contains("`prt` is unknown") && Contains("port"));
  CHECK_THAT(refused(R"({"host":1})"), Contains("`host` is 1") && Contains("a text"));
  CHECK_THAT(refused(R"({"host":"h","port":"1"})"), Contains("`port` is \"1\"") && Contains("whole number"));
  CHECK_THAT(refused(R"({"host":"h","port":1.5})"), Contains("`port`"));
  CHECK_THAT(refused(R"({"host":"h","port":0})"), Contains("between 1 and 65535"));
  CHECK_THAT(refused(R"({"host":"h","port":18446744073709551615})"), Contains("between 1 and 65535"));
  CHECK_THAT(refused(R"({"host":"h","compress":"yes"})"), Contains("true or false"));
  CHECK_THAT(refused(R"({"host":"h","timeout":"5 apples"})"), Contains("duration"));
  CHECK_THAT(refused(R"({"host":"h","timeout":30})"), Contains("duration"));
  CHECK_THAT(refused(R"({"host":"h","buffer":"12"})"), Contains("between 1024"));
  CHECK_THAT(refused(R"({"host":"h","hosts":["a",1]})"), Contains("list of texts"));
  CHECK_THAT(refused("[]"), Contains("JSON object"));
  CHECK_THAT(refused("{"), Contains("not valid JSON"));
}

TEST_CASE("settings: the value of a secret never appears in an error", "[unit][plugin]") {
  const std::string text = refused(R"({"host":"h","password":{"p":"hunter2"}})");
  CHECK_THAT(text, Contains("`password`") && !Contains("hunter2"));
}

TEST_CASE("settings: sizes and durations are read as DM's files write them", "[unit][plugin]") {
  CHECK(parse_bytes("512") == 512u);
  CHECK(parse_bytes("64MiB") == 64u << 20);
  CHECK(parse_bytes("1.5 GB") == 3u << 29);
  CHECK(parse_bytes("2k") == 2048u);
  for (const char* bad : {"", "MiB", "-1", "1 apple", "1e400", "nan", "inf", "99999999999TiB"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_bytes(bad).has_value());
  }
  CHECK(parse_duration_ms("1h30m") == 5400000);
  CHECK(parse_duration_ms("300ms") == 300);
  CHECK(parse_duration_ms("1.5s") == 1500);
  CHECK(parse_duration_ms("0") == 0);
  for (const char* bad : {"", "5", "s", "-1s", "1 s", "1d", "999999999999999999h"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_duration_ms(bad).has_value());
  }
}
