#include <catch2/catch.hpp>
#include <limits>
#include <stdexcept>
#include <string>

#include "sluice/plugin/plugin.hpp"

using namespace sluice;
using namespace sluice::plugin;

namespace {

template <typename Body>
sluice_error thrown(Body&& body) {
  auto error = make_sized<sluice_error>();
  REQUIRE(guard(&error, body) != SLUICE_OK);
  return error;
}

std::string text(const sluice_value& v) {
  std::string out;
  return append_value(out, v) ? out : "(none)";
}
sluice_value value(uint8_t kind, int64_t i, uint8_t scale = 0) {
  sluice_value v{};
  v.kind = kind;
  v.scale = scale;
  v.v.i = i;
  return v;
}
sluice_value real(uint8_t kind, double d) {
  sluice_value v{};
  v.kind = kind;
  v.v.d = d;
  return v;
}
sluice_value packed(uint8_t kind, CivilTime t, uint8_t scale = 0) {
  return value(kind, static_cast<int64_t>(t.pack()), scale);
}

}  // namespace

TEST_CASE("guard: turns a Failure into the whole record", "[abi]") {
  const sluice_error e = thrown([] {
    throw Failure(10006, "database", "downstream", "high", "execute failed")
        .native(1213)
        .retryable()
        .reconnect()
        .row(3)
        .workaround("try again");
  });
  CHECK(e.number == 10006);
  CHECK(e.native == 1213);
  CHECK(e.flags == (SLUICE_ERROR_RETRYABLE | SLUICE_ERROR_RECONNECT));
  CHECK(e.row == 3);
  CHECK(thrown([&] { throw Failure(SLUICE_FAILED, e); }).row == 3);
  CHECK(std::string(e.error_class) == "database");
  CHECK(std::string(e.scope) == "downstream");
  CHECK(std::string(e.level) == "high");
  CHECK(std::string(e.message) == "execute failed");
  CHECK(std::string(e.workaround) == "try again");
}

TEST_CASE("guard: any exception becomes a record", "[abi]") {
  CHECK(std::string(thrown([] { throw std::runtime_error("boom"); }).message) == "boom");
  CHECK(thrown([] { throw 1; }).number == 50000);
  CHECK(std::string(thrown([] { throw std::bad_alloc(); }).message) == "out of memory");
}

TEST_CASE("guard: a long message is cut at a UTF-8 boundary and says so", "[abi]") {
  std::string message = "x";
  while (message.size() < 2000) message += "\xe2\x82\xac";
  const sluice_error e = thrown([&] { throw Failure(message); });
  CHECK((e.flags & SLUICE_ERROR_TRUNCATED) != 0);
  const std::string cut = e.message;
  CHECK(cut.size() <= SLUICE_ERROR_MESSAGE_SIZE - 1);
  CHECK((cut.size() - 1) % 3 == 0);
}

TEST_CASE("guard: a record handed on stays the same", "[abi]") {
  const sluice_error first = thrown([] { throw Failure(34005, "dump-unit", "internal", "high", "m").fenced(); });
  const sluice_error second = thrown([&] { throw Failure(SLUICE_FAILED, first); });
  CHECK(std::memcmp(&first, &second, sizeof first) == 0);
}

TEST_CASE("values: floating point numbers print as MySQL prints them", "[abi]") {
  CHECK(text(real(SLUICE_DOUBLE, 0)) == "0");
  CHECK(text(real(SLUICE_DOUBLE, 1e14)) == "100000000000000");
  CHECK(text(real(SLUICE_DOUBLE, 1e15)) == "1e15");
  CHECK(text(real(SLUICE_DOUBLE, -123.456)) == "-123.456");
  CHECK(text(real(SLUICE_DOUBLE, 0.00001)) == "0.00001");
  CHECK(text(real(SLUICE_DOUBLE, 1e-16)) == "1e-16");
  CHECK(text(real(SLUICE_DOUBLE, 1.7976931348623157e308)) == "1.7976931348623157e308");
  CHECK(text(real(SLUICE_FLOAT, static_cast<double>(0.1f))) == "0.1");
  CHECK(text(real(SLUICE_FLOAT, static_cast<double>(3.4028235e38f))) == "3.4028235e38");
}

TEST_CASE("values: every double reads back as itself", "[abi]") {
  uint64_t bits = 0x9E3779B97F4A7C15u;
  for (int i = 0; i < 20000; ++i) {
    bits ^= bits << 13, bits ^= bits >> 7, bits ^= bits << 17;
    double d;
    std::memcpy(&d, &bits, sizeof d);
    if (d != d || d - d != 0) continue;
    std::string out;
    append_double(out, d);
    REQUIRE(std::strtod(out.c_str(), nullptr) == d);
    REQUIRE(out.find('+') == std::string::npos);
  }
}

TEST_CASE("values: dates and times, with zero dates and fractions", "[abi]") {
  CHECK(text(packed(SLUICE_DATE, {2024, 2, 29, 0, 0, 0, 0})) == "2024-02-29");
  CHECK(text(packed(SLUICE_DATE, {2024, 0, 0, 0, 0, 0, 0})) == "2024-00-00");
  CHECK(text(value(SLUICE_DATE, 0)) == "0000-00-00");
  CHECK(text(packed(SLUICE_DATETIME, {9999, 12, 31, 23, 59, 59, 999999}, 6)) == "9999-12-31 23:59:59.999999");
  CHECK(text(packed(SLUICE_DATETIME, {1, 1, 1, 0, 0, 0, 120000}, 2)) == "0001-01-01 00:00:00.12");
  CHECK(text(value(SLUICE_DATETIME, 0, 3)) == "0000-00-00 00:00:00.000");
  CHECK(text(value(SLUICE_TIMESTAMP, 0)) == "0000-00-00 00:00:00");
  CHECK(text(value(SLUICE_TIMESTAMP, 1, 6)) == "1970-01-01 00:00:00.000001");
  CHECK(text(value(SLUICE_TIMESTAMP, 2147483647000000)) == "2038-01-19 03:14:07");
  CHECK(text(value(SLUICE_TIMESTAMP, 951782400000000)) == "2000-02-29 00:00:00");
  CHECK(text(value(SLUICE_TIME, -120000, 2)) == "-00:00:00.12");
  CHECK(text(value(SLUICE_TIME, -(838LL * 3600 + 59 * 60 + 59) * 1000000)) == "-838:59:59");
  CHECK(text(value(SLUICE_TIME, 0, 6)) == "00:00:00.000000");
  CHECK(text(value(SLUICE_YEAR, 0)) == "0000");
  CHECK(text(value(SLUICE_YEAR, 2155)) == "2155");
}

TEST_CASE("values: NULL, absent and unknown kinds have no text", "[abi]") {
  CHECK(text(value(SLUICE_NULL, 0)) == "(none)");
  CHECK(text(value(SLUICE_ABSENT, 0)) == "(none)");
  CHECK(text(value(200, 0)) == "(none)");
  CHECK(text(value(SLUICE_INT, std::numeric_limits<int64_t>::min())) == "-9223372036854775808");
  CHECK(text(value(SLUICE_UINT, -1)) == "18446744073709551615");
}

TEST_CASE("JSON: what is not JSON is refused", "[abi]") {
  for (const char* bad : {"", "{", "[1,]", "{\"a\":1,}", "{\"a\":1,\"a\":2}", "01", "1.", "-", "\"\x01\"", "nul", "1 2",
                          "\"\\ud800\"", "\"\\x\"", "{a:1}", "'a'", "\"abc"}) {
    INFO(bad);
    CHECK_THROWS_AS(Json::parse(bad), Failure);
  }
  CHECK_THROWS_AS(Json::parse(std::string(1000, '[') + std::string(1000, ']')), Failure);
}

TEST_CASE("JSON: strings come back as they were", "[abi]") {
  const std::string raw = "quote \" back \\ line \n tab \t bell \x07 euro \xe2\x82\xac";
  CHECK(Json::parse(json_string(raw)).text() == raw);
  CHECK(Json::parse(R"("\u00e9\ud83d\ude00\/")").text() == "\xc3\xa9\xf0\x9f\x98\x80/");
}

TEST_CASE("config: a getter names the setting that is wrong", "[abi]") {
  const Config c(R"({"name":"n","size":1024,"wait":"1m30s","on":true,"tables":["a","b"],"none":null})");
  CHECK(c.name() == "n");
  CHECK(c.bytes("size") == 1024);
  CHECK(c.duration("wait") == std::chrono::seconds(90));
  CHECK(c.boolean("on"));
  CHECK(c.list("tables").size() == 2);
  CHECK(c.integer("none", 5) == 5);
  CHECK_THROWS_WITH(c.string("absent"), Catch::Contains("`absent`"));
  CHECK_THROWS_WITH(c.integer("wait"), Catch::Contains("`wait`"));
  CHECK_THROWS_WITH(c.duration("size"), Catch::Contains("`size`"));
  CHECK_THROWS_AS(Config("[]"), Failure);
}

TEST_CASE("durations: Go's format", "[abi]") {
  using std::chrono::microseconds;
  CHECK(parse_duration("0") == microseconds(0));
  CHECK(parse_duration("1.5h") == microseconds(5400000000));
  CHECK(parse_duration("2m3s4ms5us") == microseconds(123004005));
  for (const char* bad : {"", "5", "s", "1d", "1s2", "-1s", "1e3s", "1..5s", "99999999999h"}) {
    INFO(bad);
    CHECK_THROWS_AS(parse_duration(bad), Failure);
  }
}
