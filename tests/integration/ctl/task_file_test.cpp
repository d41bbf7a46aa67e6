// One of DM's task files from sluicectl to the rows in the target.
#include <catch2/catch.hpp>

#include "tests/integration/ctl/console.hpp"
#include "tests/support/server.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/sluiced.hpp"

using namespace sluice::test;

namespace {

std::string task_file(const DatabaseServer& target) {
  return R"(name: shop
task-mode: all
target-database:
  host: 127.0.0.1
  port: )" +
         std::to_string(target.port()) + "\n  user: " + target.user() + "\n  password: \"" + target.password() + R"("
mysql-instances:
  - source-id: mysql-01
    block-allow-list: most
    route-rules: [items]
    filter-rules: [only-rows]
    syncer: {batch: 20}
block-allow-list:
  most:
    do-dbs: ["shop_*"]
    ignore-tables: [{db-name: "shop_*", tbl-name: "tmp_*"}]
routes:
  items: {schema-pattern: "shop_*", table-pattern: items, target-schema: store, target-table: items}
filters:
  only-rows: {schema-pattern: "shop_*", table-pattern: audit, events: [insert], action: Do}
)";
}

}  // namespace

TEST_CASE("sluicectl: one of DM's task files becomes a task that does what it says", "[integration][ctl]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  Sql sql = source.connect();
  sql.exec_all(
      "CREATE DATABASE shop_1; CREATE TABLE shop_1.items (id INT PRIMARY KEY); INSERT INTO shop_1.items VALUES (1);"
      "CREATE TABLE shop_1.audit (id INT PRIMARY KEY, n INT); INSERT INTO shop_1.audit VALUES (1, 1);"
      "CREATE TABLE shop_1.tmp_x (id INT PRIMARY KEY); CREATE DATABASE other; CREATE TABLE other.t (id INT PRIMARY "
      "KEY)");
  SluicedProcess node;
  const Console ctl("http://127.0.0.1:" + std::to_string(node.port()));
  const TempDir folder;
  const auto file = [&](const std::string& name, const std::string& text) {
    write_file(folder.path() / name, text);
    return (folder.path() / name).string();
  };
  const std::string source_file =
      file("source.yaml", "source-id: mysql-01\nfrom: {host: 127.0.0.1, port: " + std::to_string(source.port()) +
                              ", user: " + source.user() + ", password: \"" + source.password() + "\"}\n");
  const std::string yaml = file("task.yaml", task_file(target));
  REQUIRE(ctl({"source", "create", "-f", source_file}).code == 0);

  const Said shown = ctl({"task", "convert", "-f", yaml});
  INFO(shown.text);
  CHECK(shown.code == 0);
  CHECK(shown.has("table-pattern: \"audit\""));
  if (!target.password().empty()) CHECK_FALSE(shown.has(target.password()));
  const Said refused = ctl({"task", "create", "-f", file("wrong.yaml", task_file(target) + "case-sensitive: true\n")});
  INFO(refused.text);
  CHECK(refused.code != 0);
  CHECK(refused.has("`case-sensitive` (line 22)"));

  const Said created = ctl({"task", "create", "-f", yaml});
  INFO(created.text);
  REQUIRE(created.code == 0);
  REQUIRE(ctl({"task", "start", "shop"}).code == 0);
  wait_until([&] { return ctl({"task", "status", "shop"}).has("synced"); }, 60s, "the task does not get in sync");
  sql.exec_all(
      "INSERT INTO shop_1.items VALUES (2); INSERT INTO shop_1.audit VALUES (2, 2); DELETE FROM shop_1.audit WHERE id "
      "= 1;"
      "INSERT INTO shop_1.tmp_x VALUES (1); CREATE DATABASE shop_2; CREATE TABLE shop_2.items (id INT PRIMARY KEY);"
      "INSERT INTO shop_2.items VALUES (3)");
  Sql to = target.connect();
  wait_until([&] { return to.value("SELECT COUNT(*) FROM store.items") == "3"; }, 60s, "the rows do not arrive");
  CHECK(to.value("SELECT GROUP_CONCAT(id ORDER BY id) FROM shop_1.audit") == "1,2");
  CHECK(to.tables("shop_1") == std::vector<std::string>{"audit"});
  CHECK(to.number("SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name = 'other'") == 0);
}
