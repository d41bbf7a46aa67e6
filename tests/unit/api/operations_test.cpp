// What the table promises to those who build on it: transports, the OpenAPI document, sluicectl.
#include "core/api/operations.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <sstream>
#include <string>

#include "core/api/handlers.hpp"

using namespace sluice;

TEST_CASE("api: every operation has an id, a route and a command of its own", "[unit][api]") {
  std::set<std::string> ids, routes, commands;
  for (const auto& operation : api::operations()) {
    INFO(operation.id);
    CHECK(ids.insert(operation.id).second);
    CHECK(routes.insert(std::string(operation.method) + " " + operation.path).second);
    CHECK(commands.insert(operation.command).second);
    std::istringstream words(operation.command);
    std::string group, verb, more;
    CHECK((words >> group >> verb));
    CHECK_FALSE(words >> more);
    CHECK(std::string(operation.summary).size() > 3);
    CHECK(api::find_operation(operation.id) == &operation);
  }
  CHECK(api::find_operation("noSuchOperation") == nullptr);
}

TEST_CASE("api: handlers stand beside the operation they belong to", "[unit][api]") {
  const auto* create = api::find_operation("createTask");
  REQUIRE(create);
  CHECK(api::handler_of(*create) == api::handlers::create_task);
  const auto* status = api::find_operation("getStatus");
  REQUIRE(status);
  CHECK(api::handler_of(*status) == api::handlers::status);
}
