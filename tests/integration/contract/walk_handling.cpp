#include <catch2/catch.hpp>

#include "tests/integration/contract/stage.hpp"

namespace sluice::test {
namespace {

using model::Json;

Params of(const std::string& task, const std::string& source = "main") {
  return {{"task-name", task}, {"source-name", source}};
}

Json sqls(const char* sql) { return Json::object().set("sqls", Json::Array{Json(sql)}); }

/// A task that stops at a unique key, for which the target's rows are no good.
void make_halted(Stage& stage, const std::string& schema) {
  Sql sql = stage.servers.mariadb.connect();
  const std::string target = schema + "_target";
  for (const std::string& name : {schema, target}) {
    sql.exec("CREATE DATABASE " + name);
    sql.exec("CREATE TABLE " + name + ".t (id INT PRIMARY KEY, v INT)");
  }
  sql.exec("INSERT INTO " + target + ".t VALUES (1, 7), (2, 7)");
  Json rule =
      Json::object().set("source", Json::object().set("source_name", "main").set("schema", schema).set("table", "*"));
  rule.set("target", Json::object().set("schema", target));
  const Json task = with(stage.incremental_task("halted"), "table_migrate_rule", Json::Array{std::move(rule)});
  stage.api->succeeds("createTask", {{}, {}, task});
  stage.api->succeeds("startTask", {{{"task-name", "halted"}}});
  sql.exec("ALTER TABLE " + schema + ".t ADD UNIQUE KEY uv (v)");
  stage.await_stage("halted", "Paused");
}

void refuse_alike(Contract& api, const char* id, const Json& body) {
  api.refuses(id, 46018, {of("nobody"), {}, body});
  api.refuses(id, 46008, {of("halted", "nobody"), {}, body});
  api.refuses(id, 40054, {of("halted", "gone"), {}, body});
}

/// A request that leaves the subtask where it is.
Json waiting(Json body) { return body.set("resume", false); }

}  // namespace

void walk_handlings(Stage& stage) {
  Contract& api = *stage.api;
  const std::string schema = std::string("ddl_") + (api.docs() ? "docs" : "spec");
  make_halted(stage, schema);
  const std::string add_key = "ALTER TABLE " + schema + ".t ADD KEY uv (v)";
  const Json good = waiting(sqls(add_key.c_str()));
  const Json empty = Json::object();
  for (const auto& [id, body] : {std::pair<const char*, Json>{"getErrorHandlings", Json()},
                                 {"skipStatement", empty},
                                 {"replaceStatement", good},
                                 {"injectStatements", good},
                                 {"revertErrorHandlings", Json()}}) {
    refuse_alike(api, id, body);
    api.refuses(id, 40051, {of("idle"), {}, body});
    if (std::string(id) != "getErrorHandlings") api.refuses(id, 40056, {of("stuck"), {}, body});
  }
  // A trial stores nothing, and the subtask stays where it is.
  CHECK(api.ask("replaceStatement", {of("halted"), "dry_run=true", sqls(add_key.c_str())}).text("dry_run") == "true");
  CHECK(api.ask("skipStatement", {of("halted"), "dry_run=true"}).text("dry_run") == "true");
  CHECK(api.ask("getErrorHandlings", {of("halted")}).number("total") == 0);
  stage.await_stage("halted", "Paused");
  for (const char* id : {"replaceStatement", "injectStatements"}) {
    api.refuses(id, 49001, {of("halted"), {}, empty});
    api.refuses(id, 36067, {of("halted"), {}, sqls("DELETE FROM t")});
    api.refuses(id, 44015, {of("halted"), {}, sqls("DROP TABLE elsewhere.t")});
    api.succeeds(id, {of("halted"), {}, good});
  }
  CHECK(api.succeeds("getErrorHandlings", {of("halted")}).number("total") == 1);
  api.succeeds("revertErrorHandlings", {of("halted")});
  api.refuses("revertErrorHandlings", 49001, {of("halted")});
  api.refuses("skipStatement", 49001, {of("halted"), {}, Json::object().set("binlog_pos", 4)});
  api.succeeds("skipStatement", {of("halted"), {}, empty});
  stage.await_stage("halted", "Running");

  refuse_alike(api, "pauseSubtask", empty);
  api.refuses("pauseSubtask", 49001, {of("halted"), {}, Json::object().set("timeout_duration", "long")});
  api.succeeds("pauseSubtask", {of("halted"), {}, empty});
  stage.await_stage("halted", "Paused");
  refuse_alike(api, "resumeSubtask", Json());
  api.succeeds("resumeSubtask", {of("halted")});
  stage.await_stage("halted", "Running");
  api.succeeds("stopTask", {{{"task-name", "halted"}}});
  stage.await_stage("halted", "Paused");
  api.succeeds("deleteTask", {{{"task-name", "halted"}}});
}

}  // namespace sluice::test
