// The commands on the tables of a subtask, between two real servers (behaviour.md 16, api.md 6.9 to 6.13).
#include <catch2/catch.hpp>

#include "core/model/json.hpp"
#include "tests/integration/task/fixture.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/workload.hpp"

using namespace sluice;
using namespace sluice::test;
using namespace std::chrono_literals;
using model::Json;

namespace {

Json table(const std::string& name) { return Json::object().set("schema", "shop").set("table", name); }

std::string code_of(const Result<Json>& reply) { return reply.ok() ? "ok" : std::to_string(reply.error().code); }

/// The text of a reply, or its error.
std::string text_of(const Result<Json>& reply) { return reply.ok() ? to_text(*reply) : reply.error().one_line(); }

struct Commands {
  Commands(DatabaseServer& from, DatabaseServer& to) : pair(from, to) {}
  Result<Json> run(const std::string& kind, Json arguments = Json::object()) {
    return pair.subtask->execute({kind, std::move(arguments)});
  }
  std::string create_sql(const std::string& name) {
    auto reply = run("structure.get", table(name));
    if (!reply.ok()) return reply.error().one_line();
    return *reply->find("schema_create_sql")->as_string();
  }
  void pause() { pair.subtask->pause(10s, "test"); }
  /// A process that knows nothing but what is stored.
  void forget_everything() {
    const auto status = pair.subtask->status();
    pair.subtask.reset();
    pair.make();
    pair.subtask->restore(status);
  }
  bool paused_by(int code) {
    return wait_for(
        [&] {
          const auto status = pair.subtask->status();
          return status.stage == model::Stage::Paused && !status.errors.empty() && status.errors[0].code == code;
        },
        30s);
  }
  Pair pair;
};

}  // namespace

TEST_CASE("a structure that was set is used by the next row event, also by a process that knows nothing else",
          "[integration][structure]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  Commands test(source, target);
  Pair& pair = test.pair;
  auto from = source.connect();
  auto to = target.connect();
  from.exec_all("CREATE DATABASE shop; CREATE TABLE shop.t (id INT PRIMARY KEY, old INT, name VARCHAR(20))");
  pair.begin_here();
  // A task that begins before the structure of now: the rows have a column that neither side has any more.
  from.exec("INSERT INTO shop.t VALUES (1, 11, 'one'), (2, 22, 'two')");
  from.exec("ALTER TABLE shop.t DROP COLUMN old");
  from.exec("INSERT INTO shop.t VALUES (3, 'three')");
  to.exec_all("CREATE DATABASE shop; CREATE TABLE shop.t (id INT PRIMARY KEY, name VARCHAR(20))");
  pair.make();
  CHECK(code_of(test.run("structure.get", table("t"))) == "40051");
  CHECK(code_of(test.run("targets")) == "40051");
  pair.subtask->start({});
  REQUIRE(test.paused_by(36027));

  CHECK(test.create_sql("t").find("`old`") == std::string::npos);
  CHECK(code_of(test.run("structure.set", table("t").set("sql_content", "DROP TABLE t"))) == "44009");
  CHECK(code_of(test.run("structure.set", table("t").set("sql_content", "SELECT 1"))) == "44009");
  CHECK(code_of(test.run("structure.set", table("t").set("sql_content", "CREATE TABLE t (id INT"))) == "44008");
  CHECK(code_of(test.run("nonsense")) == "49001");
  const std::string wanted = "CREATE TABLE other.name (id INT PRIMARY KEY, old INT, name VARCHAR(20))";
  REQUIRE(text_of(test.run("structure.set", table("t").set("sql_content", wanted))) == "null");
  CHECK(test.create_sql("t").find("CREATE TABLE `shop`.`t`") == 0);
  test.forget_everything();
  CHECK(test.create_sql("t").find("`old`") != std::string::npos);
  // The target lacks the column: it is given it, and the statement that drops it finds it.
  to.exec("ALTER TABLE shop.t ADD COLUMN old INT AFTER id");
  pair.subtask->start({});
  pair.wait_synced(60s);
  CHECK(to.value("SELECT GROUP_CONCAT(id, name ORDER BY id) FROM shop.t") == "1one,2two,3three");
  CHECK(differences(from, to, "shop").empty());
  test.pause();
  CHECK(test.create_sql("t").find("`old`") == std::string::npos);
}

TEST_CASE("schemas, tables and structures are what a paused subtask tracks", "[integration][structure]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  Commands test(source, target);
  Pair& pair = test.pair;
  pair.config.task.table_migrate_rule = {
      {.source_name = "mysql-01", .schema = "shop", .table = "*", .target_schema = "store"}};
  auto from = source.connect();
  auto to = target.connect();
  from.exec_all(
      "CREATE DATABASE shop; CREATE TABLE shop.known (id INT PRIMARY KEY); CREATE TABLE shop.unmet (id INT PRIMARY "
      "KEY);"
      "CREATE DATABASE other; CREATE TABLE other.x (id INT PRIMARY KEY)");
  to.exec_all(
      "CREATE DATABASE store; CREATE TABLE store.known (id INT PRIMARY KEY); CREATE TABLE store.unmet (id INT PRIMARY "
      "KEY, extra INT)");
  pair.begin_here();
  pair.make();
  pair.subtask->start({});
  from.exec_all(
      "INSERT INTO shop.known VALUES (1); CREATE TABLE shop.made (id BIGINT UNSIGNED PRIMARY KEY); CREATE TABLE "
      "other.y (id INT)");
  pair.wait_synced(60s);
  CHECK(code_of(test.run("schemas")) == "40051");
  const std::string all = text_of(test.run("targets"));
  CHECK(all.find(R"({"source_schema":"shop","source_table":"known","target_schema":"store","target_table":"known"})") !=
        std::string::npos);
  CHECK(all.find("other") == std::string::npos);
  CHECK(test.run("targets", Json::object().set("table_pattern", "^k"))->as_array()->size() == 1);
  CHECK(test.run("targets", Json::object().set("schema_pattern", "^store"))->as_array()->empty());
  CHECK(code_of(test.run("targets", Json::object().set("table_pattern", "(("))) == "49001");

  test.pause();
  CHECK(text_of(test.run("schemas")) == R"(["shop"])");
  CHECK(text_of(test.run("tables", Json::object().set("schema", "shop"))) == R"(["known","made"])");
  CHECK(code_of(test.run("tables", Json::object().set("schema", "other"))) == "44005");
  INFO(test.create_sql("made"));
  CHECK(test.create_sql("made").find("`id` bigint unsigned") != std::string::npos);
  CHECK(test.create_sql("unmet").find("`extra`") != std::string::npos);  // as the target has it
  CHECK(code_of(test.run("structure.get", table("nowhere"))) == "44015");
  CHECK(code_of(test.run("structure.get", Json::object().set("schema", "other").set("table", "x"))) == "44015");

  REQUIRE(test.run("structure.set", table("unmet").set("schema_source", "upstream")).ok());
  CHECK(test.create_sql("unmet").find("`extra`") == std::string::npos);
  REQUIRE(test.run("structure.set", table("unmet").set("schema_source", "downstream")).ok());
  CHECK(test.create_sql("unmet").find("`extra`") != std::string::npos);
  CHECK(code_of(test.run("structure.set", table("nowhere").set("schema_source", "upstream"))) == "44005");
  CHECK(code_of(test.run("structure.set", table("nowhere").set("schema_source", "downstream"))) == "44007");

  REQUIRE(test.run("structure.forget", table("unmet")).ok());
  REQUIRE(test.run("structure.forget", table("unmet")).ok());
  CHECK(text_of(test.run("tables", Json::object().set("schema", "shop"))) == R"(["known","made"])");
  test.forget_everything();
  // The next row event reads it as that of a new table: the target's, which has a column too many by now.
  pair.subtask->start({});
  from.exec("INSERT INTO shop.unmet VALUES (1)");
  REQUIRE(test.paused_by(36027));
  REQUIRE(test.run("structure.set", table("unmet").set("schema_source", "upstream")).ok());
  pair.subtask->start({});
  pair.wait_synced(60s);
  CHECK(to.value("SELECT COUNT(*) FROM store.unmet") == "1");
}

TEST_CASE("structures belong to the unit sync, commands end when the subtask is closed", "[integration][structure]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  Commands test(source, target);
  Pair& pair = test.pair;
  auto from = source.connect();
  from.exec_all("CREATE DATABASE shop; CREATE TABLE shop.t (id INT PRIMARY KEY)");
  pair.begin_here();
  pair.make();
  model::SubtaskStatus former;
  former.unit = "load";
  pair.subtask->restore(former);
  CHECK(code_of(test.run("schemas")) == "40056");
  former.unit = "sync";
  pair.subtask->restore(former);
  CHECK(text_of(test.run("schemas")) == "[]");
  target.freeze();
  std::thread asks([&] { CHECK_FALSE(test.run("schemas").ok()); });
  pair.subtask->close(200ms, "test");  // returns although the target says nothing
  asks.join();
  target.thaw();
  CHECK(code_of(test.run("schemas")) == "40051");
}
