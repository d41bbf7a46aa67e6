#include <catch2/catch.hpp>

#include "tests/integration/contract/stage.hpp"

namespace sluice::test {
namespace {

using model::Json;

Params of(const std::string& name) { return {{"source-name", name}}; }

/// What a definition can have wrong with it, whether it is to be created or to replace another.
void refuse_definitions(Stage& stage, const char* operation, const std::string& name) {
  const Json good = stage.source(name);
  const auto refuse = [&](int code, const std::string& member, Json value) {
    stage.api->refuses(operation, code, {of(name), {}, wrapped("source", with(good, member, std::move(value)))});
  };
  refuse(10001, "port", 1);
  refuse(10001, "password", secret("wrong"));
  refuse(11010, "flavor", "oracle");
  refuse(11010, "flavor", "mysql");
  refuse(11060, "relay_config.relay_binlog_gtid", "03fc0263-28c7-11e7-a653-6c0b84d59f30:1-7");
  const Json bad = Json::object().set("ssl_ca_content", "x").set("ssl_cert_content", "x").set("ssl_key_content", "x");
  refuse(11112, "security", bad);
  refuse(40005, "source_name", "");
  refuse(40006, "source_name", std::string(33, 'n'));
  refuse(40007, "relay_config.relay_binlog_name", "no name");
  refuse(49001, "port", "3306");
  refuse(49001, "host", Json());
  if (stage.servers.mysql56) {
    Json old = with(good, "port", stage.servers.mysql56->port());
    const auto ask = [&](Json body) { return Ask{of(name), {}, wrapped("source", std::move(body))}; };
    stage.api->refuses(operation, 26007, ask(with(old, "enable_gtid", true)));
    stage.api->refuses(operation, 11059, ask(with(old, "relay_config.relay_binlog_gtid", "0-1-7")));
  }
}

void walk_relay(Stage& stage) {
  for (const char* id : {"enableRelay", "disableRelay", "purgeRelay"}) {
    if (stage.api->built(id)) FAIL_CHECK(id << " is built: cover it here");
  }
  if (!stage.api->built("transferSource")) return;
  const Json worker = Json::object().set("worker_name", "node1-2");
  stage.api->refuses("transferSource", 46008, {of("nobody"), {}, worker});
  stage.api->refuses("transferSource", 46004, {of("main"), {}, Json::object().set("worker_name", "nobody")});
  stage.api->refuses("transferSource", 46006, {of("main"), {}, worker});
  stage.api->succeeds("transferSource", {of("main"), {}, Json::object().set("worker_name", "node1")});
}

}  // namespace

void walk_sources(Stage& stage) {
  Contract& api = *stage.api;
  const auto flat = [&](const std::string& name) { return Ask{{}, {}, stage.source(name)}; };
  api.succeeds("createSource", flat("main"));
  api.succeeds("createSource", {{}, {}, wrapped("source", stage.source("gone"))});
  api.refuses("createSource", 46007, flat("main"));
  refuse_definitions(stage, "createSource", "fresh");
  const auto on = [&](const char* worker) {
    return Ask{{}, {}, wrapped("source", stage.source("fresh")).set("worker_name", worker)};
  };
  api.refuses("createSource", 46004, on("nobody"));
  api.refuses("createSource", 46033, on("node1"));
  for (const char* name : {"limited", "old", "unbound"}) api.succeeds("createSource", flat(name));
  api.succeeds("getSourceList", {{}, "with_status=true"});
  CHECK(api.succeeds("getSourceList", {{}, "enable_relay=false"}).number("total") == 5);
  api.succeeds("getSource", {of("main"), "with_status=true"});
  api.refuses("getSource", 46008, {of("nobody")});
  api.succeeds("getSourceStatus", {of("unbound")});
  api.refuses("getSourceStatus", 46008, {of("nobody")});

  api.succeeds("updateSource", {of("main"), {}, wrapped("source", stage.source("main"))});
  refuse_definitions(stage, "updateSource", "main");
  api.refuses("updateSource", 46008, {of("nobody"), {}, stage.source("nobody")});
  api.refuses("updateSource", 49001, {of("main"), {}, stage.source("gone")});

  api.succeeds("getSourceSchemaList", {of("main")});
  api.refuses("getSourceSchemaList", 46008, {of("nobody")});
  const auto schema = [](const std::string& source, const char* name) {
    return Ask{{{"source-name", source}, {"schema-name", name}}};
  };
  api.succeeds("getSourceTableList", schema("main", "shop"));
  api.refuses("getSourceTableList", 46008, schema("nobody", "shop"));
  api.refuses("getSourceTableList", 10005, schema("main", "no such"));
  stage.proxy.refuse(true);
  api.refuses("getSourceSchemaList", 10001, {of("gone")});
  api.refuses("getSourceTableList", 10001, schema("gone", "shop"));
  stage.proxy.refuse(false);

  api.succeeds("disableSource", {of("main")});
  api.refuses("disableSource", 46008, {of("nobody")});
  api.succeeds("enableSource", {of("main")});
  api.refuses("enableSource", 46008, {of("nobody")});
  api.refuses("enableSource", 40070, {of("unbound")});
  walk_relay(stage);

  api.succeeds("createTask", {{}, {}, wrapped("task", stage.task("holder"))});
  api.refuses("deleteSource", 46010, {of("main")});
  api.refuses("deleteSource", 46008, {of("nobody")});
  api.succeeds("deleteTask", {{{"task-name", "holder"}}});
  api.succeeds("deleteSource", {of("old"), "force=true"});
  // Its worker has taken the source that waited; the walk goes on with `unbound` unbound again.
  api.succeeds("createSource", flat("old"));
  api.succeeds("deleteSource", {of("unbound")});
  REQUIRE(wait_for([&] { return !api.ask("getSourceStatus", {of("old")}).text("data[0].worker_name").empty(); }, 60s));
  api.succeeds("createSource", flat("unbound"));
}

}  // namespace sluice::test
