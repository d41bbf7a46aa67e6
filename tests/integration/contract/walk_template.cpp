#include <catch2/catch.hpp>

#include "tests/integration/contract/stage.hpp"

namespace sluice::test {
namespace {

using model::Json;

Params of(const std::string& name) { return {{"task-name", name}}; }

}  // namespace

void walk_templates(Stage& stage) {
  Contract& api = *stage.api;
  const Json good = stage.task("template");
  const auto flat = [](Json task) { return Ask{{}, {}, std::move(task)}; };
  api.succeeds("createTaskTemplate", flat(good));
  api.refuses("createTaskTemplate", 20050, flat(good));
  api.refuses("createTaskTemplate", 10001, flat(with(good, "target_config.port", 1)));
  api.refuses("createTaskTemplate", 20004, flat(with(good, "name", "")));
  api.refuses("createTaskTemplate", 20008, flat(with(good, "timezone", "SYSTEM")));
  api.refuses("createTaskTemplate", 20020, flat(with(good, "task_mode", "some")));
  CHECK(api.succeeds("getTaskTemplateList").number("total") == 1);
  api.succeeds("getTaskTemplate", {of("template")});
  api.refuses("getTaskTemplate", 20051, {of("nobody")});
  api.succeeds("updateTaskTemplate", {of("template"), {}, with(good, "task_mode", "all")});
  api.refuses("updateTaskTemplate", 20051, {of("nobody"), {}, with(good, "name", "nobody")});
  api.refuses("updateTaskTemplate", 49001, {of("template"), {}, with(good, "name", "nobody")});
  api.succeeds("createTask", flat(stage.task("origin")));
  CHECK(api.succeeds("importTaskTemplate").has("success_task_list[0]"));
  CHECK(api.succeeds("importTaskTemplate").has("failed_task_list[0].error_msg"));
  api.succeeds("deleteTask", {of("origin")});
  api.succeeds("deleteTaskTemplate", {of("template")});
  if (!api.built("convertTask")) return;
  api.succeeds("convertTask", flat(wrapped("task", good)));
  api.refuses("convertTask", 46008, flat(wrapped("task", stage.task("x", "full", "nobody"))));
  api.refuses("convertTask", 49001, flat(Json::object()));
  api.refuses("convertTask", 20003, flat(Json::object().set("task_config_file", "name: [")));
}

}  // namespace sluice::test
