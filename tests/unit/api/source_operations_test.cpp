#include <catch2/catch.hpp>

#include "tests/unit/api/api_fixture.hpp"

using namespace sluice;
using namespace sluice::testing;
using model::Json;

namespace {

/// The body of the product document's example of creating a source.
const char* const kDocumentSource = R"({
  "source_name": "mysql-01",
  "host": "127.0.0.1",
  "port": 3306,
  "user": "root",
  "password": "123456",
  "enable": true,
  "enable_gtid": false,
  "security": {
    "ssl_ca_content": "",
    "ssl_cert_content": "",
    "ssl_key_content": "",
    "cert_allowed_cn": [
      "string"
    ]
  },
  "purge": {
    "interval": 3600,
    "expires": 0,
    "remain_space": 15
  }
})";

/// The same of updating one.
const char* const kDocumentUpdate = R"({
  "source": {
    "source_name": "mysql-01",
    "host": "127.0.0.1",
    "port": 3306,
    "user": "root",
    "password": "123456",
    "enable_gtid": false,
    "enable": false,
    "flavor": "mysql",
    "task_name_list": [
      "task1"
    ],
    "security": {
      "ssl_ca_content": "",
      "ssl_cert_content": "",
      "ssl_key_content": "",
      "cert_allowed_cn": [
        "string"
      ]
    },
    "purge": {
      "interval": 3600,
      "expires": 0,
      "remain_space": 15
    },
    "relay_config": {
      "enable_relay": true,
      "relay_binlog_name": "mysql-bin.000002",
      "relay_binlog_gtid": "e9a1fc22-ec08-11e9-b2ac-0242ac110003:1-7849",
      "relay_dir": "./relay_log"
    }
  }
})";

std::string with(const std::string& member, const std::string& value) {
  Json json = *model::parse_json(kSource);
  json.set(member, *model::parse_json(value));
  return to_text(json);
}

const Query kName{{"source-name", "mysql-01"}};

}  // namespace

TEST_CASE("sources: the product document's requests work as they are shown", "[unit][api]") {
  ApiUnderTest test;
  const auto created = test.call("createSource", kDocumentSource);
  INFO(created.body);
  REQUIRE(created.status == 200);
  const Json source = test.json(created);
  CHECK(*source.find("password") == Json("******"));
  CHECK(*source.find("flavor") == Json("mysql"));
  REQUIRE(source.find("status_list"));
  CHECK(*source.find("status_list")->as_array()->at(0).find("worker_name") == Json("node-1"));
  CHECK(created.body.find("123456") == std::string::npos);

  const auto got = test.call("getSource", {}, kName, {{"with_status", "true"}});
  REQUIRE(got.status == 200);
  CHECK(test.json(got).find("task_name_list")->is_array());

  const auto updated = test.call("updateSource", kDocumentUpdate, kName);
  INFO(updated.body);
  REQUIRE(updated.status == 200);
  CHECK(*test.json(updated).find("enable") == Json(false));
  CHECK(test.json(updated).find("relay_config"));

  CHECK(test.call("enableSource", {}, kName).status == 200);
  CHECK(test.call("disableSource", {}, kName).status == 200);
  const Json list = test.json(test.call("getSourceList", {}, {}, {{"with_status", "true"}}));
  CHECK(*list.find("total") == Json(1));
  const Json status = test.json(test.call("getSourceStatus", {}, kName));
  CHECK(*status.find("data")->as_array()->at(0).find("source_name") == Json("mysql-01"));
  CHECK(test.call("deleteSource", {}, kName, {{"force", "true"}}).status == 204);
  CHECK(test.refusal("deleteSource", {}, kName) == "400 46008");
}

TEST_CASE("sources: refusals carry the documented numbers and nothing is stored", "[unit][api]") {
  ApiUnderTest test;
  CHECK(test.refusal("createSource") == "400 49001");
  CHECK(test.refusal("createSource", "{") == "400 49001");
  CHECK(test.refusal("createSource", "[]") == "400 49001");
  CHECK(test.refusal("createSource", R"({"source_name":"a","source_name":"b"})") == "400 49001");
  CHECK(test.refusal("createSource", "{\"source_name\":\"\xff\"}") == "400 49001");
  CHECK(test.refusal("createSource", std::string(100, '[')) == "400 49001");
  CHECK(test.refusal("createSource", "{}") == "400 40005");
  CHECK(test.refusal("createSource", with("source_name", "\"\"")) == "400 40005");
  CHECK(test.refusal("createSource", with("source_name", "\"123456789012345678901234567890123\"")) == "400 40006");
  CHECK(test.refusal("createSource", with("port", "0")) == "400 49001");
  CHECK(test.refusal("createSource", with("port", "3306.5")) == "400 49001");
  CHECK(test.refusal("createSource", with("port", "\"3306\"")) == "400 49001");
  CHECK(test.refusal("createSource", with("host", "null")) == "400 49001");
  CHECK(test.refusal("createSource", with("flavor", "\"oracle\"")) == "400 11010");
  CHECK(test.refusal("createSource", with("flavor", "\"mariadb\"")) == "400 11010");
  CHECK(test.refusal("createSource", with("enable_gtid", "true")) == "400 26007");
  CHECK(test.refusal("createSource", with("relay_config", R"({"relay_binlog_name":"x"})")) == "400 40007");
  CHECK(test.refusal("createSource",
                     with("security", R"({"ssl_ca_content":"x","ssl_cert_content":"","ssl_key_content":""})")) ==
        "400 11112");
  CHECK(test.refusal("createSource", R"({"source_name":"a","source":{}})") == "400 49001");
  CHECK(test.refusal("createSource", with("worker_name", "\"nobody\"")) == "400 46004");
  test.reachable = false;
  CHECK(test.refusal("createSource", kSource) == "400 10001");
  CHECK(*test.json(test.call("getSourceList")).find("total") == Json(0));
  CHECK(test.refusal("getSource", {}, kName) == "404 46008");
  CHECK(test.refusal("getSourceStatus", {}, kName) == "400 46008");
  CHECK(test.refusal("enableSource", {}, kName) == "400 46008");
  CHECK(test.refusal("updateSource", kSource, kName) == "400 46008");
  CHECK(test.refusal("getSourceList", {}, {}, {{"with_status", "maybe"}}) == "400 49001");
  test.reachable = true;
  CHECK(test.call("createSource", kSource).status == 200);
  CHECK(test.refusal("createSource", kSource) == "400 46007");
  CHECK(test.refusal("updateSource", with("source_name", "\"other\""), kName) == "400 49001");
}

TEST_CASE("sources: an update keeps the password that it leaves out, masks or nulls", "[unit][api]") {
  ApiUnderTest test;
  REQUIRE(test.call("createSource", kSource).status == 200);
  for (const char* value : {"null", "\"******\""}) {
    REQUIRE(test.call("updateSource", with("password", value), kName).status == 200);
    CHECK(test.asked.back() == "123456");
    CHECK(test.node.node->source("mysql-01")->source.endpoint.password == "123456");
  }
  REQUIRE(test.call("updateSource", with("password", "\"new\""), kName).status == 200);
  CHECK(test.node.node->source("mysql-01")->source.endpoint.password == "new");
  // `enable` left out stays as it is.
  REQUIRE(test.call("disableSource", {}, kName).status == 200);
  Json body = *model::parse_json(kSource);
  body.erase("enable");
  REQUIRE(test.call("updateSource", to_text(body), kName).status == 200);
  CHECK_FALSE(test.node.node->source("mysql-01")->source.enable);
}

TEST_CASE("sources: the spec dialect differs where the contract says so", "[unit][api]") {
  ApiUnderTest test(api::Dialect::Spec);
  const auto created = test.call("createSource", R"({"source":)" + kSource + "}");
  CHECK(created.status == 201);
  CHECK_FALSE(test.json(created).find("status_list"));
  const Json refused = test.json(test.call("createSource", kSource));
  CHECK(*refused.find("error_code") == Json(46007));
  // Trailing commas are the product document's, not DM's.
  CHECK(test.refusal("createSource", R"({"source_name":"x",})") == "400 49001");
}

TEST_CASE("api: what is not built answers 501, what does not exist 404", "[unit][api]") {
  ApiUnderTest test;
  CHECK(test.refusal("enableRelay", {}, kName) == "501 49001");
  CHECK(test.refusal("noSuchOperation") == "404 49001");
  CHECK(test.refusal("offlineMasterNode", {}, {{"master-name", "x"}}) == "400 38048");
  CHECK(test.refusal("offlineMasterNode", {}, {{"master-name", "node-1"}}) == "400 49001");
  CHECK(test.refusal("offlineWorkerNode", {}, {{"worker-name", "x"}}) == "400 46004");
  CHECK(test.refusal("offlineWorkerNode", {}, {{"worker-name", "node-1"}}) == "400 46005");
  const Json masters = test.json(test.call("getClusterMasterList"));
  CHECK(*masters.find("data")->as_array()->at(0).find("leader") == Json(true));
  const Json workers = test.json(test.call("getClusterWorkerList"));
  CHECK(*workers.find("data")->as_array()->at(0).find("bound_stage") == Json("free"));
}

TEST_CASE("sources: the status of one whose upstream cannot be reached says so, and is still one", "[unit][api]") {
  ApiUnderTest test;
  REQUIRE(test.call("createSource", kSource).status == 200);
  const Query path{{"source-name", "mysql-01"}};
  const auto error_in = [](const api::Reply& reply) { return reply.body.find("cannot connect") != std::string::npos; };
  CHECK_FALSE(error_in(test.call("getSourceStatus", {}, path)));
  test.reachable = false;
  CHECK(test.call("getSourceStatus", {}, path).status == 200);
  CHECK(error_in(test.call("getSourceStatus", {}, path)));
  CHECK(error_in(test.call("getSource", {}, path, {{"with_status", "true"}})));
  CHECK(error_in(test.call("getSourceList", {}, {}, {{"with_status", "true"}})));
  CHECK_FALSE(error_in(test.call("getSourceList")));
}
