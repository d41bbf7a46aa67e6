// A client as one writes it from DM's own OpenAPI file: the types and statuses of that file and nothing else. What the
// file requires must be there with its type; what it does not know is not looked at.
#include <catch2/catch.hpp>

#include "core/model/json.hpp"
#include "tests/support/server.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/sluiced.hpp"

using namespace sluice;
using namespace sluice::test;
using model::Json;

namespace {

/// Reads required members; throws where a generated client would.
class Members {
 public:
  explicit Members(const Json& json) : json_(json) {}
  std::string text(const char* name) const { return *needed(name, member(name).as_string()); }
  int64_t integer(const char* name) const { return *needed(name, member(name).as_int()); }
  bool flag(const char* name) const { return *needed(name, member(name).as_bool()); }
  const Json::Array& list(const char* name) const { return *needed(name, member(name).as_array()); }
  const Json& object(const char* name) const {
    needed(name, member(name).as_object());
    return member(name);
  }
  bool has(const char* name) const { return json_.find(name) && !json_.find(name)->is_null(); }

 private:
  const Json& member(const char* name) const { return *needed(name, json_.find(name)); }
  template <typename T>
  static T needed(const char* name, T found) {
    if (!found) throw std::runtime_error(std::string("the reply has no ") + name + " of the type that DM's file says");
    return found;
  }
  const Json& json_;
};

struct Source {
  std::string name, host, user;
  int64_t port = 0;
  bool enable = false, enable_gtid = false;
};

struct SubTask {
  std::string name, source, worker, stage, unit;
  bool has_sync = false;
  std::string syncer_binlog, error;
};

struct Failure {
  int status = 0;
  int64_t code = 0;
  std::string message;
};

Source source_of(const Json& json) {
  const Members m(json);
  return {m.text("source_name"), m.text("host"),   m.text("user"),
          m.integer("port"),     m.flag("enable"), m.flag("enable_gtid")};
}

std::string check_task(const Json& json) {
  const Members task(json);
  for (const char* name : {"task_mode", "on_duplicate"}) (void)task.text(name);
  (void)task.flag("enhance_online_schema_change");
  const Members target(task.object("target_config"));
  for (const char* name : {"host", "user", "password"}) (void)target.text(name);
  (void)target.integer("port");
  for (const Json& rule : task.list("table_migrate_rule")) {
    const Members source(Members(rule).object("source"));
    for (const char* name : {"source_name", "schema", "table"}) (void)source.text(name);
  }
  const Members config(task.object("source_config"));
  for (const Json& conf : config.list("source_conf")) (void)Members(conf).text("source_name");
  return task.text("name");
}

SubTask subtask_of(const Json& json) {
  const Members m(json);
  SubTask out{
      m.text("name"), m.text("source_name"), m.text("worker_name"), m.text("stage"), m.text("unit"), false, "", ""};
  if (m.has("error_msg")) out.error = m.text("error_msg");
  if (!m.has("sync_status")) return out;
  const Members sync(m.object("sync_status"));
  for (const char* name : {"total_events", "total_tps", "recent_tps", "io_total_bytes", "dump_io_total_bytes"}) {
    (void)sync.integer(name);
  }
  for (const char* name : {"master_binlog", "master_binlog_gtid", "syncer_binlog_gtid", "binlog_type"}) {
    (void)sync.text(name);
  }
  (void)sync.flag("synced");
  (void)sync.list("blocking_ddls");
  (void)sync.list("unresolved_groups");
  out.has_sync = true;
  out.syncer_binlog = sync.text("syncer_binlog");
  return out;
}

class DmClient {
 public:
  explicit DmClient(const HttpClient& http) : http_(http) {}

  Source create_source(const Json& source) {
    return source_of(expect("POST", "/sources", 201, Json::object().set("source", source)));
  }
  std::vector<Source> sources() {
    std::vector<Source> out;
    for (const Json& item : list("/sources")) out.push_back(source_of(item));
    return out;
  }
  void delete_source(const std::string& name) { expect_nothing("DELETE", "/sources/" + name, 204); }
  /// The name and the outcome of the pre-check.
  std::pair<std::string, std::string> create_task(const Json& task) {
    const Json reply = expect("POST", "/tasks", 201, Json::object().set("task", task));
    return {check_task(Members(reply).object("task")), Members(reply).text("check_result")};
  }
  std::string task(const std::string& name) { return check_task(expect("GET", "/tasks/" + name, 200, Json())); }
  void start_task(const std::string& name, const Json& arguments) {
    expect_nothing("POST", "/tasks/" + name + "/start", 200, arguments);
  }
  void stop_task(const std::string& name, const Json& arguments) {
    expect_nothing("POST", "/tasks/" + name + "/stop", 200, arguments);
  }
  void delete_task(const std::string& name) { expect_nothing("DELETE", "/tasks/" + name, 204); }
  std::vector<SubTask> status(const std::string& name) {
    std::vector<SubTask> out;
    for (const Json& item : list("/tasks/" + name + "/status")) out.push_back(subtask_of(item));
    return out;
  }
  Failure failure(const std::string& method, const std::string& path, const Json& body = {}) {
    const HttpReply reply = send(method, path, body);
    const Json json = parsed(reply);
    return {reply.status, Members(json).integer("error_code"), Members(json).text("error_msg")};
  }

 private:
  HttpReply send(const std::string& method, const std::string& path, const Json& body) {
    return http_.request(method, "/api/v1" + path, body.is_null() ? "" : to_text(body));
  }
  static Json parsed(const HttpReply& reply) {
    auto json = model::parse_json(reply.body);
    if (!json.ok()) throw std::runtime_error("no JSON: " + reply.body);
    return std::move(json).value();
  }
  Json expect(const std::string& method, const std::string& path, int status, const Json& body) {
    const HttpReply reply = send(method, path, body);
    if (reply.status != status) throw std::runtime_error(method + " " + path + ": " + reply.body);
    return parsed(reply);
  }
  void expect_nothing(const std::string& method, const std::string& path, int status, const Json& body = {}) {
    const HttpReply reply = send(method, path, body);
    if (reply.status != status || !reply.body.empty()) throw std::runtime_error(method + " " + path + reply.body);
  }
  Json::Array list(const std::string& path) {
    const Json reply = expect("GET", path, 200, Json());
    const Members m(reply);
    if (m.integer("total") != static_cast<int64_t>(m.list("data").size())) throw std::runtime_error("total is wrong");
    return m.list("data");
  }
  const HttpClient& http_;
};

Json endpoint(const DatabaseServer& server) {
  Json out = Json::object().set("host", server.host()).set("port", server.port());
  return out.set("user", server.user()).set("password", server.password());
}

Json task_json(const DatabaseServer& target) {
  const Json from = Json::object().set("source_name", "up").set("schema", "life").set("table", "*");
  Json config = Json::object().set("source_conf", Json::Array{Json::object().set("source_name", "up")});
  Json out = Json::object().set("name", "cycle").set("task_mode", "all").set("on_duplicate", "replace");
  out.set("enhance_online_schema_change", true).set("target_config", endpoint(target));
  out.set("table_migrate_rule", Json::Array{Json::object().set("source", from)});
  return out.set("source_config", std::move(config));
}

}  // namespace

TEST_CASE("spec: a client written from DM's own description runs source, task, status, stop and delete",
          "[integration][contract]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  SLUICE_SKIP_IF(SluicedProcess::missing());
  MariaDbServer source;
  MariaDbServer target;
  source.connect().exec_all(
      "CREATE DATABASE life; CREATE TABLE life.t (id INT PRIMARY KEY); INSERT INTO life.t VALUES (1)");
  SluicedOptions options;
  options.dialect = "spec";
  const SluicedProcess sluiced(options);
  DmClient dm(sluiced.api());

  const Json definition = endpoint(source).set("source_name", "up").set("enable", true).set("enable_gtid", false);
  const Source created = dm.create_source(definition);
  CHECK(created.name == "up");
  CHECK(created.port == source.port());
  CHECK(created.enable);
  CHECK(dm.sources().size() == 1);
  CHECK(dm.failure("POST", "/sources", Json::object().set("source", definition)).code == 46007);

  const auto [name, outcome] = dm.create_task(task_json(target));
  CHECK(name == "cycle");
  CHECK(outcome.starts_with("pre-check is passed."));
  CHECK(dm.task("cycle") == "cycle");
  CHECK(dm.status("cycle").at(0).stage == "Stopped");
  dm.start_task("cycle", Json::object().set("source_name_list", Json::Array{"up"}));
  wait_until([&] { return dm.status("cycle").at(0).unit == "Sync"; }, 60s, "the unit Sync");
  source.connect().exec("INSERT INTO life.t VALUES (2)");
  wait_until([&] { return target.connect().count("life.t") == 2; }, 60s, "the row of the replication");
  wait_until([&] { return dm.status("cycle").at(0).has_sync; }, 60s, "the status of the replication");
  const SubTask running = dm.status("cycle").at(0);
  CHECK(running.source == "up");
  CHECK(running.worker != "");
  CHECK(running.stage == "Running");
  CHECK(running.error == "");
  CHECK(dm.failure("DELETE", "/tasks/cycle").code == 49001);
  dm.stop_task("cycle", Json::object().set("timeout_duration", "10s"));
  wait_until([&] { return dm.status("cycle").at(0).stage == "Paused"; }, 60s, "the stage Paused");
  dm.delete_task("cycle");
  CHECK(dm.failure("GET", "/tasks/cycle/status").code == 46018);
  dm.delete_source("up");
  CHECK(dm.sources().empty());
}
