#include <catch2/catch.hpp>

#include <algorithm>
#include <set>
#include <string>

#include "core/api/handlers.hpp"
#include "core/api/openapi.hpp"
#include "core/api/operation_docs.hpp"
#include "core/model/error_codes.hpp"
#include "tests/openapi/document_check.hpp"
#include "tests/openapi/schema_check.hpp"
#include "tests/unit/api/api_fixture.hpp"

using namespace sluice;
using namespace sluice::testing;
using model::Json;

namespace {

Json document_of(api::Dialect dialect) {
  ApiUnderTest test(dialect);
  return test.json(test.call("getOpenApi"));
}

const Json& operation_in(const Json& document, const api::Operation& operation) {
  const std::string path = operation.path;
  const std::string full = path.starts_with("//") ? path.substr(1) : "/api/v1" + path;
  std::string method = operation.method;
  for (char& c : method) c = static_cast<char>(c - 'A' + 'a');
  const Json* item = document.find("paths")->find(full);
  REQUIRE(item);
  REQUIRE(item->find(method));
  return *item->find(method);
}

size_t count_operations(const Json& document) {
  size_t count = 0;
  for (const auto& path : *document.find("paths")->as_object()) count += path.value.as_object()->size();
  return count;
}

}  // namespace

TEST_CASE("api: the description is valid OpenAPI 3.0 in both dialects", "[unit][api]") {
  for (const auto dialect : {api::Dialect::Docs, api::Dialect::Spec}) {
    const Json document = document_of(dialect);
    INFO((dialect == api::Dialect::Docs ? "docs" : "spec"));
    CHECK(test::lines_of(test::document_problems(document)) == "");
    CHECK(count_operations(document) == api::operations().size());
  }
}

TEST_CASE("api: the description stays valid with what plugins contribute", "[unit][api]") {
  const auto more = api::contributed({{"shop/mysql-01", "counts", "GET", "/counts", "Counts"},
                                      {"shop/mysql-01", "reset", "DELETE", "/counts", "Count anew"},
                                      {"other", "put", "PUT", "/a/{x}/b/{y}", ""}});
  const Json document = api::open_api_document(api::Dialect::Spec, more);
  CHECK(test::lines_of(test::document_problems(document)) == "");
  CHECK(count_operations(document) == api::operations().size() + 3);
  const Json* counts = document.find("paths")->find("/api/v1/plugins/shop%2Fmysql-01/counts");
  REQUIRE(counts);
  CHECK(*counts->find("get")->find("x-sluice-contributed") == Json("shop/mysql-01"));
  CHECK(counts->find("delete"));
}

TEST_CASE("api: the judge of descriptions sees what is wrong", "[unit][api]") {
  const Json good = document_of(api::Dialect::Docs);
  const auto broken = [&good](const std::function<void(Json&)>& harm) {
    Json copy = good;
    harm(copy);
    return test::document_problems(copy).size();
  };
  const auto source = [](Json& json) -> Json& { return *json.find("components")->find("schemas")->find("Source"); };
  const auto get_source = [](Json& json) -> Json& {
    return *json.find("paths")->find("/api/v1/sources/{source-name}")->find("get");
  };
  CHECK(broken([](Json& json) { json.erase("info"); }) > 0);
  CHECK(broken([](Json& json) { json.set("extra", 1); }) > 0);
  CHECK(broken([&](Json& json) { source(json).find("properties")->find("port")->set("example", "x"); }) > 0);
  CHECK(broken([&](Json& json) { source(json).find("properties")->find("security")->set("$ref", "#/nowhere"); }) > 0);
  CHECK(broken([&](Json& json) { get_source(json).set("operationId", "getTask"); }) > 0);
  CHECK(broken([&](Json& json) { get_source(json).erase("parameters"); }) > 0);
  CHECK(broken([&](Json& json) { get_source(json).set("responses", Json::object()); }) > 0);
  CHECK(broken([&](Json& json) { get_source(json).find("responses")->find("200")->erase("description"); }) > 0);
}

TEST_CASE("api: every operation is described, with the errors it documents", "[unit][api]") {
  REQUIRE(api::operation_docs().size() == api::operations().size());
  for (size_t i = 0; i < api::operations().size(); ++i) {
    CHECK(std::string(api::operations()[i].id) == api::operation_docs()[i].id);
  }
  for (const auto& docs : api::operation_docs()) {
    const auto codes = api::documented_errors(docs.id);
    INFO(docs.id);
    CHECK(std::set<int>(codes.begin(), codes.end()).size() == codes.size());
    for (const int code : codes) {
      INFO(code);
      CHECK(find_error_code(code).code == code);
      CHECK(std::string(api::error_meaning(code)) != "");
    }
  }
}

TEST_CASE("api: the description lists replies, examples and errors of each operation", "[unit][api]") {
  for (const auto dialect : {api::Dialect::Docs, api::Dialect::Spec}) {
    const bool docs = dialect == api::Dialect::Docs;
    const Json document = document_of(dialect);
    for (const auto& operation : api::operations()) {
      INFO(operation.id);
      const Json& described = operation_in(document, operation);
      CHECK((described.find("x-not-built") != nullptr) == (handler_of(operation) == nullptr));
      CHECK((described.find("x-sluice-extension") != nullptr) == operation.extension);
      if (*operation.request) {
        CHECK(described.find("requestBody")->find("content")->find("application/json")->find("example"));
      }
      if (!handler_of(operation)) continue;
      const Json* success =
          described.find("responses")->find(std::to_string(docs ? operation.docs_status : operation.spec_status));
      REQUIRE(success);
      const bool trial = api::takes_dry_run(operation) && (docs ? operation.docs_status : operation.spec_status) == 200;
      CHECK((success->find("content") != nullptr) == (*operation.reply != '\0' || trial));
      const std::string text = to_text(*described.find("responses"));
      for (const int code : api::documented_errors(operation.id)) {
        INFO(code);
        CHECK(text.find("\"E" + std::to_string(code) + "\"") != std::string::npos);
      }
    }
  }
}

TEST_CASE("api: the description requires all of sync_status but the lag, which may be unknown", "[unit][api]") {
  const Json document = document_of(api::Dialect::Docs);
  const Json* sync = document.find("components")->find("schemas")->find("SyncStatus");
  REQUIRE(sync);
  std::set<std::string> required;
  for (const auto& name : *sync->find("required")->as_array()) required.insert(*name.as_string());
  for (const auto& member : *sync->find("properties")->as_object()) {
    INFO(member.name);
    CHECK(required.contains(member.name) == (member.name != "seconds_behind_master" && member.name != "counters" &&
                                             member.name != "lag" && member.name != "master_binlog_age_seconds" &&
                                             member.name != "until_reached" && member.name != "error_handlings"));
  }
  CHECK(sync->find("properties")->find("seconds_behind_master"));
}

TEST_CASE("api: every member of a type is explained", "[unit][api]") {
  const Json document = document_of(api::Dialect::Docs);
  for (const auto& type : *document.find("components")->find("schemas")->as_object()) {
    const Json* properties = type.value.find("properties");
    for (const auto& member : properties ? *properties->as_object() : Json::Object{}) {
      INFO(type.name + "." + member.name);
      const bool reference = member.value.find("$ref") != nullptr;
      CHECK((reference || member.value.find("description") != nullptr));
    }
  }
}
