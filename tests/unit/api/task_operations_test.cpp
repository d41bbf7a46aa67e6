#include <catch2/catch.hpp>

#include <set>

#include "core/api/operations.hpp"
#include "tests/unit/api/api_fixture.hpp"

using namespace sluice;
using namespace sluice::testing;
using model::Json;

namespace {

/// The product document's example, trailing comma included; only the rule's source is one of source_conf.
const char* const kDocumentTask = R"({
  "task": {
    "name": "task-1",
    "task_mode": "all",
    "shard_mode": "pessimistic",
    "meta_schema": "dm-meta",
    "enhance_online_schema_change": true,
    "on_duplicate": "overwrite",
    "target_config": {
      "host": "127.0.0.1",
      "port": 3306,
      "user": "root",
      "password": "123456",
      "security": {
        "ssl_ca_content": "",
        "ssl_cert_content": "",
        "ssl_key_content": "",
        "cert_allowed_cn": [
          "string"
        ]
      }
    },
    "binlog_filter_rule": {
      "rule-1": {"ignore_event": ["all dml"], "ignore_sql": ["^Drop"]},
      "rule-2": {"ignore_event": ["all dml"], "ignore_sql": ["^Drop"]},
      "rule-3": {"ignore_event": ["all dml"], "ignore_sql": ["^Drop"]}
    },
    "table_migrate_rule": [
      {
        "source": {
          "source_name": "mysql-01",
          "schema": "db-*",
          "table": "tb-*"
        },
        "target": {
          "schema": "db1",
          "table": "tb1"
        },
        "binlog_filter_rule": [
          "rule-1",
          "rule-2",
          "rule-3",
        ]
      }
    ],
    "source_config": {
      "full_migrate_conf": {
        "export_threads": 4,
        "import_threads": 16,
        "data_dir": "./exported_data",
        "consistency": "auto"
      },
      "incr_migrate_conf": {
        "repl_threads": 16,
        "repl_batch": 100
      },
      "source_conf": [
        {
          "source_name": "mysql-01",
          "binlog_name": "binlog.000001",
          "binlog_pos": 4,
          "binlog_gtid": "03fc0263-28c7-11e7-a653-6c0b84d59f30:1-7041423,05474d3c-28c7-11e7-8352-203db246dd3d:1-170"
        }
      ]
    }
  }
})";

Json document_task() {
  model::JsonOptions lax;
  lax.trailing_commas = true;
  return *model::parse_json(kDocumentTask, lax)->find("task");
}

std::string with(const std::string& member, const std::string& value) {
  Json json = document_task();
  json.set(member, *model::parse_json(value));
  return to_text(json);
}

std::string with_full(const std::string& value) {
  Json json = document_task();
  json.find("source_config")->set("full_migrate_conf", *model::parse_json(value));
  return to_text(json);
}

const Query kTask{{"task-name", "task-1"}};

bool stage_is(ApiUnderTest& test, const std::string& stage) {
  const Json list = test.json(test.call("getTaskStatus", {}, kTask, {{"stage", stage}}));
  return *list.find("total") == Json(1);
}

}  // namespace

TEST_CASE("tasks: the product document's requests work as they are shown", "[unit][api]") {
  ApiUnderTest test;
  REQUIRE(test.call("createSource", kSource).status == 200);
  const auto created = test.call("createTask", kDocumentTask);
  INFO(created.body);
  REQUIRE(created.status == 200);
  CHECK(created.body.find("123456") == std::string::npos);
  const Json task = test.json(created);
  // What was posted comes back, secrets masked.
  Json expected = document_task();
  expected.find("target_config")->set("password", "******");
  for (const auto& member : *expected.as_object()) {
    if (member.name == "source_config") continue;  // has defaults filled in
    INFO(member.name << ": " << to_text(*task.find(member.name)));
    CHECK(to_text(*task.find(member.name)).size() == to_text(member.value).size());
  }
  CHECK(*task.find("on_duplicate") == Json("overwrite"));
  CHECK(test.call("getTask", {}, kTask, {{"with_status", "true"}}).status == 200);
  CHECK(stage_is(test, "stopped"));

  CHECK(test.call("startTask", {}, kTask).status == 204);
  CHECK(eventually([&] { return stage_is(test, "runing"); }));
  const Json list =
      test.json(test.call("getTaskList", {}, {}, {{"stage", "Running"}, {"source_name_list", "mysql-01"}}));
  CHECK(*list.find("total") == Json(1));
  CHECK(test.refusal("deleteTask", {}, kTask) == "400 49001");
  CHECK(test.call("stopTask", {}, kTask).status == 200);
  CHECK(eventually([&] { return stage_is(test, "Paused"); }));
  const auto updated = test.call("updateTask", kDocumentTask, kTask);
  INFO(updated.body);
  CHECK(updated.status == 200);
  CHECK(test.call("deleteTask", {}, kTask).status == 204);
  CHECK(test.refusal("getTask", {}, kTask) == "404 46018");
  CHECK(test.refusal("getTaskStatus", {}, kTask) == "400 46018");
}

TEST_CASE("tasks: refusals of creation carry the documented numbers and nothing is stored", "[unit][api]") {
  ApiUnderTest test;
  CHECK(test.refusal("createTask", kDocumentTask) == "400 46008");
  REQUIRE(test.call("createSource", kSource).status == 200);
  CHECK(test.refusal("createTask", "{}") == "400 20004");
  CHECK(test.refusal("createTask", with("name", "\"\"")) == "400 20004");
  CHECK(test.refusal("createTask", with("task_mode", "\"some\"")) == "400 20020");
  CHECK(test.refusal("createTask", with("shard_mode", "\"some\"")) == "400 20033");
  CHECK(test.refusal("createTask", with("on_duplicate", "\"some\"")) == "400 20054");
  CHECK(test.refusal("createTask", with("timezone", "\"SYSTEM\"")) == "400 20008");
  CHECK(test.refusal("createTask", with("timezone", "\"+14:01\"")) == "400 20008");
  CHECK(test.refusal("createTask", with("strict_optimistic_shard_mode", "true")) == "400 20066");
  CHECK(test.refusal("createTask", with("ignore_checking_items", "[\"some\"]")) == "400 20001");
  CHECK(test.refusal("createTask", with("target_config", "null")) == "400 49001");
  CHECK(test.refusal("createTask", with("table_migrate_rule", "{}")) == "400 49001");
  CHECK(test.refusal("createTask", with("source_config", R"({"source_conf":[]})")) == "400 20013");
  CHECK(test.refusal(
            "createTask",
            with("source_config", R"({"source_conf":[{"source_name":"mysql-01"},{"source_name":"mysql-01"}]})")) ==
        "400 20014");
  CHECK(test.refusal("createTask", with("source_config", R"({"source_conf":[{"source_name":"other"}]})")) ==
        "400 20031");
  CHECK(test.refusal("createTask", with_full(R"({"import_mode":"some"})")) == "400 20053");
  CHECK(test.refusal("createTask", with_full(R"({"import_mode":"physical"})")) == "400 20053");
  CHECK(test.refusal("createTask", with_full(R"({"import_mode":"import-into"})")) == "400 20068");
  CHECK(test.refusal("createTask", with_full(R"({"on_duplicate_physical":"some"})")) == "400 20062");
  CHECK(test.refusal("createTask", with_full(R"({"checksum":"some"})")) == "400 20063");
  CHECK(test.refusal("createTask", with_full(R"({"analyze":"some"})")) == "400 20065");
  CHECK(test.refusal("createTask", with_full(R"({"export_threads":0})")) == "400 49001");
  const auto unknown_rule = test.call("createTask", with("binlog_filter_rule", "{}"));
  CHECK(test.code(unknown_rule) == "49001");
  CHECK(unknown_rule.body.find("filter rule name rule-1 not found.") != std::string::npos);
  test.filters = make_error(20037, "bad event");
  CHECK(test.refusal("createTask", kDocumentTask) == "400 20037");
  test.filters = {};
  test.target = make_error(10001, "no target");
  CHECK(test.refusal("createTask", kDocumentTask) == "400 10001");
  test.target = {};
  test.reachable = false;
  CHECK(test.refusal("createTask", kDocumentTask) == "400 26002");
  test.reachable = true;
  CHECK(*test.json(test.call("getTaskList")).find("total") == Json(0));
  CHECK(test.call("createTask", kDocumentTask).status == 200);
  CHECK(test.refusal("createTask", kDocumentTask) == "400 46014");
  CHECK(test.refusal("updateTask", with("name", "\"x\""), kTask) == "400 49001");
  CHECK(test.refusal("getTaskList", {}, {}, {{"stage", "some"}}) == "400 49001");
}

TEST_CASE("tasks: patterns, routes and GTID sets that no unit could read are refused at creation and at update",
          "[unit][api]") {
  ApiUnderTest test;
  REQUIRE(test.call("createSource", kSource).status == 200);
  const auto rules = [](const std::string& source, const std::string& target = "null") {
    const std::string to = target == "null" ? "" : R"(,"target":)" + target;
    return R"([{"source":{"source_name":"mysql-01",)" + source + "}" + to + "}]";
  };
  const std::string bad_schema = with("table_migrate_rule", rules(R"("schema":"a*b","table":"t")"));
  const std::string bad_table = with("table_migrate_rule", rules(R"("schema":"a","table":"~(")"));
  const std::string two_routes = with(
      "table_migrate_rule", R"([{"source":{"source_name":"mysql-01","schema":"a","table":"t"},"target":{"schema":"x"}},
                                     {"source":{"source_name":"mysql-01","schema":"a","table":"t"},"target":{"schema":"y"}}])");
  const auto with_gtid = [](const std::string& gtid) {
    Json json = *model::parse_json(
        with("source_config", R"({"source_conf":[{"source_name":"mysql-01","binlog_gtid":")" + gtid + "\"}]}"));
    return to_text(json.set("task_mode", "incremental"));
  };
  CHECK(test.refusal("createTask", bad_schema) == "400 20044");
  CHECK(test.refusal("createTask", bad_table) == "400 20044");
  CHECK(test.refusal("createTask", two_routes) == "400 20045");
  CHECK(test.refusal("createTask", with_gtid("0-1-100")) == "400 11059");
  CHECK(test.refusal("createTask", with_gtid("03fc0263-28c7-11e7-a653-6c0b84d59f30:7-1")) == "400 11059");
  CHECK(test.call("createTask", bad_table).body.find("table_migrate_rule of source mysql-01") != std::string::npos);
  CHECK(*test.json(test.call("getTaskList")).find("total") == Json(0));

  REQUIRE(test.call("createTask", kDocumentTask).status == 200);
  REQUIRE(test.call("startTask", {}, kTask).status == 204);
  REQUIRE(eventually([&] { return stage_is(test, "Running"); }));
  REQUIRE(test.call("stopTask", {}, kTask).status == 200);
  REQUIRE(eventually([&] { return stage_is(test, "Paused"); }));
  CHECK(test.refusal("updateTask", bad_schema, kTask) == "400 20044");
  CHECK(test.refusal("updateTask", two_routes, kTask) == "400 20045");
  CHECK(test.call("updateTask", kDocumentTask, kTask).status == 200);
}

TEST_CASE("tasks: the GTID set of a MariaDB source is read as MariaDB writes it", "[unit][api]") {
  ApiUnderTest test;
  test.info.flavor = "mariadb";
  test.info.version = "10.11.6-MariaDB";
  test.info.version_number = 101106;
  const auto created = test.call("createSource", kSource);
  INFO(created.body);
  REQUIRE(created.status == 200);
  // Mode all accepts where following would begin and does not use it, as in the product document's example.
  CHECK(test.call("createTask", kDocumentTask).status == 200);
  REQUIRE(test.call("deleteTask", "", kTask).status == 200 + 4);
  Json json = document_task();
  json.set("task_mode", "incremental");
  CHECK(test.refusal("createTask", to_text(json)) == "400 11060");
  json.find("source_config")
      ->set("source_conf", *model::parse_json(R"([{"source_name":"mysql-01","binlog_gtid":"0-1-9,2-1-3"}])"));
  const auto task = test.call("createTask", to_text(json));
  INFO(task.body);
  CHECK(task.status == 200);
}

TEST_CASE("tasks: what a task leaves out of its units is stored with the defaults", "[unit][api]") {
  ApiUnderTest test;
  REQUIRE(test.call("createSource", kSource).status == 200);
  Json task = document_task();
  task.set("source_config", *model::parse_json(R"({"source_conf":[{"source_name":"mysql-01"}]})"));
  for (const char* operation : {"createTask", "createTaskTemplate"}) {
    const auto reply = test.call(operation, to_text(task));
    INFO(reply.body);
    CHECK(reply.status < 300);
    const Json stored = test.json(reply);
    const Json* config = stored.find("source_config");
    REQUIRE(config);
    CHECK(*config->find("full_migrate_conf")->find("import_threads") == Json(16));
    CHECK(*config->find("incr_migrate_conf")->find("repl_batch") == Json(100));
  }
}

TEST_CASE("tasks: the pre-check names what is wrong and how to correct it, unless the item is ignored", "[unit][api]") {
  ApiUnderTest test(api::Dialect::Spec);
  REQUIRE(test.call("createSource", kSource).status == 201);
  test.info.binlog_format = "STATEMENT";
  test.grants = upstream::parse_grants({"GRANT SELECT, RELOAD ON *.* TO `root`@`%`"});
  const std::string task = to_text(document_task());
  const auto refused = test.call("createTask", task);
  CHECK(test.code(refused) == "26005");
  CHECK(refused.body.find("binlog_format is STATEMENT, and should be ROW") != std::string::npos);
  CHECK(refused.body.find("GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.*") != std::string::npos);
  const auto accepted =
      test.call("createTask", with("ignore_checking_items", R"(["binlog_format","replication_privilege"])"));
  INFO(accepted.body);
  REQUIRE(accepted.status == 201);
  CHECK(*test.json(accepted).find("check_result") == Json("pre-check is passed. "));
  CHECK(*test.json(accepted).find("task")->find("on_duplicate") == Json("replace"));
  REQUIRE(test.call("deleteTask", {}, kTask).status == 204);
  test.info.log_bin = false;
  const auto all = test.call("createTask", with("ignore_checking_items", R"(["all"])"));
  CHECK(*test.json(all).find("check_result") == Json(""));
}

TEST_CASE("tasks: start and stop read their optional bodies", "[unit][api]") {
  ApiUnderTest test(api::Dialect::Spec);
  REQUIRE(test.call("createSource", kSource).status == 201);
  REQUIRE(test.call("createTask", to_text(document_task())).status == 201);
  CHECK(test.refusal("startTask", R"({"start_time":"yesterday"})", kTask) == "400 49001");
  const auto timed = test.call("startTask", R"({"start_time":"2026-01-02 15:04:05"})", kTask);
  CHECK(timed.status == 400);
  CHECK(test.code(timed) == "49001");
  CHECK(timed.body.find("start_time is for task-mode incremental") != std::string::npos);
  CHECK(test.refusal("startTask", R"({"until":{}})", kTask) == "400 49001");
  CHECK(test.refusal("startTask", R"({"until":{"time":"soon"}})", kTask) == "400 49001");
  CHECK(test.refusal("startTask", R"({"until":{"binlog_name":"a.1","time":"2026-01-02 15:04:05"}})", kTask) ==
        "400 49001");
  CHECK(test.refusal("startTask", R"({"until":{"binlog_name":"a","binlog_pos":4}})", kTask) == "400 49001");
  CHECK(test.refusal("startTask", R"({"until":{"binlog_pos":4}})", kTask) == "400 49001");
  CHECK(test.refusal("startTask", R"({"until":{"binlog_gtid":"x"}})", kTask) == "400 11058");
  CHECK(stage_is(test, "Stopped"));
  CHECK(test.refusal("startTask", R"({"safe_mode_time_duration":"long"})", kTask) == "400 20060");
  CHECK(test.refusal("startTask", R"({"source_name_list":["x"]})", kTask) == "400 46008");
  CHECK(test.refusal("stopTask", R"({"source_name_list":["x"]})", kTask) == "400 46017");
  CHECK(test.refusal("stopTask", R"({"timeout_duration":"x"})", kTask) == "400 49001");
  CHECK(test.refusal("startTask", {}, {{"task-name", "x"}}) == "400 46018");
  CHECK(test.call("startTask", "{}", kTask).status == 200);
  REQUIRE(eventually([&] { return stage_is(test, "Running"); }));
  const Json status = test.json(test.call("getTaskStatus", {}, kTask));
  const Json& item = status.find("data")->as_array()->at(0);
  CHECK(*item.find("unit") == Json("Sync"));
  CHECK(item.find("sync_status")->find("counters")->find("filtered"));
  CHECK(test.call("stopTask", R"({"timeout_duration":"1s"})", kTask).status == 200);
}

TEST_CASE("tasks: a task update keeps the target's masked password", "[unit][api]") {
  ApiUnderTest test;
  REQUIRE(test.call("createSource", kSource).status == 200);
  REQUIRE(test.call("createTask", kDocumentTask).status == 200);
  REQUIRE(test.call("startTask", {}, kTask).status == 204);
  REQUIRE(eventually([&] { return stage_is(test, "Running"); }));
  CHECK(test.refusal("updateTask", kDocumentTask, kTask) == "400 46035");
  REQUIRE(test.call("stopTask", {}, kTask).status == 200);
  REQUIRE(eventually([&] { return stage_is(test, "Paused"); }));
  const auto got = test.call("getTask", {}, kTask);
  REQUIRE(test.call("updateTask", got.body, kTask).status == 200);
  CHECK(test.node.node->task("task-1")->task.target.endpoint.password == "123456");
  CHECK(test.refusal("updateTask", with("meta_schema", "\"other\""), kTask) == "400 40081");
}

TEST_CASE("api: the description lists every operation once and every schema it names", "[unit][api]") {
  ApiUnderTest test;
  const auto reply = test.call("getOpenApi");
  REQUIRE(reply.status == 200);
  const Json document = test.json(reply);
  const Json* schemas = document.find("components")->find("schemas");
  const std::string marker = "#/components/schemas/";
  for (size_t at = reply.body.find(marker); at != std::string::npos; at = reply.body.find(marker, at + 1)) {
    const size_t begin = at + marker.size();
    const std::string name = reply.body.substr(begin, reply.body.find('"', begin) - begin);
    INFO(name);
    CHECK(schemas->find(name));
  }
  const sluice_host_api* service = test.api->service();
  REQUIRE(service->operation_count(service->self) == api::operations().size());
  std::set<std::string> ids;
  for (const auto& operation : api::operations()) CHECK(ids.insert(operation.id).second);
  for (size_t i = 0; i < service->operation_count(service->self); ++i) {
    auto operation = make_sized<sluice_operation>();
    REQUIRE(service->operation(service->self, i, &operation) == SLUICE_OK);
    std::string path(view(operation.path));
    path = path.starts_with("//") ? path.substr(1) : "/api/v1" + path;
    std::string method(view(operation.method));
    for (char& c : method) c = static_cast<char>(std::tolower(c));
    INFO(method << " " << path);
    REQUIRE(document.find("paths")->find(path));
    CHECK(document.find("paths")->find(path)->find(method));
  }
}

TEST_CASE("api: health and status of the node are readable", "[unit][api]") {
  ApiUnderTest test;
  CHECK(test.call("getHealth").status == 200);
  CHECK(*test.json(test.call("getStatus")).find("name") == Json("node-1"));
  CHECK(test.call("getMetrics").status == 200);
}
