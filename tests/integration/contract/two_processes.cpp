#include "tests/integration/contract/two_processes.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <future>
#include <vector>

namespace sluice::test {
namespace {

using model::Json;

SluicedOptions options_of(const std::filesystem::path& folder, const std::string& name, const EtcdServer& etcd) {
  SluicedOptions out;
  out.name = name;
  out.folder = folder / name;
  out.store = "plugin = \"etcd\"\nendpoints = [\"" + etcd.url() + "\"]\n";
  out.extra = "[worker]\ncount = 2\n";
  out.arguments = {"--set=rpc_timeout=1s"};
  return out;
}

/// One dialect, with a source of its own on a worker of the other process.
struct Side {
  Side(const HttpClient& client, bool docs, Servers& all) : api(client, docs), servers(all) {
    name = docs ? "docs" : "spec";
    task_path = {{"task-name", "far_" + name}, {"source-name", name}, {"schema-name", "shop"}, {"table-name", "t"}};
  }

  Json task(const std::string& prefix, const std::string& mode) const {
    const Json source = Json::object().set("source_name", name).set("schema", "shop").set("table", "*");
    const Json target = Json::object().set("schema", "away_" + name);
    Json conf = Json::object().set("source_name", name);
    if (mode == "incremental") {
      Sql sql = servers.mariadb.connect();
      const auto rows = sql.query("SHOW MASTER STATUS");
      conf.set("binlog_name", rows.at(0).at(0).value());
      conf.set("binlog_pos", static_cast<int64_t>(std::stoll(rows.at(0).at(1).value())));
    }
    Json out = Json::object().set("name", prefix + name).set("task_mode", mode).set("on_duplicate", "replace");
    out.set("meta_schema", "dm_meta_away").set("enhance_online_schema_change", true);
    out.set("target_config", Json::object()
                                 .set("host", "127.0.0.1")
                                 .set("port", servers.mariadb.port())
                                 .set("user", servers.mariadb.user())
                                 .set("password", servers.mariadb.password()));
    out.set("table_migrate_rule", Json::Array{Json::object().set("source", source).set("target", target)});
    return out.set("source_config", Json::object().set("source_conf", Json::Array{std::move(conf)}));
  }
  void add_source() {
    Json source = Json::object().set("source_name", name).set("host", "127.0.0.1").set("enable", true);
    source.set("port", servers.mariadb.port()).set("user", servers.mariadb.user());
    source.set("password", servers.mariadb.password()).set("enable_gtid", false);
    const std::string worker = name == "docs" ? "there" : "there-2";
    api.succeeds("createSource", {{}, {}, wrapped("source", std::move(source)).set("worker_name", worker)});
  }
  bool reaches(const std::string& task, const std::string& stage, const std::string& unit) const {
    return wait_for(
        [&] {
          const HttpReply reply = api.ask("getTaskStatus", {{{"task-name", task}}});
          std::string now = reply.text("data[0].unit");
          for (char& c : now) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
          return reply.text("data[0].stage") == stage && now == unit;
        },
        60s);
  }
  /// To a worker of the process that answers.
  Ask transfer() const {
    const char* worker = name == "docs" ? "here" : "here-2";
    return {{{"source-name", name}}, {}, Json::object().set("worker_name", worker)};
  }
  /// Every operation that asks the worker of a subtask.
  void commands_refuse(int code) {
    for (const auto& [id, body] : worker_commands()) api.refuses(id, code, {task_path, {}, body});
  }

  Contract api;
  Servers& servers;
  std::string name;  ///< of the dialect, and of its source
  Params task_path;
};

/// A copy that is under way, since a lock in the target holds it, does not move.
void refuse_copies(std::vector<Side*> sides, Servers& servers) {
  for (Side* side : sides) {
    Sql lock = servers.mariadb.connect();
    lock.exec_all("CREATE DATABASE away_" + side->name + "; CREATE TABLE away_" + side->name +
                  ".t (id INT PRIMARY KEY, v INT); LOCK TABLES away_" + side->name + ".t WRITE");
    side->api.succeeds("createTask", {{}, {}, side->task("held_", "full")});
    side->api.succeeds("startTask", {{{"task-name", "held_" + side->name}}});
    REQUIRE(side->reaches("held_" + side->name, "Running", "load"));
    side->api.refuses("transferSource", 46019, side->transfer());
    lock.exec("UNLOCK TABLES");
    REQUIRE(side->reaches("held_" + side->name, "Finished", "load"));
  }
}

}  // namespace

AcrossProcesses walk_two_processes(Servers& servers) {
  const EtcdServer etcd;
  const TempDir folder;
  const uint16_t second_port = free_port();
  SluicedOptions here_options = options_of(folder.path(), "here", etcd);
  here_options.extra +=
      "[[transport]]\nplugin = \"http\"\ndialect = \"spec\"\nlisten = \"127.0.0.1:" + std::to_string(second_port) +
      "\"\n";
  SluicedProcess here(here_options);
  SluicedOptions there_options = options_of(folder.path(), "there", etcd);
  std::filesystem::create_directories(there_options.folder / "data");
  std::filesystem::copy_file(here.folder() / "data/secret.key", there_options.folder / "data/secret.key");
  SluicedProcess there(there_options);

  const HttpClient second(second_port, 120);
  Side docs(here.api(), true, servers);
  Side spec(second, false, servers);
  const std::vector<Side*> sides{&docs, &spec};
  for (Side* side : sides) side->add_source();
  refuse_copies(sides, servers);
  for (Side* side : sides) {
    side->api.succeeds("createTask", {{}, {}, side->task("far_", "incremental")});
    side->api.succeeds("startTask", {{{"task-name", "far_" + side->name}}});
    REQUIRE(side->reaches("far_" + side->name, "Running", "sync"));
    side->api.succeeds("getTaskMigrateTargets", {side->task_path});
  }

  // Silent: what is asked of its subtasks is not answered, and they do not pause for a transfer.
  there.freeze();
  std::vector<std::future<HttpReply>> transfers;
  for (Side* side : sides) {
    transfers.push_back(
        std::async(std::launch::async, [side] { return side->api.ask("transferSource", side->transfer()); }));
  }
  for (Side* side : sides) side->commands_refuse(38033);
  for (size_t i = 0; i < sides.size(); ++i) sides[i]->api.refused("transferSource", 46032, transfers[i].get());
  there.thaw();

  // Gone, and nobody there to bind its sources anew: the one that answers leads no longer.
  const HttpReply removed = there.api().del("/api/v1/cluster/masters/here");
  INFO(removed.body);
  REQUIRE(removed.status == 204);
  there.terminate();
  for (Side* side : sides) side->commands_refuse(38008);
  return {docs.api.covered(), spec.api.covered(), docs.api.judged() + spec.api.judged()};
}

}  // namespace sluice::test
