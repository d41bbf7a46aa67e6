#include <catch2/catch.hpp>

#include "core/model/json.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/sluiced.hpp"

using namespace sluice;
using namespace sluice::test;
using Catch::Matchers::Contains;
using model::Json;

namespace {

/// The entry whose member `name` is `value`; null when there is none.
const Json* entry(const Json& list, const char* name, const std::string& value) {
  for (const Json& item : *list.find("data")->as_array()) {
    const Json* found = item.find(name);
    if (found && *found == Json(value)) return &item;
  }
  return nullptr;
}

}  // namespace

TEST_CASE("plugins: the list tells what is loaded, what was refused and why, and no value of a setting",
          "[integration][app]") {
  SLUICE_SKIP_IF(SluicedProcess::missing());
  const TempDir folder;
  write_file(folder.path() / "broken.so", "not a library");
  SluicedOptions options;
  options.name = "node7";
  options.plugin_paths = {folder.path()};
  const SluicedProcess node(options);

  const HttpReply reply = node.api().get("/api/v1/plugins");
  REQUIRE(reply.status == 200);
  const Json list = *model::parse_json(reply.body);
  for (const Json& item : *list.find("data")->as_array()) CHECK(*item.find("node") == Json("node7"));

  const Json* refused = entry(list, "state", "refused");
  REQUIRE(refused);
  CHECK(*refused->find("file") == Json((folder.path() / "broken.so").string()));
  CHECK_THAT(*refused->find("reason")->as_string(), Contains("cannot load") && Contains("Workaround"));

  const Json* store = entry(list, "name", "sqlite");
  REQUIRE(store);
  CHECK(*store->find("kind") == Json("store"));
  CHECK(*store->find("state") == Json("loaded"));
  const Json& instance = store->find("instances")->as_array()->at(0);
  CHECK(*instance.find("healthy") == Json(true));
  CHECK(reply.body.find("sluice.db") == std::string::npos);

  const Json* http = entry(list, "name", "http");
  REQUIRE(http);
  CHECK(http->find("instances")->as_array()->size() == 1);
  const Json* sink = entry(list, "name", "mysql");
  REQUIRE(sink);
  CHECK(sink->find("instances")->as_array()->empty());
  bool secret = false;
  for (const Json& setting : *sink->find("settings")->as_array()) {
    if (*setting.find("name") == Json("password")) secret = *setting.find("secret") == Json(true);
  }
  CHECK(secret);
}
