#include <catch2/catch.hpp>

#include "tests/unit/api/api_fixture.hpp"

using namespace sluice;
using namespace sluice::testing;
using model::Json;
using model::to_text;

namespace {

const std::string kFile = R"yaml(name: t
task-mode: all
target-database: {host: h, port: 4000, user: root, password: "cl34r"}
mysql-instances: [{source-id: mysql-01, block-allow-list: l, syncer: {batch: 7}}]
block-allow-list: {l: {do-dbs: [shop]}}
)yaml";

std::string with_file(const std::string& yaml) { return to_text(Json::object().set("task_config_file", yaml)); }

}  // namespace

TEST_CASE("converter: a file becomes a task and a task a file, in both dialects, and nothing is stored",
          "[unit][api]") {
  const auto dialect = GENERATE(api::Dialect::Docs, api::Dialect::Spec);
  ApiUnderTest test(dialect);
  CHECK(test.refusal("convertTask", with_file(kFile)) == "400 46008");
  REQUIRE(test.call("createSource", kSource).status < 300);
  const auto first = test.call("convertTask", with_file(kFile));
  INFO(first.body);
  REQUIRE(first.status == (dialect == api::Dialect::Docs ? 200 : 201));
  CHECK(first.body.find("cl34r") == std::string::npos);
  const Json both = test.json(first);
  const Json& task = *both.find("task");
  CHECK(*task.find("source_config")->find("incr_migrate_conf")->find("repl_batch") == Json(7));
  CHECK(*task.find("source_config")->find("source_conf")->as_array()->front().find("block_allow_list") == Json("l"));
  CHECK(*task.find("target_config")->find("password") == Json("******"));

  // The task of the reply, either form of it: the same again.
  const auto second = test.call("convertTask", to_text(Json::object().set("task", task)));
  INFO(second.body);
  REQUIRE(second.status == first.status);
  CHECK(second.body == first.body);
  CHECK(test.call("convertTask", with_file(*both.find("task_config_file")->as_string())).body == first.body);
  CHECK(*test.json(test.call("getTaskList")).find("total") == Json(0));
  CHECK(*test.json(test.call("getTaskTemplateList")).find("total") == Json(0));
}

TEST_CASE("converter: what is wrong, or cannot be expressed, is refused", "[unit][api]") {
  ApiUnderTest test;
  REQUIRE(test.call("createSource", kSource).status == 200);
  CHECK(test.refusal("convertTask") == "400 49001");
  CHECK(test.refusal("convertTask", "{}") == "400 49001");
  CHECK(test.refusal("convertTask", R"({"task":null,"task_config_file":null})") == "400 49001");
  CHECK(test.refusal("convertTask", R"({"task":{"name":"t"},"task_config_file":"x"})") == "400 49001");
  CHECK(test.refusal("convertTask", R"({"task_config_file":5})") == "400 49001");
  CHECK(test.refusal("convertTask", R"({"task":{"name":"t","task_mode":"x"}})") == "400 49001");
  CHECK(test.refusal("convertTask", with_file("a: [")) == "400 20003");
  const auto refused = test.call("convertTask", with_file(kFile + "case-sensitive: true\n"));
  CHECK(test.code(refused) == "20003");
  CHECK(refused.body.find("`case-sensitive` (line 6)") != std::string::npos);
  // Nobody reads this machine's files through the API.
  std::string tls = kFile;
  tls.insert(tls.find("password:"), "security: {ssl-ca: /etc/hostname}, ");
  CHECK(test.refusal("convertTask", with_file(tls)) == "400 20003");
  Json task = *test.json(test.call("convertTask", with_file(kFile))).find("task");
  task.set("filters", Json(Json::Array{Json::object().set("plugin", "p")}));
  CHECK(test.refusal("convertTask", to_text(Json::object().set("task", task))) == "400 20003");
}
