#include "core/binlog/gtid.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <set>

using namespace sluice;
using namespace sluice::binlog;

namespace {

constexpr const char* kA = "55778904-0299-11f1-b1b8-4ef0c4956feb";
constexpr const char* kB = "66778904-0299-11f1-b1b8-4ef0c4956feb";

GtidSet mysql(const std::string& text) {
  auto set = GtidSet::parse(Flavor::kMysql, text);
  REQUIRE(set.ok());
  return *set;
}

GtidSet mariadb(const std::string& text) {
  auto set = GtidSet::parse(Flavor::kMariaDb, text);
  REQUIRE(set.ok());
  return *set;
}

Gtid gtid(const char* uuid, uint64_t number, const std::string& tag = "") {
  Gtid out{{}, tag, number};
  REQUIRE(parse_uuid(uuid, out.uuid));
  return out;
}

}  // namespace

TEST_CASE("a MySQL set is printed in canonical form", "[unit][gtid]") {
  CHECK(mysql("").to_string().empty());
  CHECK(mysql(std::string(" ") + kB + ":7,\n" + kA + ":9:1-5:6 ").to_string() ==
        std::string(kA) + ":1-6:9," + kB + ":7");
  CHECK(mysql(std::string(kA) + ":Tag_1:3-4:1:2:5-6").to_string() == std::string(kA) + ":tag_1:1-6");
  CHECK(mysql(std::string(kA) + ":b:1:a:2," + kA + ":5").to_string() == std::string(kA) + ":5:a:2:b:1");
  CHECK(mysql("55778904-0299-11F1-B1B8-4EF0C4956FEB:1").to_string() == std::string(kA) + ":1");
}

TEST_CASE("texts that are no set are refused with the part named", "[unit][gtid]") {
  const std::string a(kA);
  for (const std::string& text : {a, a + ":", a + ":0", a + ":5-4", a + ":1-", a + ":x:", a + ":9223372036854775807",
                                  a + ":1-2-3", std::string("abc:1"), a.substr(1) + ":1", a + ":1:2x", a + ":-1"}) {
    INFO(text);
    CHECK(!GtidSet::parse(Flavor::kMysql, text).ok());
  }
  for (const char* text : {"1-2", "1-2-3-4", "a-b-c", "1-2-", "4294967296-1-1"}) {
    INFO(text);
    CHECK(!GtidSet::parse(Flavor::kMariaDb, text).ok());
  }
}

TEST_CASE("a set with holes contains what it should and nothing else", "[unit][gtid]") {
  const GtidSet set = mysql(std::string(kA) + ":1-5:9-20");
  CHECK(set.contains(gtid(kA, 5)));
  CHECK(!set.contains(gtid(kA, 6)));
  CHECK(!set.contains(gtid(kA, 5, "tag")));
  CHECK(set.contains(mysql(std::string(kA) + ":2-4:9:20")));
  CHECK(!set.contains(mysql(std::string(kA) + ":5-9")));
  CHECK(set.contains(GtidSet(Flavor::kMysql)));
  CHECK(!set.contains(mysql(std::string(kB) + ":1")));
}

TEST_CASE("a MariaDB set keeps the newest of each domain", "[unit][gtid]") {
  GtidSet set = mariadb("1-2-5, 0-1-100,0-3-7");
  CHECK(set.to_string() == "0-1-100,1-2-5");
  CHECK(set.add(MariaDbGtid{0, 9, 101}));
  CHECK(set.add(MariaDbGtid{0, 9, 3}));
  CHECK(set.to_string() == "0-9-101,1-2-5");
  CHECK(set.contains(mariadb("0-1-50")));
  CHECK(!set.contains(mariadb("2-1-1")));
  CHECK(set.subtract(mariadb("0-1-200,1-1-4")));
  CHECK(set.to_string() == "1-2-5");
}

TEST_CASE("sets of different flavours do not mix", "[unit][gtid]") {
  GtidSet set = mariadb("0-1-100");
  CHECK(!set.add(gtid(kA, 1)));
  CHECK(!set.add(mysql(std::string(kA) + ":1")));
  CHECK(!set.contains(mysql(std::string(kA) + ":1")));
  CHECK(!(GtidSet(Flavor::kMysql) == GtidSet(Flavor::kMariaDb)));
  CHECK(set.encode().empty());
}

TEST_CASE("numbers outside the server's range are not added", "[unit][gtid]") {
  GtidSet set(Flavor::kMysql);
  CHECK(!set.add(gtid(kA, 0)));
  CHECK(!set.add(gtid(kA, INT64_MAX)));
  CHECK(set.add(gtid(kA, INT64_MAX - 1)));
  CHECK(set.count() == 1);
}

TEST_CASE("the binary form reads back, with and without tags", "[unit][gtid]") {
  for (const std::string& text : {std::string(), std::string(kA) + ":1-5:9-20," + kB + ":7",
                                  std::string(kA) + ":1:tag:5-6:zz:1-3," + kB + ":_:9"}) {
    const GtidSet set = mysql(text);
    const std::vector<uint8_t> block = set.encode();
    auto back = GtidSet::decode(block);
    REQUIRE(back.ok());
    CHECK(*back == set);
    CHECK(back->to_string() == text);
    for (size_t n = 0; n < block.size(); ++n) CHECK(!GtidSet::decode(Bytes(block).first(n)).ok());
    std::vector<uint8_t> longer = block;
    longer.push_back(0);
    CHECK(!GtidSet::decode(longer).ok());
  }
}

TEST_CASE("interval arithmetic agrees with a set of numbers", "[unit][gtid]") {
  std::mt19937 random(7);
  const auto make = [&random](std::set<uint64_t>& model) {
    GtidSet set(Flavor::kMysql);
    for (unsigned n = random() % 12; n > 0; --n) {
      const uint64_t begin = 1 + random() % 40;
      const uint64_t end = begin + random() % 6;
      REQUIRE(set.add(mysql(std::string(kA) + ":" + std::to_string(begin) + "-" + std::to_string(end))));
      for (uint64_t i = begin; i <= end; ++i) model.insert(i);
    }
    return set;
  };
  const auto check = [](const GtidSet& set, const std::set<uint64_t>& model) {
    CHECK(set.count() == model.size());
    for (uint64_t i = 1; i < 60; ++i) REQUIRE(set.contains(gtid(kA, i)) == (model.count(i) == 1));
    auto again = GtidSet::parse(Flavor::kMysql, set.to_string());
    REQUIRE(again.ok());
    REQUIRE(*again == set);
  };
  for (int round = 0; round < 500; ++round) {
    std::set<uint64_t> a;
    std::set<uint64_t> b;
    const GtidSet left = make(a);
    const GtidSet right = make(b);
    check(left, a);
    REQUIRE(left.contains(right) == std::includes(a.begin(), a.end(), b.begin(), b.end()));
    GtidSet both = left;
    REQUIRE(both.add(right));
    std::set<uint64_t> united = a;
    united.insert(b.begin(), b.end());
    check(both, united);
    GtidSet rest = left;
    REQUIRE(rest.subtract(right));
    std::set<uint64_t> difference;
    std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::inserter(difference, difference.end()));
    check(rest, difference);
  }
}
