#include <catch2/catch.hpp>

#include "tests/e2e/compare.hpp"
#include "tests/support/skip.hpp"

using namespace sluice::test;

namespace {

const std::string kSecret = secret("errors");

// Checks a refusal: status, number, a remedy if one is due, and that no secret is in it.
void check_refused(const HttpReply& reply, const std::string& code, const std::string& text, int status = 400) {
  INFO(reply.body << reply.error);
  CHECK(reply.status == status);
  CHECK(reply.text("error_code") == code);
  CHECK(reply.text("error_msg").find(text) != std::string::npos);
  CHECK(reply.body.find(kSecret) == std::string::npos);
  CHECK(reply.body.find(secret("server")) == std::string::npos);
}

bool has_remedy(const HttpReply& reply) { return reply.text("error_msg").find("Workaround: ") != std::string::npos; }

std::string with(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  if (at == std::string::npos) throw std::runtime_error("no " + from + " in " + text);
  return text.replace(at, from.size(), to);
}

void require_nothing_stored(const Deployment& deployment, std::size_t sources, std::size_t tasks) {
  REQUIRE(deployment.sluiced.api().get("/api/v1/sources").size("data") == sources);
  REQUIRE(deployment.sluiced.api().get("/api/v1/tasks").size("data") == tasks);
}

// Neither in the log nor in any file of the node's folder.
void check_no_secret(const Deployment& deployment) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(deployment.sluiced.folder())) {
    if (!entry.is_regular_file()) continue;
    INFO(entry.path().string());
    const std::string content = read_file(entry.path());
    CHECK(content.find(kSecret) == std::string::npos);
    CHECK(content.find(secret("server")) == std::string::npos);
  }
}

}  // namespace

TEST_CASE("a source that cannot be used is refused with a number and a reason, and not stored", "[e2e][errors]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer server;
  Deployment deployment;
  const HttpClient& api = deployment.sluiced.api();
  const std::string good = source_json(server);

  const HttpReply wrong = api.post("/api/v1/sources", with(good, server.password(), kSecret));
  check_refused(wrong, "10001", "Access denied");
  CHECK(has_remedy(wrong));
  const std::string port = "\"port\":" + std::to_string(server.port());
  const HttpReply unreachable =
      api.post("/api/v1/sources", with(good, port, "\"port\":" + std::to_string(free_port())));
  check_refused(unreachable, "10001", "127.0.0.1");
  CHECK(has_remedy(unreachable));
  check_refused(api.post("/api/v1/sources", source_json(server, "mysql-01", R"(,"flavor":"oracle")")), "11010",
                "oracle");
  check_refused(api.post("/api/v1/sources", source_json(server, "mysql-01", R"(,"flavor":"mysql")")), "11010",
                "mariadb");
  check_refused(api.post("/api/v1/sources", source_json(server, "")), "40005", "");
  check_refused(api.post("/api/v1/sources", source_json(server, std::string(33, 'x'))), "40006", "");
  check_refused(api.post("/api/v1/sources", good.substr(0, good.size() - 1)), "49001", "");
  check_refused(api.post("/api/v1/sources", with(good, port, R"("port":"3306")")), "49001", "port");
  check_refused(api.post("/api/v1/sources", with(good, port, R"("port":70000)")), "49001", "port");
  check_refused(api.post("/api/v1/sources", with(good, R"("enable":true)", R"("enable":"yes")")), "49001", "enable");
  check_refused(api.post("/api/v1/sources", ""), "49001", "");
  require_nothing_stored(deployment, 0, 0);

  deployment.add_source(server);
  check_refused(api.post("/api/v1/sources", good), "46007", "mysql-01 already exists");
  check_refused(api.get("/api/v1/sources/nobody"), "46008", "nobody", 404);
  require_nothing_stored(deployment, 1, 0);
  CHECK(api.get("/api/v1/sources/mysql-01").text("password") == "******");
  check_no_secret(deployment);
}

TEST_CASE("a source that cannot be replicated fails the pre-check with the item and its remedy", "[e2e][errors]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer target;
  MariaDbServer silent({.binlog_format = ""});
  MariaDbServer statement({.binlog_format = "STATEMENT"});
  MariaDbServer strict;
  for (MariaDbServer* server : {&silent, &statement, &strict}) {
    server->connect().exec_all("CREATE DATABASE shop; CREATE TABLE shop.t (id INT PRIMARY KEY)");
  }
  strict.connect().exec("CREATE USER reader@'127.0.0.1' IDENTIFIED BY '" + kSecret + "'");
  strict.connect().exec("GRANT SELECT ON shop.* TO reader@'127.0.0.1'");
  Deployment deployment;
  const HttpClient& api = deployment.sluiced.api();
  deployment.add_source(silent, "silent");
  deployment.add_source(statement, "statement");
  const HttpReply added =
      api.post("/api/v1/sources", with(with(source_json(strict, "strict"), R"("user":"sluice")", R"("user":"reader")"),
                                       strict.password(), kSecret));
  INFO(added.body);
  REQUIRE(added.status == 200);

  const auto create = [&](const std::string& source) {
    return api.post("/api/v1/tasks", task_json({.target = target_json(target), .sources = {source}, .rules = "[]"}));
  };
  check_refused(create("silent"), "26005", "log_bin");
  check_refused(create("statement"), "26005", "SET GLOBAL binlog_format = 'ROW'");
  const HttpReply lacks = create("strict");
  check_refused(lacks, "26005", "REPLICATION SLAVE");
  CHECK(lacks.text("error_msg").find("GRANT ") != std::string::npos);
  CHECK(has_remedy(lacks));
  require_nothing_stored(deployment, 3, 0);
  CHECK(target.connect().query("SHOW DATABASES LIKE 'dm_meta'").empty());
  check_no_secret(deployment);
}

TEST_CASE("a task that cannot work is refused with a number and a reason, and not stored", "[e2e][errors]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  source.connect().exec_all("CREATE DATABASE shop; CREATE TABLE shop.t (id INT PRIMARY KEY)");
  Deployment deployment;
  const HttpClient& api = deployment.sluiced.api();
  deployment.add_source(source);
  const std::string good = task_json({.target = target_json(target)});
  const auto changed = [&](const std::string& from, const std::string& to) {
    return api.post("/api/v1/tasks", with(good, from, to));
  };

  const HttpReply denied = changed(target.password(), kSecret);
  check_refused(denied, "10001", "Access denied");
  CHECK(has_remedy(denied));
  const HttpReply unknown =
      api.post("/api/v1/tasks", task_json({.target = R"({"plugin":"papyrus","ink":")" + kSecret + R"("})"}));
  check_refused(unknown, "49001", "papyrus");
  CHECK(has_remedy(unknown));
  check_refused(changed(R"("source_conf":[{"source_name":"mysql-01"}])", R"("source_conf":[])"), "20013", "source");
  check_refused(
      api.post("/api/v1/tasks", task_json({.target = target_json(target), .sources = {"nobody"}, .rules = "[]"})),
      "46008", "nobody");
  check_refused(changed(R"("task_mode":"all")", R"("task_mode":"most")"), "20020", "most");
  check_refused(changed(R"("task_mode":"all")", R"("task_mode":7)"), "49001", "task_mode");
  check_refused(changed(R"("table_migrate_rule":[)", R"("table_migrate_rule":[7,)"), "49001", "table_migrate_rule");
  check_refused(changed(R"("schema":"shop")", R"("schema":"")"), "49001", "schema");
  check_refused(api.post("/api/v1/tasks", good + "}"), "49001", "");
  check_refused(api.post("/api/v1/tasks",
                         task_json({.target = target_json(target),
                                    .rules = R"([{"source":{"source_name":"mysql-01","schema":"shop","table":"*"},)"
                                             R"("binlog_filter_rule":["r"]}])",
                                    .members = R"(,"binlog_filter_rule":{"r":{"ignore_sql":["(("]}})"})),
                "20037", "((");
  require_nothing_stored(deployment, 1, 0);
  CHECK(target.connect().query("SHOW DATABASES LIKE 'dm_meta'").empty());

  deployment.create_task({.target = target_json(target)});
  check_refused(api.post("/api/v1/tasks", good), "46014", "t1 already exist");
  check_refused(api.get("/api/v1/tasks/nothing"), "46018", "nothing", 404);
  check_refused(api.post("/api/v1/tasks/nothing/start"), "46018", "nothing");
  require_nothing_stored(deployment, 1, 1);
  check_no_secret(deployment);
}

TEST_CASE("a target that refuses a row pauses the task at that row, and goes on once it is repaired", "[e2e][errors]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  Sql sql = source.connect();
  sql.exec_all("CREATE DATABASE shop; CREATE TABLE shop.t (id INT PRIMARY KEY, n INT, w VARCHAR(20))");
  sql.exec("INSERT INTO shop.t VALUES (1, 1, 'a'), (2, 2, NULL)");
  Deployment deployment;
  deployment.add_source(source);
  deployment.create_task({.target = target_json(target)});
  deployment.start();
  deployment.wait_unit("sync", 60s);
  deployment.wait_synced(source, 60s);
  Sql to = target.connect();

  const auto paused_by = [&](const std::string& what) {
    wait_until([&] { return deployment.status().stage == "Paused"; }, 30s, "a pause after " + what);
    const SubtaskView view = deployment.status();
    INFO(view.body);
    CHECK(view.error_msg.find("t") != std::string::npos);
    CHECK(view.error_msg.find(what) != std::string::npos);
    CHECK(view.body.find("`shop`.`t`") + view.body.find("shop.t") != 2 * std::string::npos);
    CHECK(view.body.find(secret("server")) == std::string::npos);
    CHECK(view.body.find("\"gtid\": \"0-") != std::string::npos);
  };
  to.exec("ALTER TABLE shop.t ADD CONSTRAINT small CHECK (n < 100)");
  sql.exec("INSERT INTO shop.t VALUES (3, 3, 'c'), (4, 400, 'd'), (5, 5, 'e')");
  paused_by("small");
  to.exec("ALTER TABLE shop.t DROP CONSTRAINT small");
  deployment.start();
  deployment.wait_synced(source, 90s);
  require_equal(source, target, deployment);

  // Several rows in one statement: a target in a lenient mode would store '' for NULL.
  to.exec("UPDATE shop.t SET w = 'was null' WHERE id = 2");
  to.exec("ALTER TABLE shop.t MODIFY w VARCHAR(20) NOT NULL DEFAULT 'none'");
  sql.exec("INSERT INTO shop.t VALUES (6, 6, 'f'), (7, 7, NULL), (8, 8, NULL)");
  paused_by("null");
  to.exec("ALTER TABLE shop.t MODIFY w VARCHAR(20)");
  to.exec("UPDATE shop.t SET w = NULL WHERE id = 2");
  deployment.start();
  deployment.wait_synced(source, 90s);
  require_equal(source, target, deployment);
  check_no_secret(deployment);
}
