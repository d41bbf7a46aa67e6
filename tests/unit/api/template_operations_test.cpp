#include <catch2/catch.hpp>

#include "core/cluster/state_store.hpp"
#include "tests/unit/api/api_fixture.hpp"

using namespace sluice;
using namespace sluice::testing;
using model::Json;
using model::to_text;

namespace {

Json task_json(const std::string& name = "task-1") {
  Json target = Json::object().set("host", "127.0.0.1").set("port", 4000).set("user", "root");
  target.set("password", "cl34r");
  Json conf = Json::array();
  conf.push(Json::object().set("source_name", "mysql-01"));
  Json json = Json::object().set("name", name).set("task_mode", "all").set("target_config", std::move(target));
  json.set("table_migrate_rule", Json::array());
  json.set("source_config", Json::object().set("source_conf", std::move(conf)));
  return json;
}

const Query kTask{{"task-name", "task-1"}};

/// What lies below the templates' prefix, as the store holds it.
std::string stored(ApiUnderTest& test) {
  std::string out;
  cluster::StateStore store(test.node.node->store());
  auto entries = store.range("/sluice/v1/templates");
  REQUIRE(entries.ok());
  for (const auto& entry : *entries) out += entry.key + " " + entry.value + "\n";
  return out;
}

}  // namespace

TEST_CASE("templates: create, get, list, replace and delete, in both dialects and both shapes", "[unit][api]") {
  const auto dialect = GENERATE(api::Dialect::Docs, api::Dialect::Spec);
  ApiUnderTest test(dialect);
  // No source exists: a template does not look at them.
  const auto created = test.call("createTaskTemplate", to_text(task_json()));
  INFO(created.body);
  REQUIRE(created.status == 201);
  CHECK(*test.json(created).find("name") == Json("task-1"));
  CHECK(*test.json(created).find("on_duplicate") == Json(dialect == api::Dialect::Docs ? "overwrite" : "replace"));
  CHECK(test.refusal("createTaskTemplate", to_text(task_json())) == "400 20050");
  CHECK(test.call("createTaskTemplate", to_text(Json::object().set("task", task_json("task-12")))).status == 201);
  CHECK(test.call("createTaskTemplate", to_text(task_json("a/b 'c'"))).status == 201);
  CHECK(*test.json(test.call("getTaskTemplateList")).find("total") == Json(3));

  const auto got = test.call("getTaskTemplate", {}, {{"task-name", "a/b 'c'"}});
  CHECK(got.status == 200);
  CHECK(*test.json(got).find("name") == Json("a/b 'c'"));
  CHECK(test.refusal("getTaskTemplate", {}, {{"task-name", "task"}}) == "400 20051");

  Json changed = task_json().set("task_mode", "full");
  const auto updated = test.call("updateTaskTemplate", to_text(changed), kTask);
  CHECK(updated.status == 200);
  CHECK(*test.json(test.call("getTaskTemplate", {}, kTask)).find("task_mode") == Json("full"));
  CHECK(test.refusal("updateTaskTemplate", to_text(changed), {{"task-name", "task-12"}}) == "400 49001");
  CHECK(test.refusal("updateTaskTemplate", to_text(task_json("x")), {{"task-name", "x"}}) == "400 20051");

  CHECK(test.call("deleteTaskTemplate", {}, kTask).status == 204);
  CHECK(test.call("deleteTaskTemplate", {}, kTask).status == 204);
  CHECK(test.refusal("getTaskTemplate", {}, kTask) == "400 20051");
  CHECK(*test.json(test.call("getTaskTemplateList")).find("total") == Json(2));
  CHECK(*test.json(test.call("getTaskList")).find("total") == Json(0));
}

TEST_CASE("templates: definition, filters and target are checked and nothing is stored when they fail", "[unit][api]") {
  ApiUnderTest test;
  CHECK(test.refusal("createTaskTemplate", "{}") == "400 20004");
  CHECK(test.refusal("createTaskTemplate", to_text(task_json().set("timezone", "Local"))) == "400 20008");
  test.target = make_error(10001, "no target");
  CHECK(test.refusal("createTaskTemplate", to_text(task_json())) == "400 10001");
  test.target = {};
  test.filters = make_error(20037, "bad event");
  CHECK(test.refusal("createTaskTemplate", to_text(task_json())) == "400 20037");
  test.filters = {};
  CHECK(stored(test).empty());
  REQUIRE(test.call("createTaskTemplate", to_text(task_json())).status == 201);
  test.target = make_error(10001, "no target");
  CHECK(test.refusal("updateTaskTemplate", to_text(task_json().set("task_mode", "full")), kTask) == "400 10001");
  CHECK(*test.json(test.call("getTaskTemplate", {}, kTask)).find("task_mode") == Json("all"));
}

TEST_CASE("templates: the password is masked in replies, sealed in the store and kept by an update that leaves it out",
          "[unit][api]") {
  ApiUnderTest test;
  const auto created = test.call("createTaskTemplate", to_text(task_json()));
  REQUIRE(created.status == 201);
  const auto listed = test.call("getTaskTemplateList");
  for (const auto& reply : {created, listed, test.call("getTaskTemplate", {}, kTask)}) {
    CHECK(reply.body.find("cl34r") == std::string::npos);
    CHECK(reply.body.find("******") != std::string::npos);
  }
  CHECK(stored(test).find("/sluice/v1/templates/task-1 ") == 0);
  CHECK(stored(test).find("cl34r") == std::string::npos);
  CHECK(test.node.node->task_template("task-1")->target.endpoint.password == "cl34r");

  // GET, edit, PUT.
  Json edited = test.json(test.call("getTaskTemplate", {}, kTask));
  edited.set("task_mode", "full");
  REQUIRE(test.call("updateTaskTemplate", to_text(edited), kTask).status == 200);
  CHECK(test.node.node->task_template("task-1")->target.endpoint.password == "cl34r");
  edited.find("target_config")->erase("password");
  REQUIRE(test.call("updateTaskTemplate", to_text(edited), kTask).status == 200);
  CHECK(test.node.node->task_template("task-1")->target.endpoint.password == "cl34r");
  edited.find("target_config")->set("password", "");
  REQUIRE(test.call("updateTaskTemplate", to_text(edited), kTask).status == 200);
  CHECK(test.node.node->task_template("task-1")->target.endpoint.password.empty());
}

TEST_CASE("templates: TLS material of the full migration survives GET, edit, PUT", "[unit][api]") {
  ApiUnderTest test;
  const std::string pem = "-----BEGIN X-----\nY\n-----END X-----\n";
  Json security = Json::object().set("ssl_ca_content", pem).set("ssl_cert_content", pem).set("ssl_key_content", pem);
  Json json = task_json();
  json.find("source_config")->set("full_migrate_conf", Json::object().set("security", std::move(security)));
  const auto created = test.call("createTaskTemplate", to_text(json));
  INFO(created.body);
  REQUIRE(created.status == 201);
  CHECK(created.body.find("BEGIN") == std::string::npos);
  REQUIRE(test.call("updateTaskTemplate", test.call("getTaskTemplate", {}, kTask).body, kTask).status == 200);
  CHECK(test.node.node->task_template("task-1")->full_migrate_conf->security->ssl_key_content == pem);
}

TEST_CASE("templates: import makes one of each task, and existing ones fail unless overwritten", "[unit][api]") {
  ApiUnderTest test(api::Dialect::Spec);
  REQUIRE(test.call("createSource", to_text(Json::object().set("source", *model::parse_json(kSource)))).status == 201);
  CHECK(test.call("importTaskTemplate").status == 202);
  REQUIRE(test.call("createTask", to_text(task_json("one"))).status == 201);
  REQUIRE(test.call("createTask", to_text(task_json("two"))).status == 201);
  REQUIRE(test.call("createTaskTemplate", to_text(task_json("two").set("meta_schema", "old"))).status == 201);

  const Json first = test.json(test.call("importTaskTemplate", "{}"));
  CHECK(to_text(*first.find("success_task_list")) == R"(["one"])");
  const Json& failed = *first.find("failed_task_list");
  REQUIRE(failed.as_array()->size() == 1);
  CHECK(*failed.as_array()->front().find("task_name") == Json("two"));
  CHECK(failed.as_array()->front().find("error_msg")->as_string()->find("code=20050") != std::string::npos);
  CHECK(test.node.node->task_template("two")->meta_schema == "old");

  const Json second = test.json(test.call("importTaskTemplate", R"({"overwrite": true})"));
  CHECK(to_text(*second.find("success_task_list")) == R"(["one","two"])");
  CHECK(second.find("failed_task_list")->as_array()->empty());
  CHECK(test.node.node->task_template("two")->meta_schema == "dm_meta");
  CHECK(test.node.node->task_template("two")->target.endpoint.password == "cl34r");
  CHECK(test.refusal("importTaskTemplate", R"({"overwrite": 1})") == "400 49001");
}
