#include <catch2/catch.hpp>

#include "tests/e2e/compare.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/workload.hpp"

using namespace sluice::test;

namespace {

// Writers and DDL go on before the task starts, while it copies and while it follows.
void migrate_under_load(const DatabaseServer& source, const DatabaseServer& target, const WorkloadOptions& options,
                        const std::string& source_members) {
  Sql sql = source.connect();
  create_workload(sql, options);
  Deployment deployment;
  deployment.add_source(source, "mysql-01", source_members);
  deployment.create_task({.target = target_json(target)});
  Workload load([&] { return source.connect(); }, options);
  wait_statements(load, 200);
  const auto begin = std::chrono::steady_clock::now();
  deployment.start();
  deployment.wait_unit("sync", 120s);
  wait_until([&] { return std::chrono::steady_clock::now() - begin > by_length(15s, 120s); }, 130s, "the load's time");
  wait_statements(load, 200);
  load.stop();
  sql.exec("ALTER TABLE shop.t1 ADD COLUMN at_the_end INT NOT NULL DEFAULT 7");
  sql.exec("INSERT INTO shop.t1 (id, at_the_end) VALUES (50000, 8)");
  deployment.wait_synced(source, by_length(180s, 600s));
  require_equal(source, target, deployment);
  const SubtaskView view = deployment.status();
  require_books_balance(view);
  CHECK(view.applied > 0);
  CHECK(view.error_msg.empty());
}

}  // namespace

TEST_CASE("a MariaDB source is copied and followed while writers and DDL go on", "[e2e][all]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  migrate_under_load(source, target, {.rows = 100, .seed = 21}, "");
}

TEST_CASE("a MySQL 5.6 source is copied and followed by GTID while writers and DDL go on", "[e2e][all][mysql56]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  SLUICE_SKIP_IF(MySql56Server::missing());
  MySql56Server source;
  MariaDbServer target;
  migrate_under_load(source, target, {.rows = 100, .mysql56 = true, .seed = 22}, R"(,"enable_gtid":true)");
}
