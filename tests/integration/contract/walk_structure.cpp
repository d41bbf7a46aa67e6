#include <catch2/catch.hpp>

#include "tests/integration/contract/stage.hpp"

namespace sluice::test {
namespace {

using model::Json;

Params of(const std::string& task, const std::string& source = "main", const std::string& schema = "shop",
          const std::string& table = "t") {
  return {{"task-name", task}, {"source-name", source}, {"schema-name", schema}, {"table-name", table}};
}

Json content(const char* sql) { return Json::object().set("sql_content", sql); }
Json from(const char* side) { return Json::object().set("schema_source", side); }

/// A copy that stops at a row which is there already.
void make_stuck(Stage& stage) {
  stage.api->succeeds("createTask", {{}, {}, with(stage.task("stuck"), "on_duplicate", "error")});
  stage.api->succeeds("startTask", {{{"task-name", "stuck"}}});
  stage.await_stage("stuck", "Paused");
  stage.api->succeeds("stopTask", {{{"task-name", "stuck"}}});
}

/// What all of them refuse. A task that has not been started is neither running nor paused.
void refuse_alike(Contract& api, const char* id, const Json& body) {
  api.refuses(id, 46018, {of("nobody"), {}, body});
  api.refuses(id, 46008, {of("sync", "nobody"), {}, body});
  api.refuses(id, 40054, {of("sync", "gone"), {}, body});
  api.refuses(id, 40051, {of("idle"), {}, body});
}

void walk_changes(Contract& api, const char* id) {
  const Json good = content("CREATE TABLE x (id INT PRIMARY KEY, v INT)");
  refuse_alike(api, id, good);
  api.refuses(id, 40056, {of("stuck"), {}, good});
  api.refuses(id, 49001, {of("sync"), {}, Json::object()});
  api.refuses(id, 49001, {of("sync"), {}, from("elsewhere")});
  api.refuses(id, 44009, {of("sync"), {}, content("DROP TABLE t")});
  api.refuses(id, 44008, {of("sync"), {}, content("CREATE TABLE t (id")});
  api.refuses(id, 44015, {of("sync", "main", "elsewhere"), {}, good});
  api.refuses(id, 44005, {of("sync", "main", "shop", "missing"), {}, from("upstream")});
  api.refuses(id, 44007, {of("sync", "main", "shop", "missing"), {}, from("downstream")});
  api.succeeds(id, {of("sync"), {}, from("upstream")});
  api.succeeds(id, {of("sync"), {}, from("downstream")});
  api.succeeds(id, {of("sync"), {}, good});
}

}  // namespace

void walk_structures(Stage& stage) {
  Contract& api = *stage.api;
  make_stuck(stage);
  api.succeeds("createTask", {{}, {}, stage.task("idle")});

  refuse_alike(api, "getTaskMigrateTargets", Json());
  api.refuses("getTaskMigrateTargets", 49001, {of("sync"), "table_pattern=("});
  CHECK(api.succeeds("getTaskMigrateTargets", {of("sync"), "schema_pattern=shop"}).number("total") == 1);

  walk_changes(api, "operateTableStructure");
  walk_changes(api, "postTableStructure");
  for (const char* id : {"getSchemaListByTaskAndSource", "getTableListByTaskAndSource", "getTableStructure"}) {
    refuse_alike(api, id, Json());
    api.refuses(id, 40056, {of("stuck")});
    api.succeeds(id, {of("sync")});
  }
  api.refuses("getTableListByTaskAndSource", 44005, {of("sync", "main", "elsewhere")});
  api.refuses("getTableStructure", 44015, {of("sync", "main", "elsewhere")});
  refuse_alike(api, "deleteTableStructure", Json());
  api.refuses("deleteTableStructure", 40056, {of("stuck")});
  api.succeeds("deleteTableStructure", {of("sync")});
  walk_handlings(stage);
  for (const char* name : {"stuck", "idle"}) api.succeeds("deleteTask", {{{"task-name", name}}});
}

}  // namespace sluice::test
