#include <catch2/catch.hpp>

#include "tests/integration/task/fixture.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/workload.hpp"

using namespace sluice;
using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

void require_equal(Pair& pair, const std::string& schema) {
  auto left = pair.source.connect();
  auto right = pair.target.connect();
  const auto found = differences(left, right, schema);
  for (const std::string& difference : found) UNSCOPED_INFO(difference);
  UNSCOPED_INFO(pair.describe());
  REQUIRE(found.empty());
}

void require_books_balance(const Pair& pair) {
  const auto status = pair.subtask->status();
  REQUIRE(status.sync.has_value());
  uint64_t filtered = 0;
  for (const auto& [rule, n] : status.sync->filtered) filtered += n;
  INFO(pair.describe());
  REQUIRE(status.sync->read == status.sync->applied + filtered + status.sync->pending);
}

}  // namespace

TEST_CASE("every change made at a MariaDB source from a position on arrives in the target", "[integration][sync]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  Pair pair(source, target);
  REQUIRE(pair.plugins.problems.empty());
  pair.begin_here();
  auto sql = source.connect();
  create_workload(sql, {.rows = 20});
  pair.make();
  pair.subtask->start({});
  Workload load([&] { return source.connect(); }, {.rows = 20});
  wait_until([&] { return load.statements() > 3000; }, 120s, "3000 statements");
  load.stop();
  pair.wait_synced(120s);
  require_equal(pair, "shop");
  require_books_balance(pair);
}

TEST_CASE("pausing and starting again at any moment loses and doubles nothing", "[integration][sync]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  Pair pair(source, target);
  pair.begin_here();
  auto sql = source.connect();
  create_workload(sql, {.rows = 20, .seed = 7});
  Workload load([&] { return source.connect(); }, {.rows = 20, .seed = 7});
  for (int round = 0; round < 8; ++round) {
    pair.make();  // nothing is kept in memory
    pair.subtask->start({});
    const auto until = load.statements() + 150;
    wait_until([&] { return load.statements() > until; }, 60s, "more statements");
    // A bound of zero cuts the unit off in the middle of what it does, on every other round.
    pair.subtask->pause(round % 2 == 0 ? 0ms : 10000ms, "test");
    pair.subtask.reset();
  }
  load.stop();
  pair.make();
  pair.subtask->start({});
  pair.wait_synced(120s);
  require_equal(pair, "shop");
}

TEST_CASE("the target being killed pauses the subtask, which resumes by itself", "[integration][sync]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  Pair pair(source, target);
  pair.begin_here();
  auto sql = source.connect();
  create_workload(sql, {.tables = 8, .rows = 20, .seed = 3});
  pair.make();
  pair.subtask->start({});
  Workload load([&] { return source.connect(); }, {.tables = 8, .rows = 20, .seed = 3});
  for (int round = 0; round < 3; ++round) {
    const auto until = load.statements() + 200;
    wait_until([&] { return load.statements() > until; }, 60s, "more statements");
    target.kill9();
    target.restart();
  }
  load.stop();
  pair.wait_synced(180s);
  require_equal(pair, "shop");
}

TEST_CASE("a MySQL 5.6 source is followed by GTID", "[integration][sync]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  SLUICE_SKIP_IF(MySql56Server::missing());
  MySql56Server source;
  MariaDbServer target;
  Pair pair(source, target);
  pair.config.source.enable_gtid = true;
  auto sql = source.connect();
  pair.config.task.source_conf[0].binlog_gtid = sql.value("SELECT @@global.gtid_executed");
  if (pair.config.task.source_conf[0].binlog_gtid.empty()) pair.begin_here();
  create_workload(sql, {.rows = 10, .mysql56 = true});
  pair.make();
  pair.subtask->start({});
  Workload load([&] { return source.connect(); }, {.rows = 10, .mysql56 = true});
  wait_until([&] { return load.statements() > 1000; }, 120s, "1000 statements");
  load.stop();
  pair.wait_synced(120s);
  require_equal(pair, "shop");
  require_books_balance(pair);
}

TEST_CASE("mode all loads what is there and follows what comes, under load", "[integration][sync][load]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  Pair pair(source, target, "all");
  auto sql = source.connect();
  create_workload(sql, {.rows = 100, .seed = 11});
  Workload load([&] { return source.connect(); }, {.rows = 100, .ddl = false, .seed = 11});
  wait_until([&] { return load.statements() > 200; }, 60s, "statements before the start");
  pair.make();
  pair.subtask->start({});
  const auto until = load.statements() + 1500;
  wait_until([&] { return load.statements() > until; }, 120s, "statements");
  load.stop();
  pair.wait_synced(180s);
  require_equal(pair, "shop");
  require_books_balance(pair);
}

TEST_CASE("mode dump writes files and finishes", "[integration][dump]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  Pair pair(source, target, "dump");
  auto sql = source.connect();
  create_workload(sql, {.tables = 3, .rows = 20});
  pair.config.task.full_migrate_conf = model::FullMigrateConf{};
  pair.config.task.full_migrate_conf->data_dir = (pair.folder.path() / "out").string();
  pair.make();
  pair.subtask->start({});
  wait_until([&] { return pair.subtask->status().stage == model::Stage::Finished; }, 60s, "the end of the dump");
  const auto directory = pair.folder.path() / "out.t1";
  CHECK(std::filesystem::exists(directory / "metadata"));
  CHECK(std::filesystem::exists(directory / "shop.t0-schema.sql"));
}
