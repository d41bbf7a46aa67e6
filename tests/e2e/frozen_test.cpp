#include <catch2/catch.hpp>

#include <list>
#include <thread>

#include "tests/e2e/compare.hpp"
#include "tests/support/proxy.hpp"
#include "tests/support/skip.hpp"

using namespace sluice::test;

namespace {

std::string through(const DatabaseServer& server, const TcpProxy& proxy) {
  std::string text = target_json(server);
  const std::string port = std::to_string(server.port());
  return text.replace(text.find(port), port.size(), std::to_string(proxy.port()));
}

}  // namespace

// Everything below is answered while no byte moves between sluiced and the target: the proxy thaws only at the end.
TEST_CASE("a frozen target holds up no answer: status, stop, start, delete and the end of sluiced", "[e2e][frozen]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  TcpProxy proxy(target.port());
  Sql sql = source.connect();
  sql.exec("CREATE DATABASE shop");
  sql.exec("CREATE TABLE shop.t (id INT PRIMARY KEY, v INT)");
  sql.exec("INSERT INTO shop.t VALUES (1, 1)");
  Deployment deployment;
  deployment.add_source(source);
  for (const char* name : {"t1", "t2"}) deployment.create_task({.name = name, .target = through(target, proxy)});
  deployment.start("t1");
  deployment.wait_synced(source, 90s);
  proxy.freeze(true);
  sql.exec("INSERT INTO shop.t VALUES (2, 2)");
  const HttpClient& api = deployment.sluiced.api();

  const HttpReply status = api.get("/api/v1/tasks/t1/status");
  CHECK(status.status == 200);
  CHECK(status.body.find("status_age_seconds") != std::string::npos);
  CHECK(api.post("/api/v1/tasks/t1/stop", R"({"timeout_duration":"1s"})").status == 200);
  wait_until([&] { return deployment.status().stage == "Paused"; }, 60s, "Paused although the target is frozen");

  // A start hangs before it has a unit to stop.
  deployment.start("t1");
  wait_until([&] { return deployment.status().stage == "Running"; }, 60s, "Running towards a frozen target");
  CHECK(api.post("/api/v1/tasks/t1/stop", R"({"timeout_duration":"1s"})").status == 200);
  wait_until([&] { return deployment.status().stage == "Paused"; }, 60s, "Paused before there was a unit");

  deployment.start("t1");
  CHECK(api.del("/api/v1/tasks/t1?force=true").status == 204);
  CHECK(deployment.sluiced.log().find("metadata of a deleted task stays in the target") != std::string::npos);
  CHECK(api.get("/api/v1/tasks/t1").status == 404);

  deployment.start("t2");
  CHECK(deployment.sluiced.terminate() == 0);
}

namespace {

// A source that listens behind the proxy.
std::string source_through(const DatabaseServer& server, const TcpProxy& proxy, const std::string& name) {
  std::string text = source_json(server, name);
  const std::string port = std::to_string(server.port());
  return text.replace(text.find(port), port.size(), std::to_string(proxy.port()));
}

std::string task_of(const DatabaseServer& target, const std::string& name, const std::string& source) {
  return task_json({.name = name,
                    .target = target_json(target),
                    .sources = {source},
                    .rules = R"([{"source":{"source_name":")" + source +
                             R"(","schema":"shop","table":"*"},"target":{"schema":")" + name + R"("}}])"});
}

// Requests that are under way at the same time.
class Asked {
 public:
  explicit Asked(const HttpClient& api) : api_(api) {}
  ~Asked() { wait(); }
  Asked(const Asked&) = delete;
  Asked& operator=(const Asked&) = delete;

  void ask(const std::string& method, const std::string& path, const std::string& body = "") {
    auto& reply = replies_.emplace_back(method + " " + path, HttpReply()).second;
    threads_.emplace_back([this, &reply, method, path, body] { reply = api_.request(method, path, body); });
  }
  void wait() {
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }
  // Waits. What was asked, and the replies.
  [[nodiscard]] const std::list<std::pair<std::string, HttpReply>>& replies() {
    wait();
    return replies_;
  }

 private:
  const HttpClient& api_;
  std::list<std::pair<std::string, HttpReply>> replies_;
  std::vector<std::thread> threads_;
};

}  // namespace

// As above, with the source. The client waits 60 s for a reply; without one its status is 0.
TEST_CASE("a frozen source holds up no answer: status, commands, stop, delete, disable and the end of sluiced",
          "[e2e][frozen]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  TcpProxy proxy(source.port());
  Sql sql = source.connect();
  sql.exec("CREATE DATABASE shop");
  sql.exec("CREATE TABLE shop.t (id INT PRIMARY KEY, v INT)");
  sql.exec("INSERT INTO shop.t VALUES (1, 1)");
  Deployment deployment;
  const HttpClient& api = deployment.sluiced.api();
  REQUIRE(api.post("/api/v1/sources", source_through(source, proxy, "mysql-01")).status == 200);
  for (const char* name : {"t1", "t2", "t3"}) {
    REQUIRE(api.post("/api/v1/tasks", task_of(target, name, "mysql-01")).status == 200);
  }
  for (const char* name : {"t1", "t2"}) {
    deployment.start(name);
    deployment.wait_synced(source, 90s, "mysql-01", name);
  }
  REQUIRE(api.post("/api/v1/tasks/t2/stop").status == 200);
  wait_until([&] { return deployment.status("mysql-01", "t2").stage == "Paused"; }, 60s, "t2 paused");
  const std::string at_freeze = deployment.status().file;
  proxy.freeze(true);
  sql.exec("INSERT INTO shop.t VALUES (2, 2)");

  // Everything that asks the source, at once, and what does not beside it.
  Asked asked(api);
  const std::string t2 = "/api/v1/tasks/t2/sources/mysql-01";
  asked.ask("GET", "/api/v1/sources/mysql-01/schemas");
  asked.ask("GET", "/api/v1/sources/mysql-01/schemas/shop");
  asked.ask("GET", t2 + "/migrate_targets");
  asked.ask("PUT", t2 + "/schemas/shop/t", R"({"schema_source":"upstream"})");
  asked.ask("POST", "/api/v1/sources", source_through(source, proxy, "mysql-02"));
  asked.ask("POST", "/api/v1/tasks", task_of(target, "t4", "mysql-01"));
  asked.ask("POST", "/api/v1/tasks/check", task_of(target, "t5", "mysql-01"));
  const HttpReply status = api.get("/api/v1/tasks/t1/status");
  CHECK(status.status == 200);
  INFO(status.body);
  CHECK(status.text("data[0].stage") == "Running");
  CHECK(deployment.status().file == at_freeze);
  CHECK(api.get("/api/v1/sources/mysql-01/status").status == 200);
  CHECK(api.get("/api/v1/sources?with_status=true").status == 200);
  CHECK(api.get("/health").status == 200);
  const char* age = "data[0].sync_status.master_binlog_age_seconds";
  if (!wait_for([&] { return api.get("/api/v1/tasks/t1/status").number(age) > 0; }, 60s)) {
    FAIL("no age of what the source said last: " << api.get("/api/v1/tasks/t1/status").body
                                                 << deployment.sluiced.log());
  }

  // A stop while it follows, a start that has no unit yet, a deletion.
  CHECK(api.post("/api/v1/tasks/t1/stop", R"({"timeout_duration":"1s"})").status == 200);
  wait_until([&] { return deployment.status().stage == "Paused"; }, 60s, "Paused although the source is frozen");
  deployment.start("t3");
  wait_until([&] { return deployment.status("mysql-01", "t3").stage == "Running"; }, 60s, "t3 runs");
  CHECK(api.post("/api/v1/tasks/t3/stop", R"({"timeout_duration":"1s"})").status == 200);
  wait_until([&] { return deployment.status("mysql-01", "t3").stage == "Paused"; }, 60s, "Paused before the copy");
  CHECK(api.del("/api/v1/tasks/t1?force=true").status == 204);
  CHECK(api.get("/api/v1/tasks/t1").status == 404);
  for (const auto& [what, reply] : asked.replies()) {
    INFO(what << ": " << reply.status << " " << reply.body << reply.error);
    CHECK(reply.status == 400);
    const std::string code = reply.text("error_code");
    CHECK((code == "10001" || code == "10005" || code == "26002"));
    CHECK(reply.text("error_msg").find("127.0.0.1:" + std::to_string(proxy.port())) != std::string::npos);
  }
  deployment.start("t3");
  CHECK(api.post("/api/v1/sources/mysql-01/disable").status == 200);
  wait_until([&] { return deployment.status("mysql-01", "t3").stage == "Paused"; }, 60s, "disabled");
  CHECK(api.post("/api/v1/sources/mysql-01/enable").status == 200);
  wait_until([&] { return deployment.status("mysql-01", "t3").stage == "Running"; }, 60s, "enabled again");

  // The end, with requests, commands and a subtask at the source.
  const std::uint64_t before = proxy.accepted();
  Asked last(api);
  last.ask("GET", "/api/v1/sources/mysql-01/schemas");
  last.ask("GET", t2 + "/migrate_targets");
  last.ask("PUT", t2 + "/schemas/shop/t", R"({"schema_source":"upstream"})");
  last.ask("POST", "/api/v1/tasks/check", task_of(target, "t5", "mysql-01"));
  wait_until([&] { return proxy.accepted() >= before + 4; }, 60s, "requests at the source");
  CHECK(deployment.sluiced.terminate() == 0);
}
