#include <catch2/catch.hpp>

#include "tests/integration/ctl/console.hpp"
#include "tests/support/server.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/sluiced.hpp"

using namespace sluice::test;
using Catch::Matchers::Contains;

namespace {

std::string url_of(const SluicedProcess& node) { return "http://127.0.0.1:" + std::to_string(node.port()); }

/// The files that a user writes, and the passwords beside them.
class Files {
 public:
  Files(const DatabaseServer& source, const DatabaseServer& target) {
    write("password", source.password() + "\n");
    write("source.json", R"({"source_name": "mysql-01", "host": "127.0.0.1", "port": )" +
                             std::to_string(source.port()) + R"(, "user": ")" + source.user() +
                             R"(", "enable": true, "enable_gtid": false})");
    write("task.json",
          R"({"task": {"name": "shop", "task_mode": "all", "on_duplicate": "error",
              "enhance_online_schema_change": true, "target_config": {"host": "127.0.0.1", "port": )" +
              std::to_string(target.port()) + R"(, "user": ")" + target.user() + R"("},
              "table_migrate_rule": [{"source": {"source_name": "mysql-01", "schema": "shop", "table": "*"}}],
              "source_config": {"source_conf": [{"source_name": "mysql-01"}]}}})");
  }
  [[nodiscard]] std::string operator[](const std::string& name) const { return (folder_.path() / name).string(); }

 private:
  void write(const std::string& name, const std::string& text) { write_file(folder_.path() / name, text); }
  TempDir folder_;
};

}  // namespace

TEST_CASE("sluicectl: a source and a task from creation to deletion", "[integration][ctl]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  source.connect().exec_all(
      "CREATE DATABASE shop; CREATE TABLE shop.items (id INT PRIMARY KEY, name TEXT);"
      "INSERT INTO shop.items VALUES (1, 'one'), (2, 'two')");
  SluicedProcess node;
  const Console ctl(url_of(node));
  const Files files(source, target);

  CHECK(ctl({"source", "list"}).text == "none\n");
  CHECK(ctl({"source", "create", "-f", files["source.json"], "--password-file", files["password"]}).code == 0);
  CHECK_THAT(ctl({"source", "list"}).text, Contains("mysql-01") && Contains(std::to_string(source.port())));
  CHECK_THAT(ctl({"source", "schemas", "mysql-01"}).text, Contains("shop\n"));
  CHECK(ctl({"source", "tables", "mysql-01", "shop"}).text == "items\n");

  const Said created = ctl({"task", "create", "-f", files["task.json"], "--password-file", files["password"]});
  INFO(created.text);
  REQUIRE(created.code == 0);
  CHECK_THAT(created.text, !Contains(source.password()));
  CHECK_THAT(ctl({"task", "list"}).text, Contains("shop") && Contains("mysql-01"));
  CHECK(ctl({"task", "start", "shop"}).text == "task start: done\n");
  wait_until([&] { return ctl({"task", "status", "shop"}).has("synced"); }, 60s, "the task does not get in sync");
  CHECK(target.connect().value("SELECT COUNT(*) FROM shop.items") == "2");
  const Said status = ctl({"task", "status", "shop"});
  CHECK_THAT(status.text, Contains("TASK") && Contains("Running") && Contains("sync") && Contains("mysql-01"));
  CHECK_THAT(ctl({"-o", "json", "task", "status", "shop"}).text, Contains("\"total\": 1"));

  // What happens to a table shows in the status, and so does the lag with its parts.
  source.connect().exec("INSERT INTO shop.items VALUES (3, 'three')");
  wait_until(
      [&] {
        return ctl({"-o", "json", "task", "status", "shop"}).has("\"table\": \"items\"");
      },
      60s, "the progress of the table is not shown");
  CHECK_THAT(ctl({"-o", "json", "task", "status", "shop"}).text,
             Contains("\"state\": \"following\"") && Contains("\"lag\"") && Contains("\"remaining_bytes\""));

  // Watching ends by itself when the task stops.
  const TempDir folder;
  Process watcher({{sluicectl().string(), "--url", url_of(node), "task", "status", "shop", "-w", "--interval", "1"},
                   {},
                   folder.path() / "watch",
                   {}});
  wait_until([&] { return read_file(folder.path() / "watch").find("Running") != std::string::npos; }, 30s,
             "nothing to watch");
  CHECK(ctl({"task", "stop", "shop"}).code == 0);
  CHECK(watcher.wait() == 0);
  CHECK_THAT(read_file(folder.path() / "watch"), Contains("Paused") && !Contains("\033"));

  CHECK(ctl({"task", "delete", "shop"}).code == 0);
  CHECK(ctl({"source", "delete", "mysql-01"}).code == 0);
  CHECK(ctl({"source", "list"}).text == "none\n");
}

TEST_CASE("sluicectl: a refusal, a wrong word and a silent API have exit codes of their own", "[integration][ctl]") {
  std::string url;
  {
    SluicedProcess node;
    url = url_of(node);
    const Console ctl(url);
    const Said refused = ctl({"task", "show", "nothing"});
    CHECK(refused.code == 1);
    CHECK_THAT(refused.text, Contains("error 46018: ") && Contains("nothing"));
    const Said as_json = ctl({"task", "show", "nothing", "-o", "json"});
    CHECK(as_json.code == 1);
    CHECK_THAT(as_json.text, Contains("\"error_code\""));
    CHECK(ctl({"task", "show"}).code == 2);
    CHECK(ctl({"source", "create", "-f", "/no/such/file"}).code == 2);
    CHECK_THAT(ctl({"node", "openapi"}).text, Contains("\"openapi\": \"3.0"));
    CHECK_THAT(ctl({"__complete", "task", "sto"}).text, Contains("there is no command"));
    std::string names;
    CHECK(run({sluicectl().string(), "__complete", "cluster", "offline-w"}, &names) == 0);
    CHECK(names == "offline-worker\n");
  }
  const Said silent = Console(url)({"task", "list"});
  CHECK(silent.code == 3);
  CHECK_THAT(silent.text, Contains("cannot be reached") && Contains(url));
}
