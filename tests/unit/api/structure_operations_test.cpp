#include <catch2/catch.hpp>

#include "tests/unit/api/api_fixture.hpp"

using namespace sluice;
using namespace sluice::testing;
using model::Json;

namespace {

const Query kSubtask{{"task-name", "t"}, {"source-name", "mysql-01"}};
const Query kTable{{"task-name", "t"}, {"source-name", "mysql-01"}, {"schema-name", "d/b"}, {"table-name", "t 1"}};

/// A task that ran and was stopped; `heard` gets the commands that reach the subtask.
struct Stopped : ApiUnderTest {
  explicit Stopped(api::Dialect d = api::Dialect::Docs) : ApiUnderTest(d) {
    node.recorder->answer = [this](const task::Command& command) -> Result<Json> {
      heard.push_back(command.kind + " " + to_text(command.arguments));
      return answer;
    };
    if (!node.node->create_source(make_source("mysql-01"), "").ok() ||
        !node.node->create_task(make_task("t", {"mysql-01"})).ok() || !node.node->start_task("t", {}, {}).ok() ||
        !eventually([&] { return node.recorder->count("start t/mysql-01") == 1; }) ||
        !node.node->stop_task("t", std::nullopt, {}).ok() ||
        !eventually([&] { return node.recorder->count("pause t/mysql-01") == 1; })) {
      throw std::runtime_error("the task does not run");
    }
  }
  Json answer;
  std::vector<std::string> heard;
};

}  // namespace

TEST_CASE("structures: requests become commands, answers replies, in both dialects", "[unit][api]") {
  for (const auto dialect : {api::Dialect::Docs, api::Dialect::Spec}) {
    Stopped test(dialect);
    test.answer = Json::Array{Json::object().set("source_schema", "d").set("target_schema", "e")};
    const auto targets = test.call("getTaskMigrateTargets", "", kSubtask, {{"schema_pattern", "^d"}});
    CHECK(targets.status == 200);
    CHECK(*test.json(targets).find("total") == Json(1));
    CHECK(test.heard.back() == R"(targets {"schema_pattern":"^d"})");

    test.answer = Json(std::vector<std::string>{"a", "b"});
    CHECK(test.json(test.call("getSchemaListByTaskAndSource", "", kSubtask)) == test.answer);
    CHECK(test.json(test.call("getTableListByTaskAndSource", "", kTable)) == test.answer);
    CHECK(test.heard.back() == R"(tables {"schema":"d/b"})");

    test.answer = Json::object().set("schema_create_sql", "CREATE TABLE t (id INT)");
    CHECK(test.json(test.call("getTableStructure", "", kTable)) == test.answer);
    CHECK(test.heard.back() == R"(structure.get {"schema":"d/b","table":"t 1"})");

    const std::string body = R"j({"sql_content":"CREATE TABLE t (id INT)","flush":false,"sync":true})j";
    for (const char* operation : {"operateTableStructure", "postTableStructure"}) {
      const auto set = test.call(operation, body, kTable);
      CHECK(set.status == 200);
      CHECK(set.body.empty());
      CHECK(
          test.heard.back() ==
          R"j(structure.set {"schema":"d/b","table":"t 1","schema_source":"sql","sql_content":"CREATE TABLE t (id INT)"})j");
    }
    CHECK(test.call("operateTableStructure", R"({"schema_source":"upstream"})", kTable).status == 200);
    CHECK(test.heard.back() == R"j(structure.set {"schema":"d/b","table":"t 1","schema_source":"upstream"})j");

    const auto forgotten = test.call("deleteTableStructure", "", kTable);
    CHECK(forgotten.status == (dialect == api::Dialect::Docs ? 200 : 204));
    CHECK(forgotten.body.empty());
  }
}

TEST_CASE("structures: bodies that say nothing or too much are refused before anybody is asked", "[unit][api]") {
  Stopped test;
  for (const char* body : {"", "{}", R"({"sql_content":" ; "})", R"({"sql_content":7})", R"({"schema_source":"sql"})",
                           R"j({"schema_source":"mars","sql_content":"CREATE TABLE t (id INT)"})j",
                           R"j({"schema_source":"upstream","sql_content":"CREATE TABLE t (id INT)"})j",
                           R"j({"sql_content":"CREATE TABLE t (id INT)","flush":"yes"})j"}) {
    INFO(body);
    CHECK(test.refusal("operateTableStructure", body, kTable) == "400 49001");
  }
  CHECK(test.heard.empty());
}

TEST_CASE("structures: what does not exist, or refuses, is answered with its own number", "[unit][api]") {
  Stopped test;
  const Query no_task{{"task-name", "x"}, {"source-name", "mysql-01"}, {"schema-name", "d"}, {"table-name", "t"}};
  const Query no_source{{"task-name", "t"}, {"source-name", "x"}, {"schema-name", "d"}, {"table-name", "t"}};
  test.node.recorder->answer = [](const task::Command&) -> Result<Json> {
    return make_error(40051, "current stage is Running but not paused, invalid");
  };
  for (const char* operation : {"getTaskMigrateTargets", "getSchemaListByTaskAndSource", "getTableListByTaskAndSource",
                                "getTableStructure", "deleteTableStructure"}) {
    CHECK(test.refusal(operation, "", no_task) == "400 46018");
    CHECK(test.refusal(operation, "", no_source) == "400 46008");
    CHECK(test.refusal(operation, "", kTable) == "400 40051");
  }
}
