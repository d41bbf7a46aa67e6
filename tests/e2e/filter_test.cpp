#include <catch2/catch.hpp>

#include "tests/e2e/compare.hpp"
#include "tests/support/skip.hpp"

using namespace sluice::test;

namespace {

std::string rule(const std::string& table, const std::string& filters) {
  return R"({"source":{"source_name":"mysql-01","schema":"shop","table":")" + table + R"("},"binlog_filter_rule":[)" +
         filters + "]}";
}

std::uint64_t counted(const SubtaskView& view, const std::string& name) {
  std::uint64_t sum = 0;
  for (const auto& [rule_name, count] : view.filtered) {
    if (rule_name.find(name) != std::string::npos) sum += count;
  }
  return sum;
}

void make_tables(Sql& sql) {
  sql.exec("CREATE DATABASE shop");
  for (const char* name : {"ledger", "kept", "archive", "plain", "other"}) {
    sql.exec(std::string("CREATE TABLE shop.") + name + " (id INT PRIMARY KEY, n INT)");
    sql.exec(std::string("INSERT INTO shop.") + name + " VALUES (1, 10), (2, 20), (3, 30)");
  }
}

}  // namespace

TEST_CASE("filter rules ignore what they name and nothing else, and the counters name them", "[e2e][filter]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  Sql sql = source.connect();
  make_tables(sql);
  Deployment deployment;
  deployment.add_source(source);
  deployment.create_task(
      {.target = target_json(target),
       .rules = "[" + rule("ledger", R"("no-deletes")") + "," + rule("kept", R"("no-deletes","keep-table")") + "," +
                rule("archive", R"("no-index")") + "," + rule("plain", "") + "," + rule("other", "") + "]",
       .members = R"(,"binlog_filter_rule":{"no-deletes":{"ignore_event":["delete"]},)"
                  R"("keep-table":{"ignore_event":["drop table","truncate table"]},)"
                  R"("no-index":{"ignore_sql":["ADD\\s+INDEX","^create\\s+index"]}})"});
  deployment.start();
  deployment.wait_unit("sync", 60s);

  for (const char* name : {"ledger", "kept", "archive", "plain", "other"}) {
    const std::string table = std::string("shop.") + name;
    sql.exec("INSERT INTO " + table + " VALUES (4, 40), (5, 50)");
    sql.exec("UPDATE " + table + " SET n = n + 1 WHERE id <= 3");
    sql.exec("DELETE FROM " + table + " WHERE id IN (1, 2)");
  }
  sql.exec("TRUNCATE TABLE shop.kept");
  sql.exec("DROP TABLE shop.kept");
  sql.exec("ALTER TABLE shop.archive ADD INDEX i_n (n)");
  sql.exec("CREATE INDEX i_m ON shop.archive (n, id)");
  sql.exec("ALTER TABLE shop.archive ADD COLUMN extra INT NOT NULL DEFAULT 1");
  sql.exec("ALTER TABLE shop.plain ADD INDEX i_n (n)");
  sql.exec("TRUNCATE TABLE shop.plain");
  sql.exec("DROP TABLE shop.other");
  sql.exec("INSERT INTO shop.archive VALUES (6, 60, 2)");
  deployment.wait_synced(source, 60s);

  Sql to = target.connect("shop");
  CHECK(to.value("SELECT GROUP_CONCAT(id, ':', n ORDER BY id) FROM ledger") == "1:11,2:21,3:31,4:40,5:50");
  CHECK(to.value("SELECT GROUP_CONCAT(id, ':', n ORDER BY id) FROM kept") == "1:11,2:21,3:31,4:40,5:50");
  CHECK(to.value("SELECT GROUP_CONCAT(id, ':', n, ':', extra ORDER BY id) FROM archive") ==
        "3:31:1,4:40:1,5:50:1,6:60:2");
  const std::string indexes =
      "SELECT COUNT(DISTINCT index_name) FROM information_schema.statistics WHERE table_schema = 'shop' AND table_name "
      "= ";
  CHECK(to.number(indexes + "'archive'") == 1);
  CHECK(to.number(indexes + "'plain'") == 2);
  CHECK(to.count("plain") == 0);
  CHECK(to.number(
            "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = 'shop' AND table_name = 'other'") ==
        0);

  const SubtaskView view = deployment.status();
  INFO(view.body);
  require_books_balance(view);
  CHECK(counted(view, "no-deletes") == 4);
  CHECK(counted(view, "keep-table") == 2);
  CHECK(counted(view, "no-index") == 2);
  CHECK(view.stage == "Running");
}

TEST_CASE("a block-allow-list says what is copied and followed, and Do rules what is replicated of it",
          "[e2e][filter]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  Sql sql = source.connect();
  make_tables(sql);
  sql.exec("CREATE DATABASE aside");
  sql.exec("CREATE TABLE aside.ledger (id INT PRIMARY KEY, n INT)");
  Deployment deployment;
  deployment.add_source(source);
  TaskText task{.target = target_json(target),
                // Neither rule selects anything: the list does. The first renames, the second filters.
                .rules = R"([{"source":{"source_name":"mysql-01","schema":"shop","table":"plain"},)"
                         R"("target":{"schema":"store","table":"plain"}},)"
                         R"({"source":{"source_name":"mysql-01","schema":"shop","table":"archive"},)"
                         R"("binlog_filter_rule":["only-inserts"]}])",
                .members =
                    R"(,"binlog_filter_rule":{"only-inserts":{"action":"Do","ignore_event":["insert","alter table"]}},)"
                    R"("block_allow_list":{"l":{"do_dbs":["shop","~^sh.*$"],)"
                    R"("ignore_tables":[{"schema":"shop","table":"o*"},{"schema":"*","table":"kept"}]}})"};
  std::string body = task_json(task);
  const std::size_t at = body.rfind(R"("source_name":"mysql-01")");
  REQUIRE(at != std::string::npos);
  body.insert(at, R"("block_allow_list":"l",)");
  const HttpReply created = deployment.sluiced.api().post("/api/v1/tasks", body);
  INFO(created.body);
  REQUIRE(created.status == 200);
  deployment.start();
  deployment.wait_unit("sync", 60s);
  Sql to = target.connect();
  CHECK(to.tables("shop") == std::vector<std::string>{"archive", "ledger"});
  CHECK(to.tables("store") == std::vector<std::string>{"plain"});

  for (const char* name : {"ledger", "kept", "archive", "plain", "other"}) {
    const std::string table = std::string("shop.") + name;
    sql.exec("INSERT INTO " + table + " VALUES (4, 40)");
    sql.exec("UPDATE " + table + " SET n = n + 1 WHERE id = 2");
    sql.exec("DELETE FROM " + table + " WHERE id = 1");
  }
  sql.exec("ALTER TABLE shop.archive ADD COLUMN extra INT NOT NULL DEFAULT 1");
  sql.exec("ALTER TABLE shop.archive DROP COLUMN extra");
  sql.exec("CREATE TABLE shop.late (id INT PRIMARY KEY)");
  sql.exec("CREATE TABLE shop.omitted (id INT PRIMARY KEY)");
  sql.exec("INSERT INTO aside.ledger VALUES (1, 1)");
  sql.exec("CREATE DATABASE beside");
  sql.exec("CREATE DATABASE shed");
  deployment.wait_synced(source, 60s);

  CHECK(to.tables("shop") == std::vector<std::string>{"archive", "late", "ledger"});
  CHECK(to.value("SELECT GROUP_CONCAT(schema_name ORDER BY schema_name) FROM information_schema.schemata WHERE "
                 "schema_name IN ('shop', 'store', 'shed', 'aside', 'beside')") == "shed,shop,store");
  CHECK(to.value("SELECT GROUP_CONCAT(id, ':', n ORDER BY id) FROM shop.ledger") == "2:21,3:30,4:40");
  CHECK(to.value("SELECT GROUP_CONCAT(id, ':', n ORDER BY id) FROM store.plain") == "2:21,3:30,4:40");
  // The update and the delete are ignored, and so is DROP COLUMN, which is not an "alter table" event.
  CHECK(to.value("SELECT GROUP_CONCAT(id, ':', n, ':', extra ORDER BY id) FROM shop.archive") ==
        "1:10:1,2:20:1,3:30:1,4:40:1");
  const SubtaskView view = deployment.status();
  INFO(view.body);
  require_books_balance(view);
  CHECK(counted(view, "only-inserts") == 3);
  CHECK(counted(view, "not selected") > 0);
  CHECK(view.stage == "Running");
}

TEST_CASE("the example filter of the SDK judges what a task replicates", "[e2e][filter][plugin]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  Sql sql = source.connect();
  make_tables(sql);
  Deployment deployment(
      {.arguments = {std::string("--set=plugins.path=") + SLUICE_BINARY_DIR + "/plugins," + SLUICE_FOREIGN_PLUGINS}});
  deployment.add_source(source);
  TaskText task{.target = target_json(target),
                .members = R"(,"filters":[{"plugin":"keep-history","tables":["ledger"]}])"};
  const HttpReply refused = deployment.sluiced.api().post("/api/v1/tasks", task_json(task));
  INFO(refused.body);
  CHECK(refused.status == 400);
  CHECK(refused.text("error_msg").find("is not schema.table") != std::string::npos);

  task.members = R"(,"filters":[{"plugin":"keep-history","tables":["shop.ledger","shop.kept"]}])";
  deployment.create_task(task);
  deployment.start();
  deployment.wait_unit("sync", 60s);
  sql.exec("DELETE FROM shop.ledger");
  sql.exec("DELETE FROM shop.plain");
  sql.exec("DROP TABLE shop.kept");
  sql.exec("DROP TABLE shop.other");
  deployment.wait_synced(source, 60s);

  Sql to = target.connect("shop");
  CHECK(to.count("ledger") == 3);
  CHECK(to.count("kept") == 3);
  CHECK(to.count("plain") == 0);
  CHECK(to.tables("shop") == std::vector<std::string>{"archive", "kept", "ledger", "plain"});
  const SubtaskView view = deployment.status();
  INFO(view.body);
  require_books_balance(view);
  CHECK(counted(view, "keep-history.delete") == 3);
  CHECK(counted(view, "keep-history.statement") == 1);
}

TEST_CASE("the example with operations counts a task's row changes and tells them through the API",
          "[e2e][filter][plugin]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  Sql sql = source.connect();
  make_tables(sql);
  Deployment deployment(
      {.arguments = {std::string("--set=plugins.path=") + SLUICE_BINARY_DIR + "/plugins," + SLUICE_FOREIGN_PLUGINS}});
  deployment.add_source(source);
  deployment.create_task({.target = target_json(target), .members = R"(,"filters":[{"plugin":"row_counter"}])"});
  deployment.start();
  deployment.wait_unit("sync", 60s);
  sql.exec("INSERT INTO shop.ledger VALUES (4, 40), (5, 50)");
  sql.exec("DELETE FROM shop.plain");
  deployment.wait_synced(source, 60s);

  const HttpClient& api = deployment.sluiced.api();
  // Where it is served, the list of plugins says.
  const HttpReply plugins = api.get("/api/v1/plugins");
  const std::string marker = R"("path": "/plugins/)";
  const std::size_t at = plugins.body.find(marker);
  REQUIRE(at != std::string::npos);
  const std::size_t begin = at + marker.size() - std::string("/plugins/").size();
  const std::string counts = "/api/v1" + plugins.body.substr(begin, plugins.body.find('"', begin) - begin);
  CHECK(counts.ends_with("%2Fmysql-01%2Frow_counter/counts"));
  CHECK(api.get(counts + "/shop.ledger").number("count") == 2);
  CHECK(api.get(counts + "/shop.plain").number("count") == 3);
  CHECK(api.get(counts + "/shop.kept").text("error_code") == "50000");
  CHECK(api.del(counts).status == 204);
  CHECK(api.get(counts).body == "{}");
  CHECK(api.post("/api/v1/tasks/" + TaskText{}.name + "/stop").status == 200);
  // The instance goes with the subtask that it belongs to, and its operations with it.
  CHECK(wait_for([&] { return api.get(counts).status == 404; }, 30s));
}

TEST_CASE("expression filter rules drop rows of the incremental phase, from a task file as from the API",
          "[e2e][filter]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  Sql sql = source.connect();
  make_tables(sql);
  Deployment deployment;
  deployment.add_source(source);
  const std::string yaml =
      "name: t1\ntask-mode: all\nmeta-schema: dm_meta\n"
      "target-database: {host: 127.0.0.1, port: " +
      std::to_string(target.port()) + ", user: " + target.user() + ", password: " + target.password() +
      "}\n"
      "mysql-instances:\n- source-id: mysql-01\n  block-allow-list: shop\n  expression-filters: [even, keep-small]\n"
      "block-allow-list: {shop: {do-dbs: [shop]}}\n"
      "expression-filter:\n"
      "  even: {schema: shop, table: ledger, insert-value-expr: \"n % 20 = 0\"}\n"
      "  keep-small: {schema: shop, table: ledger, delete-value-expr: \"n <= 10\"}\n";
  std::string body = R"({"task_config_file":)";
  body += '"';
  for (const char c : yaml) {
    if (c == '\n') {
      body += "\\n";
    } else {
      if (c == '"') body += '\\';
      body += c;
    }
  }
  const HttpReply converted = deployment.sluiced.api().post("/api/v1/tasks/converters", body + "\"}");
  INFO(converted.body);
  REQUIRE(converted.status / 100 == 2);
  CHECK(converted.body.find(R"("insert_value_expr": "n % 20 = 0")") != std::string::npos);
  CHECK(converted.body.find("insert-value-expr: \\\"n % 20 = 0\\\"") != std::string::npos);

  const auto task = [&](const std::string& expression) {
    TaskText text{.target = target_json(target),
                  .members = R"(,"expression_filter_rule":{"even":{"schema":"shop","table":"ledger",)"
                             R"("insert_value_expr":")" +
                             expression +
                             R"("},"keep-small":{"schema":"shop","table":"ledger","delete_value_expr":"n <= 10"}})"};
    std::string json = task_json(text);
    const std::size_t at = json.rfind(R"("source_name":"mysql-01")");
    return json.insert(at, R"("expression_filter_rule":["even","keep-small"],)");
  };
  for (const char* path : {"/api/v1/tasks", "/api/v1/tasks?dry_run=true", "/api/v1/tasks/check"}) {
    const HttpReply refused = deployment.sluiced.api().post(path, task("n % 20 = SLEEP(5)"));
    INFO(path << " " << refused.body);
    CHECK(refused.status == 400);
    CHECK(refused.body.find("20041") != std::string::npos);
    CHECK(refused.body.find("the function SLEEP is not supported, at character 10") != std::string::npos);
  }
  const HttpReply created = deployment.sluiced.api().post("/api/v1/tasks", task("n % 20 = 0"));
  INFO(created.body);
  REQUIRE(created.status == 200);
  deployment.start();
  deployment.wait_unit("sync", 60s);
  Sql to = target.connect("shop");
  CHECK(to.value("SELECT GROUP_CONCAT(id ORDER BY id) FROM ledger") == "1,2,3");  // the copy takes all

  sql.exec("INSERT INTO shop.ledger VALUES (4, 40), (5, 50), (6, 60), (7, NULL)");
  sql.exec("INSERT INTO shop.kept VALUES (4, 40)");
  sql.exec("DELETE FROM shop.ledger WHERE id IN (1, 2)");
  deployment.wait_synced(source, 60s);
  CHECK(to.value("SELECT GROUP_CONCAT(id ORDER BY id) FROM ledger") == "1,3,5,7");
  CHECK(to.count("kept") == 4);
  const SubtaskView view = deployment.status();
  INFO(view.body);
  require_books_balance(view);
  CHECK(counted(view, "even") == 2);
  CHECK(counted(view, "keep-small") == 1);
}
