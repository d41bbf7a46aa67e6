// A subtask that stopped at a DDL statement which the target refuses: skipped, replaced, or preceded by another one.
#include <catch2/catch.hpp>

#include "tests/e2e/compare.hpp"
#include "tests/support/skip.hpp"

using namespace sluice::test;

namespace {

const std::string kSubtask = "/api/v1/tasks/t1/sources/mysql-01/";
const std::string kErrors = kSubtask + "errors";

std::string outcome(const HttpReply& reply) {
  return std::to_string(reply.status) + (reply.status < 400 ? "" : " " + reply.text("error_code"));
}

/// A task that follows shop.t (id, v), whose rows have one and the same v in the target: no unique key fits there.
struct Halted {
  Halted() {
    from.exec_all(
        "CREATE DATABASE shop; CREATE TABLE shop.t (id INT PRIMARY KEY, v INT); INSERT INTO shop.t VALUES (1, 1), (2, "
        "2)");
    deployment.add_source(source);
    deployment.create_task({.target = target_json(target)});
    deployment.start();
    deployment.wait_unit("sync", 60s);
    deployment.wait_synced(source, 60s);
    to.exec("UPDATE shop.t SET v = 7");
  }
  const HttpClient& api() const { return deployment.sluiced.api(); }
  void wait_halted(const std::string& by = "uv") {
    wait_until(
        [&] {
          const SubtaskView view = deployment.status();
          return view.stage == "Paused" && view.error_msg.find(by) != std::string::npos;
        },
        60s, "a pause by " + by);
  }
  /// The rest of the binlog arrives, and nothing is unaccounted for.
  void require_rescued() {
    deployment.wait_synced(source, 60s);
    const SubtaskView view = deployment.status();
    INFO(view.body);
    CHECK(view.books_balance());
    to.exec("UPDATE shop.t SET v = id WHERE v = 7");
    require_equal(source, target, deployment);
  }
  std::string structure() {
    REQUIRE(api().post(kSubtask + "pause").status == 200);
    HttpReply reply;
    wait_until([&] { return (reply = api().get(kSubtask + "schemas/shop/t")).status == 200; }, 60s, "the pause");
    return reply.text("schema_create_sql");
  }
  bool target_has_key(const std::string& name, bool unique) {
    return to.value(
               "SELECT COUNT(*) FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = 'shop' AND INDEX_NAME = '" +
               name + "' AND NON_UNIQUE = " + (unique ? "0" : "1")) == "1";
  }

  MariaDbServer source;
  MariaDbServer target;
  Sql from = source.connect();
  Sql to = target.connect();
  Deployment deployment;
};

}  // namespace

TEST_CASE("a DDL that the target refuses is skipped on request: rows behind it are read by the source's structure",
          "[e2e][handling]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  Halted test;
  CHECK(outcome(test.api().post(kErrors + "/skip")) == "400 40051");
  test.to.exec("ALTER TABLE shop.t ADD COLUMN w INT");  // one of the two clauses has been done by hand
  test.from.exec("ALTER TABLE shop.t ADD COLUMN w INT, ADD UNIQUE KEY uv (v)");
  test.from.exec("INSERT INTO shop.t VALUES (3, 3, 33)");
  test.wait_halted();
  const HttpReply status = test.api().get("/api/v1/tasks/t1/status");
  INFO(status.body);
  CHECK(status.text("data[0].errors[0].event") == "ddl");
  const std::string name = status.text("data[0].errors[0].binlog_name");
  const std::string position = std::to_string(status.number("data[0].errors[0].binlog_pos"));
  CHECK_FALSE(status.text("data[0].errors[0].gtid").empty());
  CHECK(outcome(test.api().post(kErrors + "/skip", R"({"binlog_pos":4})")) == "400 49001");
  CHECK(outcome(test.api().post(kErrors + "/skip", R"({"binlog_gtid":"9-9-9"})")) == "400 49001");
  CHECK(outcome(test.api().post(kErrors + "/skip", R"({"sqls":["DROP TABLE shop.t"]})")) == "400 49001");
  const HttpReply skipped =
      test.api().post(kErrors + "/skip", R"({"binlog_name":")" + name + R"(","binlog_pos":)" + position + "}");
  INFO(skipped.body);
  REQUIRE(skipped.status == 200);
  CHECK(skipped.text("action") == "skip");
  CHECK(skipped.text("state") == "pending");
  test.from.exec("UPDATE shop.t SET w = id WHERE id = 1");
  test.require_rescued();
  CHECK(test.deployment.status().filtered["skipped on request"] == 2);
  const HttpReply after = test.api().get("/api/v1/tasks/t1/status");
  CHECK(after.text("data[0].sync_status.error_handlings[0].state") == "applied");
  CHECK(test.api().get(kErrors).number("total") == 0);
  CHECK_FALSE(test.target_has_key("uv", true));
  const std::string structure = test.structure();
  INFO(structure);
  CHECK(structure.find("UNIQUE KEY `uv`") != std::string::npos);
  CHECK(structure.find("`w`") != std::string::npos);
}

TEST_CASE("a DDL that the target refuses is replaced on request, once, also over kill -9", "[e2e][handling]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  Halted test;
  const HttpClient& api = test.api();
  test.from.exec("ALTER TABLE shop.t ADD COLUMN w INT FIRST, ADD UNIQUE KEY uv (v)");
  test.from.exec("INSERT INTO shop.t (id, v, w) VALUES (3, 3, 33)");
  test.wait_halted();
  const auto replace = [&](const std::string& sqls, bool resume = true) {
    return api.post(kErrors + "/replace", R"({"sqls":[)" + sqls + R"(],"resume":)" + (resume ? "true}" : "false}"));
  };
  CHECK(outcome(replace("")) == "400 49001");
  CHECK(outcome(replace(R"j("ALTER TABLE t ADD KEY uv (v)")j")) == "400 49001");
  CHECK(outcome(replace(R"j("ALTER TABLE other.t ADD KEY uv (v)")j")) == "400 44015");
  CHECK(outcome(replace(R"("DELETE FROM shop.t")")) == "400 36067");
  CHECK(outcome(api.del(kErrors)) == "400 49001");

  // Taken back before it was met.
  REQUIRE(replace(R"j("ALTER TABLE shop.t ADD KEY never (v)")j", false).status == 200);
  CHECK(api.get(kErrors).number("total") == 1);
  CHECK(api.get("/api/v1/tasks/t1/status").text("data[0].sync_status.error_handlings[0].state") == "pending");
  REQUIRE(api.del(kErrors).status == 204);
  CHECK(api.get(kErrors).number("total") == 0);

  // One that fails half-way, then another in its place: nothing of either is executed twice.
  REQUIRE(
      replace(R"j("ALTER TABLE shop.t ADD COLUMN w INT FIRST", "ALTER TABLE shop.t ADD UNIQUE KEY uv (v)")j").status ==
      200);
  test.wait_halted("statement 2 given to replace");
  REQUIRE(replace(R"j("CREATE INDEX uv ON shop.t (v)")j", false).status == 200);
  CHECK(api.get(kErrors).number("total") == 1);
  test.deployment.sluiced.kill9();
  test.deployment.sluiced.restart();
  test.require_rescued();
  CHECK(test.deployment.status().filtered["replaced on request"] == 2);
  CHECK(test.target_has_key("uv", false));
  CHECK_FALSE(test.target_has_key("never", false));
  const std::string structure = test.structure();
  INFO(structure);
  CHECK(structure.find("UNIQUE KEY `uv`") != std::string::npos);
  CHECK(structure.find("`w`") < structure.find("`id`"));

  // A subtask by itself: paused above.
  test.from.exec("INSERT INTO shop.t (id, v, w) VALUES (4, 4, 44)");
  CHECK(outcome(api.post("/api/v1/tasks/t1/sources/nobody/resume")) == "400 46008");
  CHECK(outcome(api.post("/api/v1/tasks/nothing/sources/mysql-01/pause")) == "400 46018");
  REQUIRE(api.post(kSubtask + "resume").status == 200);
  test.require_rescued();
}

TEST_CASE("a DDL that the target refuses is executed behind statements that prepare the target", "[e2e][handling]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  Halted test;
  test.to.exec("ALTER TABLE shop.t DROP COLUMN v");
  test.from.exec("ALTER TABLE shop.t ADD KEY iv (v)");
  test.from.exec("INSERT INTO shop.t VALUES (3, 3)");
  test.wait_halted("'v'");
  // It tries again by itself now and then, and is not paused meanwhile.
  HttpReply injected;
  wait_until(
      [&] {
        injected = test.api().post(kErrors + "/inject", R"({"sqls":["ALTER TABLE shop.t ADD COLUMN v INT"]})");
        return injected.status != 400 || injected.text("error_code") != "40051";
      },
      60s, "a pause");
  INFO(injected.body);
  REQUIRE(injected.status == 200);
  test.deployment.wait_synced(test.source, 60s);
  CHECK(test.target_has_key("iv", false));
  test.to.exec("UPDATE shop.t SET v = id WHERE v IS NULL");
  test.require_rescued();
  CHECK(test.deployment.status().filtered.empty());
  CHECK(test.structure().find("KEY `iv`") != std::string::npos);
}
