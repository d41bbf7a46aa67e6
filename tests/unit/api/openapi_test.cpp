#include <catch2/catch.hpp>

#include <set>
#include <string>

#include "tests/unit/api/api_fixture.hpp"

using namespace sluice;
using namespace sluice::testing;
using model::Json;

TEST_CASE("api: the description requires all of sync_status but the lag, which may be unknown", "[unit][api]") {
  ApiUnderTest test;
  const Json document = test.json(test.call("getOpenApi"));
  const Json* sync = document.find("components")->find("schemas")->find("SyncStatus");
  REQUIRE(sync);
  std::set<std::string> required;
  for (const auto& name : *sync->find("required")->as_array()) required.insert(*name.as_string());
  for (const auto& member : *sync->find("properties")->as_object()) {
    INFO(member.name);
    CHECK(required.contains(member.name) == (member.name != "seconds_behind_master" && member.name != "counters"));
  }
  CHECK(sync->find("properties")->find("seconds_behind_master"));
}
