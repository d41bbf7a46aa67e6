#include <catch2/catch.hpp>
#include <thread>

#include "tests/integration/contract/stage.hpp"

namespace sluice::test {
namespace {

using model::Json;

Params of(const std::string& name) { return {{"task-name", name}}; }
Json names(const char* name) { return Json::object().set("source_name_list", Json::Array{name}); }

/// What the definition of a task can have wrong with it, for creation and for an update of `good`.
void refuse_definitions(Stage& stage, const char* operation, const Json& good) {
  const auto refuse = [&](int code, const std::string& member, Json value) {
    const Params path = of(*good.find("name")->as_string());
    stage.api->refuses(operation, code, {path, {}, wrapped("task", with(good, member, std::move(value)))});
  };
  const Json conf = (*good.find("source_config")->find("source_conf")->as_array())[0];
  const std::string full = "source_config.full_migrate_conf.";
  refuse(20001, "ignore_checking_items", Json::Array{"some"});
  refuse(20004, "name", "");
  refuse(20008, "timezone", "SYSTEM");
  refuse(20013, "source_config.source_conf", Json::array());
  refuse(20014, "source_config.source_conf", Json::Array{conf, conf});
  refuse(20020, "task_mode", "some");
  refuse(20033, "shard_mode", "some");
  refuse(20053, full + "import_mode", "some");
  refuse(20054, "on_duplicate", "some");
  refuse(20058, full + "data_dir", "");
  refuse(20062, full + "on_duplicate_physical", "some");
  refuse(20063, full + "checksum", "some");
  refuse(20065, full + "analyze", "some");
  refuse(20066, "strict_optimistic_shard_mode", true);
  refuse(20069, full + "import_mode", "import-into");
  Json sharded = with(good, full + "import_mode", "import-into");
  stage.api->refuses(operation, 20068,
                     {of(*good.find("name")->as_string()), {}, with(std::move(sharded), "shard_mode", "optimistic")});
  refuse(49001, "target_config", Json());
  refuse(49001, full + "export_threads", 0);

  const Json rule = (*good.find("table_migrate_rule")->as_array())[0];
  const auto rules = [](Json first) { return Json(Json::Array{std::move(first)}); };
  refuse(20031, "table_migrate_rule", rules(with(rule, "source.source_name", "other")));
  refuse(20044, "table_migrate_rule", rules(with(rule, "source.schema", "a*b")));
  const Json all_tables = with(rule, "source.table", "*");
  refuse(40080, "table_migrate_rule",
         Json::Array{all_tables, with(with(rule, "source.table", "t*"), "target.schema", "elsewhere")});
  refuse(20045, "table_migrate_rule", Json::Array{rule, with(rule, "target.schema", "elsewhere")});
  refuse(49001, "table_migrate_rule", rules(with(rule, "binlog_filter_rule", Json::Array{"nobody"})));
  const Json events = Json::object().set("ignore_event", Json::Array{"some"});
  Json filtered = with(good, "binlog_filter_rule", Json::object().set("r1", events));
  filtered.set("table_migrate_rule", rules(with(rule, "binlog_filter_rule", Json::Array{"r1"})));
  stage.api->refuses(operation, 20037, {of(*good.find("name")->as_string()), {}, std::move(filtered)});
  refuse(20037, "binlog_filter_rule", Json::object().set("nobody's", events));

  const Json expression = Json::object().set("schema", "a").set("table", "t").set("insert_value_expr", "c > 1");
  const auto named = [](Json rule_body) { return Json::object().set("e1", std::move(rule_body)); };
  const auto uses = [&](Json list) { return Json(Json::Array{with(conf, "expression_filter_rule", std::move(list))}); };
  refuse(20039, "expression_filter_rule", named(with(expression, "delete_value_expr", "c > 1")));
  refuse(20040, "source_config.source_conf", uses(Json::Array{"nobody"}));
  refuse(20041, "expression_filter_rule", named(with(expression, "insert_value_expr", "c >")));
  refuse(20042, "expression_filter_rule", named(with(expression, "table", "")));
  Json twice = with(good, "expression_filter_rule", named(expression));
  twice = with(std::move(twice), "source_config.source_conf", uses(Json::Array{"e1", "e1"}));
  stage.api->refuses(operation, 20032, {of(*good.find("name")->as_string()), {}, std::move(twice)});
}

/// The same for creation and for the check that stores nothing.
void refuse_creations(Stage& stage, const char* operation) {
  Contract& api = *stage.api;
  refuse_definitions(stage, operation, stage.task("fresh"));
  const auto create = [](Json task) { return Ask{{}, {}, wrapped("task", std::move(task))}; };
  api.refuses(operation, 10001, create(with(stage.task("fresh"), "target_config.port", 1)));
  api.refuses(operation, 46008, create(stage.task("fresh", "full", "nobody")));
  const auto at_gtid = [&](const char* source, const char* set) {
    const Json conf = Json::object().set("source_name", source).set("binlog_gtid", set);
    return create(
        with(stage.task("fresh", "incremental", source), "source_config.source_conf", Json(Json::Array{conf})));
  };
  api.refuses(operation, 11060, at_gtid("main", "03fc0263-28c7-11e7-a653-6c0b84d59f30:1-7"));
  if (stage.servers.mysql56) api.refuses(operation, 11059, at_gtid("old", "0-1-7"));
  stage.proxy.refuse(true);
  api.refuses(operation, 26002, create(stage.task("fresh", "full", "gone")));
  stage.proxy.refuse(false);
}

/// A task whose removal hangs, because its target does, holds its name.
void refuse_busy(Stage& stage) {
  Contract& api = *stage.api;
  Json slow = with(stage.task("slow"), "target_config.port", stage.proxy.port());
  api.succeeds("createTask", {{}, {}, std::move(slow)});
  stage.proxy.freeze(true);
  HttpReply deleted;
  std::thread deletion([&] { deleted = api.ask("deleteTask", {of("slow")}); });
  const bool noted = wait_for([&] { return api.ask("getTask", {of("slow")}).status == 404; }, 30s);
  api.refuses("createTask", 46024, {{}, {}, stage.task("slow")});
  api.refuses("startTask", 46024, {of("slow")});
  stage.proxy.freeze(false);
  deletion.join();
  CHECK(noted);
  CHECK(deleted.status == 204);
}

void walk_start_and_stop(Stage& stage) {
  Contract& api = *stage.api;
  Json lost = with(stage.task("lost", "incremental"), "meta_schema", "never_there");
  api.succeeds("createTask", {{}, {}, std::move(lost)});
  api.refuses("startTask", 20022, {of("lost")});
  api.refuses("resumeSubtask", 20022, {{{"task-name", "lost"}, {"source-name", "main"}}});
  api.succeeds("deleteTask", {of("lost")});

  api.succeeds("createTask", {{}, {}, stage.incremental_task("sync")});
  api.refuses("startTask", 46018, {of("nobody")});
  api.refuses("startTask", 46008, {of("sync"), {}, names("nobody")});
  api.refuses("startTask", 20060, {of("sync"), {}, Json::object().set("safe_mode_time_duration", "long")});
  api.refuses("startTask", 11058,
              {of("sync"), {}, Json::object().set("until", Json::object().set("binlog_gtid", "no set"))});
  api.refuses("startTask", 49001, {of("sync"), {}, Json::object().set("start_time", "yesterday")});
  api.refuses("startTask", 49001, {of("sync"), {}, Json::object().set("remove_meta", "yes")});
  api.refuses("stopTask", 46018, {of("nobody")});
  api.refuses("stopTask", 46017, {of("sync"), {}, names("nobody")});
  api.refuses("stopTask", 49001, {of("sync"), {}, Json::object().set("timeout_duration", "long")});
  api.succeeds("startTask", {of("sync"), {}, Json::object().set("safe_mode_time_duration", "1s")});
  stage.await_stage("sync", "Running");
  // The stage is that of the subtask; its unit has settled when it reports.
  REQUIRE(wait_for([&] { return api.ask("getTaskStatus", {of("sync")}).has("data[0].sync_status"); }, 60s));

  CHECK(api.succeeds("getTaskStatus", {of("sync"), "stage=runing"}).number("total") == 1);
  CHECK(api.succeeds("getTaskStatus", {of("sync"), "source_name_list=main"}).has("data[0].sync_status"));
  api.refuses("getTaskStatus", 46018, {of("nobody")});
  api.refuses("getTaskStatus", 49001, {of("sync"), "stage=some"});
  CHECK(api.succeeds("getTaskList", {{}, "with_status=true&stage=Running"}).number("total") >= 1);
  api.refuses("getTaskList", 49001, {{}, "with_status=maybe"});
  api.succeeds("getTask", {of("sync"), "with_status=true"});
  api.refuses("getTask", 46018, {of("nobody")});
  api.refuses("updateSource", 46025, {{{"source-name", "main"}}, {}, stage.source("main")});
  INFO(api.ask("getTaskStatus", {of("sync")}).body);
  api.refuses("updateTask", 46035, {of("sync"), {}, stage.incremental_task("sync")});
  api.refuses("deleteTask", 49001, {of("sync")});
  api.refuses("deleteTask", 46018, {of("nobody")});
  api.succeeds("stopTask", {of("sync"), {}, Json::object().set("timeout_duration", "5s")});
  stage.await_stage("sync", "Paused");
}

void walk_update(Stage& stage) {
  Contract& api = *stage.api;
  const Json stored = *model::parse_json(api.ask("getTask", {of("sync")}).body);
  refuse_definitions(stage, "updateTask", stored);
  const auto update = [](Json task) { return Ask{of("sync"), {}, wrapped("task", std::move(task))}; };
  api.refuses("updateTask", 46018, {of("nobody"), {}, with(stored, "name", "nobody")});
  api.refuses("updateTask", 49001, update(with(stored, "name", "other")));
  api.refuses("updateTask", 40081, update(with(stored, "meta_schema", "other")));
  Json other = with(stored, "source_config.source_conf", Json::Array{Json::object().set("source_name", "gone")});
  api.refuses("updateTask", 46034, update(with(std::move(other), "table_migrate_rule", Json::array())));
  api.succeeds("updateTask", update(with(stored, "source_config.incr_migrate_conf.repl_batch", 50)));
}

/// Two tables of the source that are one in a target which does not tell letter case apart.
void refuse_case(Stage& stage) {
  Contract& api = *stage.api;
  Sql sql = stage.servers.mariadb.connect();
  const std::string schema = std::string("cases_") + (api.docs() ? "docs" : "spec");
  sql.exec_all("CREATE DATABASE " + schema + "; CREATE TABLE " + schema + ".t (id INT PRIMARY KEY)");
  const Json target = with(stage.target(), "port", stage.servers.folding.port());
  Json task = with(stage.incremental_task("folded"), "target_config", target);
  const Json source = Json::object().set("source_name", "main").set("schema", schema).set("table", "*");
  task = with(std::move(task), "table_migrate_rule", Json::Array{Json::object().set("source", source)});
  api.succeeds("createTask", {{}, {}, task});
  sql.exec("CREATE TABLE " + schema + ".T (id INT PRIMARY KEY)");
  api.refuses("updateTask", 26001, {of("folded"), {}, wrapped("task", task)});
  api.succeeds("deleteTask", {of("folded")});
  for (const char* id : {"createTask", "checkTask"}) api.refuses(id, 26001, {{}, {}, wrapped("task", task)});
  sql.exec("DROP DATABASE " + schema);
}

/// Servers that were there when the task was made, and are not as they were when it is changed.
void refuse_update_of_servers(Stage& stage) {
  Contract& api = *stage.api;
  const auto refuse = [&](int code, const Json& task, const auto& spoil, const auto& mend) {
    api.succeeds("createTask", {{}, {}, task});
    spoil();
    api.refuses("updateTask", code, {of("moved"), {}, wrapped("task", task)});
    mend();
    api.succeeds("deleteTask", {of("moved")});
  };
  const auto proxy_off = [&] { stage.proxy.refuse(true); };
  const auto proxy_on = [&] { stage.proxy.refuse(false); };
  const Json plain = stage.incremental_task("moved");
  refuse(10001, with(plain, "target_config.port", stage.proxy.port()), proxy_off, proxy_on);
  Json from_gone = stage.task("moved", "incremental", "gone");
  const Json at = (*plain.find("source_config")->find("source_conf")->as_array())[0];
  from_gone = with(std::move(from_gone), "source_config.source_conf", Json::Array{with(at, "source_name", "gone")});
  refuse(26002, from_gone, proxy_off, proxy_on);
  Sql sql = stage.servers.mariadb.connect();
  refuse(
      26005, plain, [&] { sql.exec("SET GLOBAL binlog_row_image = 'MINIMAL'"); },
      [&] { sql.exec("SET GLOBAL binlog_row_image = 'FULL'"); });
}

}  // namespace

void walk_tasks(Stage& stage) {
  Contract& api = *stage.api;
  refuse_creations(stage, "createTask");
  api.refuses("createTask", 46009, {{}, {}, stage.task("fresh", "full", "unbound")});
  api.refuses("createTask", 26005, {{}, {}, stage.task("fresh", "full", "limited")});
  refuse_creations(stage, "checkTask");
  api.succeeds("checkTask", {{}, {}, wrapped("task", stage.task("fresh"))});
  CHECK(api.succeeds("checkTask", {{}, {}, stage.task("fresh", "full", "limited")}).number("summary.failed") > 0);
  api.succeeds("createTask", {{}, {}, wrapped("task", stage.task("copy"))});
  api.refuses("createTask", 46014, {{}, {}, stage.task("copy")});
  api.succeeds("startTask", {of("copy")});
  stage.await_stage("copy", "Finished");
  // Enabling starts every task of the source: only one that has finished is there.
  api.succeeds("disableSource", {{{"source-name", "main"}}});
  api.refuses("startTask", 38058, {of("copy")});
  api.refuses("resumeSubtask", 38058, {{{"task-name", "copy"}, {"source-name", "main"}}});
  api.succeeds("enableSource", {{{"source-name", "main"}}});
  Json safe = with(stage.incremental_task("safe"), "source_config.incr_migrate_conf.safe_mode", true);
  api.succeeds("createTask", {{}, {}, std::move(safe)});
  api.refuses("startTask", 20061, {of("safe"), {}, Json::object().set("safe_mode_time_duration", "0s")});
  api.succeeds("deleteTask", {of("safe")});
  walk_start_and_stop(stage);
  walk_update(stage);
  refuse_update_of_servers(stage);
  refuse_case(stage);
  refuse_busy(stage);
  walk_structures(stage);
  api.succeeds("deleteTask", {of("copy"), "force=true"});
}

}  // namespace sluice::test
