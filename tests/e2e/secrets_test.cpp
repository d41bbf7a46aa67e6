#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "tests/e2e/compare.hpp"
#include "tests/support/skip.hpp"

using namespace sluice::test;

namespace {

namespace fs = std::filesystem;

const std::string kSourceSecret = secret("source");
const std::string kTargetSecret = secret("target");
const std::string kWrongSecret = secret("wrong");
const std::string kKeySecret = secret("key-material");

// Everything that the process lets out: replies as they come, then its files, its command line and its environment.
class Outlets {
 public:
  explicit Outlets(Deployment& deployment) : deployment_(deployment) {}

  HttpReply ask(const std::string& method, const std::string& path, const std::string& body = "") {
    HttpReply reply = deployment_.sluiced.api().request(method, path, body);
    ++replies_;
    look(method + " " + path, reply.body);
    for (const auto& [name, value] : reply.headers) look(method + " " + path + ", header " + name, value);
    return reply;
  }

  void look_at_process() {
    const fs::path proc = "/proc/" + std::to_string(deployment_.sluiced.pid());
    look("command line", read_file(proc / "cmdline"));
    look("environment", read_file(proc / "environ"));
    for (const auto& task : fs::directory_iterator(proc / "task")) look("thread name", read_file(task.path() / "comm"));
  }

  void look_at_files(const fs::path& folder) {
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (!entry.is_regular_file()) continue;
      ++files_;
      look("file " + entry.path().filename().string(), read_file(entry.path()));
    }
  }

  std::vector<std::string> leaks;
  [[nodiscard]] int replies() const { return replies_; }
  [[nodiscard]] int files() const { return files_; }

 private:
  void look(const std::string& where, const std::string& text) {
    for (const std::string& leak : leaks_in(text)) leaks.push_back(where + " shows " + leak);
  }

  Deployment& deployment_;
  int replies_ = 0;
  int files_ = 0;
};

void make_user(const DatabaseServer& server, const std::string& password) {
  Sql sql = server.connect();
  sql.exec("CREATE USER keeper@'%' IDENTIFIED BY '" + password + "'");
  sql.exec("GRANT ALL PRIVILEGES ON *.* TO keeper@'%'");
}

std::string endpoint_members(const DatabaseServer& server, const std::string& password) {
  return R"("host":"127.0.0.1","port":)" + std::to_string(server.port()) + R"(,"user":"keeper","password":")" +
         password + "\"";
}

}  // namespace

TEST_CASE("no password and no key is in a reply, a log, a metric, a file or the process list", "[e2e][secrets]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  make_user(source, kSourceSecret);
  make_user(target, kTargetSecret);
  source.connect().exec("CREATE DATABASE shop");
  source.connect().exec("CREATE TABLE shop.t (id INT PRIMARY KEY)");
  source.connect().exec("INSERT INTO shop.t VALUES (1), (2)");
  Deployment deployment({.extra = "\n[log]\nlevel = \"debug\"\n"});
  Outlets outlets(deployment);
  const auto source_body = [&](const std::string& name, const std::string& password, const std::string& more = "") {
    return R"({"source_name":")" + name + R"(","enable":true,)" + endpoint_members(source, password) + more + "}";
  };
  const auto task_body = [&](const std::string& name, const std::string& password) {
    return task_json({.name = name, .target = "{" + endpoint_members(target, password) + "}"});
  };
  const std::string keys =
      R"(,"security":{"ssl_ca_content":"-----BEGIN CERTIFICATE-----\n)" + kKeySecret +
      R"(\n-----END CERTIFICATE-----","ssl_cert_content":"x","ssl_key_content":"-----BEGIN PRIVATE KEY-----\n)" +
      kKeySecret + R"(\n-----END PRIVATE KEY-----"})";

  // Refusals first: errors quote what they refuse.
  CHECK(outlets.ask("POST", "/api/v1/sources", source_body("s1", kWrongSecret)).status == 400);
  CHECK(outlets.ask("POST", "/api/v1/sources", source_body("s1", kSourceSecret, keys)).status == 400);
  CHECK(outlets.ask("POST", "/api/v1/sources", source_body("s1", kSourceSecret) + "garbage").status == 400);
  CHECK(outlets.ask("POST", "/api/v1/sources", R"({"source_name":1,"password":")" + kSourceSecret + "\"}").status ==
        400);
  CHECK(outlets.ask("POST", "/api/v1/sources", source_body("mysql-01", kSourceSecret)).status == 200);
  CHECK(outlets.ask("POST", "/api/v1/sources", source_body("mysql-01", kSourceSecret)).status == 400);
  CHECK(outlets.ask("POST", "/api/v1/tasks", task_body("t1", kWrongSecret)).status == 400);
  CHECK(outlets.ask("POST", "/api/v1/tasks", task_body("t1", kTargetSecret)).status == 200);
  CHECK(outlets.ask("POST", "/api/v1/tasks/templates", task_body("model", kTargetSecret)).status == 201);
  outlets.ask("POST", "/api/v1/tasks/converters", task_body("t1", kTargetSecret));
  outlets.ask("POST", "/api/v1/tasks/check", task_body("t2", kWrongSecret));
  outlets.ask("POST", "/api/v1/tasks?dry_run=true", task_body("t3", kTargetSecret));
  CHECK(outlets.ask("POST", "/api/v1/tasks/t1/start").status == 204);
  deployment.wait_unit("sync", 60s);
  deployment.wait_synced(source, 60s);
  // Passwords in the binlog: statements on users are passed over, and nothing of them is shown.
  const std::string in_binlog = secret("in-the-binlog");
  source.connect().exec_all("CREATE USER guest@'%' IDENTIFIED BY '" + in_binlog +
                            "'; ALTER USER guest@'%' IDENTIFIED BY '" + in_binlog +
                            "2'; GRANT SELECT ON shop.* TO guest2@'%' IDENTIFIED BY '" + in_binlog +
                            "'; SET PASSWORD FOR guest@'%' = PASSWORD('" + in_binlog + "3')");
  deployment.wait_synced(source, 60s);

  // A password that is not right any more: the subtask fails at run time, and says so everywhere.
  target.connect().exec("ALTER USER keeper@'%' IDENTIFIED BY 'another'");
  CHECK(outlets.ask("POST", "/api/v1/tasks/t1/stop").status == 200);
  wait_until([&] { return deployment.status().stage == "Paused"; }, 60s, "the pause");
  outlets.ask("POST", "/api/v1/tasks/t1/start");
  wait_until([&] { return !deployment.status().error_msg.empty(); }, 60s, "the error of the wrong password");
  for (const char* path :
       {"/api/v1/sources?with_status=true", "/api/v1/sources/mysql-01?with_status=true",
        "/api/v1/sources/mysql-01/status", "/api/v1/tasks?with_status=true", "/api/v1/tasks/t1?with_status=true",
        "/api/v1/tasks/t1/status", "/api/v1/tasks/templates", "/api/v1/tasks/templates/model", "/api/v1/cluster/info",
        "/api/v1/cluster/masters", "/api/v1/cluster/workers", "/api/v1/plugins", "/api/v1/dm.json", "/metrics",
        "/status", "/health"}) {
    outlets.ask("GET", path);
  }
  outlets.ask("PUT", "/api/v1/sources/mysql-01", R"({"source":)" + source_body("mysql-01", kWrongSecret) + "}");
  outlets.look_at_process();
  outlets.look_at_files(deployment.sluiced.folder());  // the log, the store with its journal, working files
  outlets.ask("DELETE", "/api/v1/tasks/t1?force=true");
  outlets.ask("DELETE", "/api/v1/sources/mysql-01?force=true");
  CHECK(deployment.sluiced.terminate() == 0);
  outlets.look_at_files(deployment.sluiced.folder());
  INFO(outlets.replies() << " replies, " << outlets.files() << " files");
  CHECK(outlets.files() > 2);
  for (const std::string& leak : outlets.leaks) UNSCOPED_INFO(leak);
  CHECK(outlets.leaks.empty());
  // The search finds what is there: an unsealed copy of the secret would have been seen.
  CHECK(deployment.sluiced.log().find("mysql-01") != std::string::npos);
}
