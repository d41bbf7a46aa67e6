#include <catch2/catch.hpp>

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
