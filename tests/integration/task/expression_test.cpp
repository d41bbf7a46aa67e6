// Expression filter rules of a task, between two real servers.
#include <catch2/catch.hpp>

#include "tests/integration/task/fixture.hpp"
#include "tests/support/skip.hpp"

using namespace sluice;
using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

void add_rule(Pair& pair, const std::string& name, model::ExpressionFilterRule rule) {
  rule.schema = "shop";
  if (rule.table.empty()) rule.table = "orders";
  pair.config.task.expression_filter_rule[name] = std::move(rule);
  pair.config.task.source_conf[0].expression_filter_rule.push_back(name);
}

bool books_balance(const model::SyncStatus& sync) {
  uint64_t filtered = 0;
  for (const auto& [rule, count] : sync.filtered) filtered += count;
  return sync.read == sync.applied + sync.pending + filtered;
}

void prepare(Pair& pair) {
  auto from = pair.source.connect();
  auto to = pair.target.connect();
  for (Sql* sql : {&from, &to}) {
    sql->exec("CREATE DATABASE shop");
    for (const char* name : {"orders", "other"}) {
      sql->exec(std::string("CREATE TABLE shop.") + name +
                " (id INT PRIMARY KEY, status VARCHAR(10) COLLATE utf8mb4_general_ci, price DECIMAL(8,2), at DATE)");
    }
  }
  pair.begin_here();
}

}  // namespace

TEST_CASE("expression rules drop the rows they are true for, beside other filters, and are counted by name",
          "[integration][task]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  Pair pair(source, target);
  prepare(pair);
  add_rule(pair, "no-drafts", {.insert_value_expr = "status = 'draft' AND price < 100"});
  add_rule(pair, "no-future", {.insert_value_expr = "at >= '2030-01-01'"});
  add_rule(pair, "no-reopening",
           {.update_old_value_expr = "status = 'closed'", .update_new_value_expr = "status <> 'closed'"});
  add_rule(pair, "keep-old", {.delete_value_expr = "at < '2020-01-01'"});
  model::TableMigrateRule rule;
  rule.source_name = "mysql-01";
  rule.schema = "shop";
  pair.config.task.table_migrate_rule.push_back(rule);
  rule.table = "other";
  rule.binlog_filter_rule = {"no-deletes"};
  pair.config.task.table_migrate_rule.push_back(rule);
  pair.config.task.binlog_filter_rule["no-deletes"].ignore_event = {"delete"};
  pair.make();
  pair.subtask->start({});

  auto sql = source.connect("shop");
  sql.exec(
      "INSERT INTO orders VALUES (1, 'draft', 5, '2024-01-01'), (2, 'DRAFT ', 50, '2024-01-01'), (3, 'draft', 500, "
      "'2024-01-01'), (4, NULL, 5, NULL), (5, 'closed', 5, '2031-05-05'), (6, 'closed', 7, '2019-05-05'), (7, 'open', "
      "8, '2024-01-01')");
  sql.exec("INSERT INTO other SELECT * FROM orders");
  sql.exec("UPDATE orders SET status = 'open' WHERE id = 6");    // stays closed in the target
  sql.exec("UPDATE orders SET status = 'closed' WHERE id = 7");  // is applied
  sql.exec("UPDATE orders SET price = 9 WHERE id IN (4, 7)");
  sql.exec("DELETE FROM orders WHERE id IN (3, 6)");
  sql.exec("DELETE FROM other WHERE id = 1");
  pair.wait_synced(60s);

  auto to = target.connect("shop");
  CHECK(to.value("SELECT GROUP_CONCAT(id, ':', IFNULL(status, '-'), ':', price ORDER BY id) FROM orders") ==
        "4:-:9.00,6:closed:7.00,7:closed:9.00");
  CHECK(to.count("other") == 7);
  const auto status = pair.subtask->status();
  REQUIRE(status.sync);
  INFO(pair.describe());
  CHECK(books_balance(*status.sync));
  CHECK(status.sync->filtered ==
        std::map<std::string, uint64_t>{
            {"keep-old", 1}, {"no-deletes", 1}, {"no-drafts", 2}, {"no-future", 1}, {"no-reopening", 1}});
  pair.subtask->close(10s, "test");
}

TEST_CASE("an expression that fits the table no more pauses the subtask before its row, and a better one resumes it",
          "[integration][task]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  Pair pair(source, target);
  prepare(pair);
  add_rule(pair, "no-drafts", {.insert_value_expr = "status = 'draft'"});
  pair.make();
  pair.subtask->start({});
  auto sql = source.connect("shop");
  sql.exec("INSERT INTO orders VALUES (1, 'draft', 1, NULL), (2, 'open', 2, NULL)");
  sql.exec("ALTER TABLE orders RENAME COLUMN status TO state");
  sql.exec("INSERT INTO orders VALUES (3, 'draft', 3, NULL), (4, 'open', 4, NULL)");
  const auto paused = [&] {
    const auto status = pair.subtask->status();
    return status.stage == model::Stage::Paused && !status.errors.empty();
  };
  INFO(pair.describe());
  REQUIRE(wait_for(paused, 60s));
  const Error error = pair.subtask->status().errors.at(0);
  INFO(error.one_line());
  CHECK(error.code == 20041);
  CHECK(error.rule == "no-drafts");
  CHECK(error.table == "shop.orders");
  CHECK(error.binlog_pos > 0);
  CHECK(error.message.find("insert_value_expr `status = 'draft'` of `shop`.`orders`: the table `shop`.`orders` has no "
                           "column `status`, at character 1") != std::string::npos);
  CHECK_FALSE(task::resumable(error));
  auto to = target.connect("shop");
  CHECK(to.value("SELECT GROUP_CONCAT(id ORDER BY id) FROM orders") == "2");

  const auto status = pair.subtask->status();
  pair.subtask.reset();
  pair.config.task.expression_filter_rule["no-drafts"].insert_value_expr = "state = 'draft'";
  pair.make();
  pair.subtask->restore(status);
  pair.subtask->start({});
  pair.wait_synced(60s);
  CHECK(to.value("SELECT GROUP_CONCAT(id ORDER BY id) FROM orders") == "2,4");
  pair.subtask->close(10s, "test");
}
