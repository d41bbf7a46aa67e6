#include "core/units/full/snapshot.hpp"

#include <catch2/catch.hpp>
#include <thread>

#include "core/units/full/source_tables.hpp"
#include "tests/support/server.hpp"
#include "tests/support/skip.hpp"

using namespace sluice;
using namespace sluice::test;
using units::full::Snapshot;

namespace {

model::Endpoint endpoint_of(const DatabaseServer& server) {
  return {server.host(), server.port(), server.user(), server.password(), {}};
}

Result<Snapshot> snapshot_of(const DatabaseServer& server, const std::string& consistency = "auto") {
  model::Task task;
  task.name = "t";
  task.source_conf = {{"src"}};
  model::Source source;
  source.name = "src";
  auto rules = units::full::TableRules::build(task, source);
  if (!rules) return rules.status();
  const auto select = [rules = std::move(*rules)](upstream::Connection& session) {
    return units::full::selected_tables(session, rules);
  };
  return units::full::take_snapshot(endpoint_of(server), consistency, 2, select, true, {});
}

size_t columns_of(Snapshot& snapshot, const std::string& table) {
  auto described = units::full::describe_table(snapshot, {"shop", table});
  if (!described) FAIL(described.error().one_line());
  return described->info->columns.size();
}

}  // namespace

TEMPLATE_TEST_CASE(
    "snapshot: structures are those of its place in the binlog, and no statement waits for it afterwards",
    "[integration][load]", MariaDbServer, MySql56Server) {
  SLUICE_SKIP_IF(TestType::missing());
  TestType server;
  Sql sql = server.connect();
  sql.exec_all("CREATE DATABASE shop; CREATE TABLE shop.odd (`a``b` INT PRIMARY KEY)");
  for (int i = 0; i < 120; ++i) sql.exec("CREATE TABLE shop.t" + std::to_string(i) + " (id INT PRIMARY KEY, v INT)");
  auto snapshot = snapshot_of(server);
  if (!snapshot) FAIL(snapshot.error().one_line());
  // MariaDB 10.3 and MySQL 8.0 add a column without touching a row: nothing in the old snapshot tells that.
  sql.exec("SET SESSION lock_wait_timeout = 5");
  sql.exec("ALTER TABLE shop.t7 ADD COLUMN added VARCHAR(20) DEFAULT 'new'");
  sql.exec("CREATE TABLE shop.later (id INT PRIMARY KEY)");
  sql.exec("DROP TABLE shop.t8");
  REQUIRE(snapshot->tables);
  CHECK(snapshot->tables->size() == 121);
  CHECK(snapshot->structures.at({"shop", "t7"}).find("added") == std::string::npos);
  auto changed = units::full::describe_table(*snapshot, {"shop", "t7"});
  // MySQL 5.6 makes the table anew, and its rows of then can no longer be read.
  CHECK((changed.ok() ? changed->info->columns.size() == 2 : changed.error().native == 1412));
  const auto dropped = units::full::describe_table(*snapshot, {"shop", "t8"});
  CHECK((!dropped && dropped.error().native == 1146));
  CHECK(columns_of(*snapshot, "odd") == 1);
}

TEST_CASE("snapshot: with statements that change structures all the time each is of one moment",
          "[integration][load]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer server;
  Sql sql = server.connect();
  sql.exec("CREATE DATABASE shop");
  for (int i = 0; i < 20; ++i) sql.exec("CREATE TABLE shop.t" + std::to_string(i) + " (id INT PRIMARY KEY)");
  std::atomic<bool> stop{false};
  std::thread ddl([&] {
    Sql changer = server.connect();
    // Every table gets its n-th column before the next round: at no moment do counts differ by more than one.
    for (int n = 0; !stop && n < 400; ++n) {
      for (int i = 0; i < 20; ++i) {
        changer.exec("ALTER TABLE shop.t" + std::to_string(i) + " ADD COLUMN c" + std::to_string(n) + " INT");
      }
    }
  });
  for (int round = 0; round < 10; ++round) {
    auto snapshot = snapshot_of(server);
    if (!snapshot) {
      UNSCOPED_INFO(snapshot.error().one_line());
      CHECK(snapshot.ok());
      break;
    }
    size_t last = columns_of(*snapshot, "t0");
    bool fell = false;
    for (int i = 1; i < 20; ++i) {
      const size_t count = columns_of(*snapshot, "t" + std::to_string(i));
      CHECK((count == last || (count + 1 == last && !fell)));
      fell = fell || count + 1 == last;
      last = count;
    }
  }
  stop = true;
  ddl.join();
}
