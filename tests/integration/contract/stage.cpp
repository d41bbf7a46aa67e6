#include "tests/integration/contract/stage.hpp"

#include <stdexcept>

namespace sluice::test {
namespace {

using model::Json;

SluicedOptions options_of(const std::filesystem::path& folder, const std::string& name, bool docs) {
  SluicedOptions out;
  out.name = name;
  out.dialect = docs ? "docs" : "spec";
  out.folder = folder;
  out.extra = "[worker]\ncount = 4\n";
  return out;
}

/// As in the product document: no certificates, hence no TLS, whatever names are listed.
Json no_tls() {
  Json out = Json::object().set("ssl_ca_content", "").set("ssl_cert_content", "").set("ssl_key_content", "");
  return out.set("cert_allowed_cn", Json::Array{"string"});
}

}  // namespace

Servers::Servers() : folding({.binlog_format = "", .extra = {"--lower-case-table-names=1"}}) {
  if (MySql56Server::missing().empty()) {
    ServerOptions plain;
    plain.gtid = false;
    mysql56 = std::make_unique<MySql56Server>(plain);
  }
  Sql sql = mariadb.connect();
  sql.exec_all(
      "CREATE DATABASE shop; CREATE TABLE shop.t (id INT PRIMARY KEY, v INT); INSERT INTO shop.t VALUES (1, 1), (2, 2);"
      "CREATE USER limited@'127.0.0.1' IDENTIFIED BY '" +
      secret("limited") + "'");
}

Stage::Stage(Servers& all, bool docs) : servers(all), proxy(all.mariadb.port()) {
  SluicedProcess(options_of(folder_.path(), "former", docs)).terminate();
  sluiced_ = std::make_unique<SluicedProcess>(options_of(folder_.path(), "node1", docs));
  api = std::make_unique<Contract>(sluiced_->api(), docs);
}

Json Stage::source(const std::string& name) const {
  Json out = Json::object().set("source_name", name).set("host", "127.0.0.1");
  const bool old = name == "old" && servers.mysql56;
  out.set("port", name == "gone" ? proxy.port() : old ? servers.mysql56->port() : servers.mariadb.port());
  out.set("user", name == "limited" ? "limited" : servers.mariadb.user());
  out.set("password", name == "limited" ? secret("limited") : servers.mariadb.password());
  return out.set("enable", true).set("enable_gtid", false).set("security", no_tls());
}

Json Stage::target() const {
  Json out = Json::object().set("host", "127.0.0.1").set("port", servers.mariadb.port());
  out.set("user", servers.mariadb.user()).set("password", servers.mariadb.password());
  return out.set("security", no_tls());
}

Json Stage::task(const std::string& name, const std::string& mode, const std::string& source_name) const {
  Json rule = Json::object().set(
      "source", Json::object().set("source_name", source_name).set("schema", "shop").set("table", "*"));
  rule.set("target", Json::object().set("schema", "target_" + std::string(api->docs() ? "docs" : "spec")));
  Json config = Json::object().set("source_conf", Json::Array{Json::object().set("source_name", source_name)});
  Json out = Json::object().set("name", name).set("task_mode", mode).set("on_duplicate", "replace");
  out.set("meta_schema", std::string("dm_meta_") + (api->docs() ? "docs" : "spec"));
  out.set("enhance_online_schema_change", true).set("target_config", target());
  return out.set("table_migrate_rule", Json::Array{std::move(rule)}).set("source_config", std::move(config));
}

Json Stage::incremental_task(const std::string& name) {
  Sql sql = servers.mariadb.connect();
  const auto rows = sql.query("SHOW MASTER STATUS");
  Json conf = Json::object().set("source_name", "main").set("binlog_name", rows.at(0).at(0).value());
  conf.set("binlog_pos", static_cast<int64_t>(std::stoll(rows.at(0).at(1).value())));
  return with(task(name, "incremental"), "source_config.source_conf", Json::Array{std::move(conf)});
}

void Stage::await_stage(const std::string& task, const std::string& stage) const {
  std::string last;
  const bool came = wait_for(
      [&] {
        const HttpReply reply = api->ask("getTaskStatus", {{{"task-name", task}}});
        last = reply.body;
        return reply.text("data[0].stage") == stage;
      },
      60s);
  if (!came) throw std::runtime_error("task " + task + " is not " + stage + ":\n" + last);
}

void Stage::keep_one_worker() {
  const auto file = folder_.path() / "sluiced.toml";
  std::string text = read_file(file);
  const std::string four = "count = 4";
  write_file(file, text.replace(text.find(four), four.size(), "count = 1"));
  sluiced_->restart();
}

std::vector<std::pair<const char*, Json>> worker_commands() {
  const Json structure = Json::object().set("schema_source", "upstream");
  const Json statements = Json::object().set("sqls", Json::Array{Json("ALTER TABLE shop.t ADD KEY k (v)")});
  return {{"getTaskMigrateTargets", Json()},       {"getSchemaListByTaskAndSource", Json()},
          {"getTableListByTaskAndSource", Json()}, {"getTableStructure", Json()},
          {"operateTableStructure", structure},    {"postTableStructure", structure},
          {"deleteTableStructure", Json()},        {"getErrorHandlings", Json()},
          {"skipStatement", Json::object()},       {"replaceStatement", statements},
          {"injectStatements", statements},        {"revertErrorHandlings", Json()}};
}

Json with(Json json, const std::string& path, Json value) {
  const size_t dot = path.find('.');
  const std::string name = path.substr(0, dot);
  if (dot != std::string::npos) {
    const Json* inner = json.find(name);
    json.set(name, with(inner ? *inner : Json::object(), path.substr(dot + 1), std::move(value)));
  } else if (value.is_null()) {
    json.erase(name);
  } else {
    json.set(name, std::move(value));
  }
  return json;
}

Json wrapped(const char* name, Json inner) { return Json::object().set(name, std::move(inner)); }

}  // namespace sluice::test
