// Every curl command of the product document, run by curl as printed, but for hosts, ports, credentials and names.
#include <algorithm>
#include <catch2/catch.hpp>
#include <iostream>
#include <regex>
#include <set>

#include "core/api/handlers.hpp"
#include "tests/integration/contract/product_document.hpp"
#include "tests/support/server.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/sluiced.hpp"

using namespace sluice;
using namespace sluice::test;
using model::Json;

namespace {

const std::string kDocument = std::string(SLUICE_SOURCE_DIR) + "/../shared/reference/product-document.ja.md";

/// Members that the document shows and a true reply does not have, by the end of their path (api.md, section 10).
const std::set<std::string> kShownOnly = {
    ".relay_status",  // no relay log is pulled
    ".load_status",   // the example shows all units at once, a reply the current one
    ".relay_config",  // unset: the example of the creation sends none
    ".error_msg",     // absent when fine
};

bool replace_all(std::string& text, const std::string& from, const std::string& to) {
  bool any = false;
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
    any = true;
  }
  return any;
}

/// Sluice, a MySQL 5.6 as the source and a MariaDB as the target, with the tables that the examples speak of.
class Replay {
 public:
  Replay() {
    source_.connect().exec_all(
        "CREATE DATABASE `db-1`; CREATE TABLE `db-1`.`tb-1` (id INT PRIMARY KEY); INSERT INTO `db-1`.`tb-1` VALUES "
        "(1)");
    SluicedOptions options;
    options.folder = folder_.path();
    options.extra = "[worker]\ncount = 2\n";
    options.name = "former";
    SluicedProcess(options).terminate();
    options.name = "worker-1";
    sluiced_ = std::make_unique<SluicedProcess>(options);
    for (const auto& example : read_product_document(kDocument)) examples_.push_back(example);
  }

  size_t count() const { return examples_.size(); }
  size_t replayed() const { return replayed_.size(); }
  size_t not_built() const { return not_built_; }
  const HttpClient& api() const { return sluiced_->api(); }

  /// Runs the command of a section and compares status and shape.
  void run_section(const std::string& section) {
    const auto at = std::find_if(examples_.begin(), examples_.end(),
                                 [&](const DocumentExample& example) { return example.section == section; });
    REQUIRE(at != examples_.end());
    CHECK(replayed_.insert(section).second);
    const std::string command = adapted(at->command);
    std::string output;
    const int code = run({"bash", "-c", command + " --silent --show-error --write-out '\n%{http_code}'"}, &output);
    INFO(section << "\n" << command << "\n" << output);
    REQUIRE(code == 0);
    const size_t line = output.rfind('\n');
    const int status = std::stoi(output.substr(line + 1));
    if (!built(at->command)) {
      ++not_built_;
      CHECK(status == 501);
      return;
    }
    CHECK(status == expected_status(*at));
    if (at->reply.empty()) {
      CHECK(output.substr(0, line) == "");
      return;
    }
    auto body = model::parse_json(output.substr(0, line));
    REQUIRE(body.ok());
    for (const auto& problem : missing_shape(*body, shown(at->reply))) {
      const std::string member = problem.substr(0, problem.find(": "));
      const bool known = problem.ends_with("is missing") &&
                         kShownOnly.contains(member.substr(std::min(member.rfind('.'), member.size() - 1)));
      if (!known) FAIL_CHECK(problem);
    }
  }

  void await_unit(const std::string& unit, const std::string& stage) {
    wait_until(
        [&] {
          const HttpReply reply = api().get("/api/v1/tasks/task-1/status");
          return reply.text("data[0].unit") == unit && reply.text("data[0].stage") == stage;
        },
        60s, "task-1 in unit " + unit + ", stage " + stage);
  }

  /// The lag is told once it has been measured (docs/decisions/0005), a moment after the unit began.
  void await_lag() {
    wait_until(
        [&] {
          return api().get("/api/v1/tasks/task-1/status").body.find("seconds_behind_master") != std::string::npos;
        },
        60s, "the lag of task-1");
  }

 private:
  /// The examples themselves have trailing commas.
  static Json shown(const std::string& text) {
    model::JsonOptions options;
    options.trailing_commas = true;
    auto json = model::parse_json(text, options);
    if (!json.ok()) throw std::runtime_error(text);
    return std::move(json).value();
  }

  /// What the section says, else 200.
  static int expected_status(const DocumentExample& example) {
    std::smatch found;
    return std::regex_search(example.text, found, std::regex("コード.{0,6} (20[0-9])")) ? std::stoi(found[1]) : 200;
  }

  static bool built(const std::string& command) {
    std::smatch found;
    const std::regex wanted("-X '([A-Z]+)'[^']*'http://[^/]*/api/v1([^'?]*)");
    if (!std::regex_search(command, found, wanted)) throw std::runtime_error("no request in: " + command);
    for (const auto& operation : api::operations()) {
      const std::string pattern = std::regex_replace(std::string(operation.path), std::regex("\\{[^}]*\\}"), "[^/]+");
      if (found[1].str() == operation.method && std::regex_match(found[2].str(), std::regex(pattern))) {
        return api::handler_of(operation) != nullptr;
      }
    }
    throw std::runtime_error("no operation for: " + command);
  }

  std::string adapted(std::string command) const {
    const bool of_task = command.find("/api/v1/tasks") != std::string::npos;
    const DatabaseServer& server = of_task ? static_cast<const DatabaseServer&>(target_) : source_;
    replace_all(command, "127.0.0.1:8261", "127.0.0.1:" + std::to_string(sluiced_->port()));
    replace_all(command, "\"port\": 3306", "\"port\": " + std::to_string(server.port()));
    replace_all(command, "\"root\"", "\"" + server.user() + "\"");
    replace_all(command, "\"123456\"", "\"" + server.password() + "\"");
    replace_all(command, "/cluster/masters/master1", "/cluster/masters/former");
    replace_all(command, "/cluster/workers/worker1", "/cluster/workers/former");
    for (const char* name : {"sources/source-1", "sources/task-1", "sources/mysql-replica-01"})
      replace_all(command, name, "sources/mysql-01");
    for (const char* name : {"\"source-name\"", "\"mysql-replica-01\""}) replace_all(command, name, "\"mysql-01\"");
    replace_all(command, "/schemas/db1", "/schemas/db-1");
    replace_all(command, "/table1", "/tb-1");
    while (!command.empty() && command.back() == '\n') command.pop_back();
    return command;
  }

  MySql56Server source_;
  MariaDbServer target_;
  TempDir folder_;
  std::unique_ptr<SluicedProcess> sluiced_;
  std::vector<DocumentExample> examples_;
  std::set<std::string> replayed_;
  size_t not_built_ = 0;
};

}  // namespace

TEST_CASE("product document: every curl command gets the status and the shape that the document shows",
          "[integration][contract]") {
  SLUICE_SKIP_IF(std::filesystem::exists(kDocument) ? "" : "the product document is not here: " + kDocument);
  SLUICE_SKIP_IF(find_program("curl") ? "" : "curl is not installed");
  SLUICE_SKIP_IF(MySql56Server::missing());
  SLUICE_SKIP_IF(MariaDbServer::missing());
  SLUICE_SKIP_IF(SluicedProcess::missing());
  Replay replay;
  for (const char* section : {"get-the-information-of-a-dm-master-node",
                              "get-the-information-of-a-dm-worker-node",
                              "stop-a-dm-master-node",
                              "stop-a-dm-worker-node",
                              "create-a-data-source",
                              "get-a-data-source",
                              "get-the-data-source-list",
                              "get-the-information-of-a-data-source",
                              "disable-a-data-source",
                              "enable-a-data-source",
                              "start-the-relay-log-feature-for-data-sources",
                              "purge-relay-log-files-that-are-no-longer-required",
                              "stop-the-relay-log-feature-for-data-sources",
                              "change-the-bindings-between-the-data-source-and-dm-workers",
                              "get-the-list-of-schema-names-of-a-data-source",
                              "get-the-list-of-table-names-of-a-specified-schema-in-a-data-source",
                              "create-a-replication-task",
                              "get-a-replication-task",
                              "get-the-replication-task-list",
                              "start-a-replication-task"}) {
    replay.run_section(section);
  }
  replay.await_unit("sync", "Running");
  replay.await_lag();
  replay.run_section("get-the-information-of-a-replication-task");
  replay.run_section("get-the-migration-rules-of-a-replication-task");
  replay.run_section("stop-a-replication-task");
  replay.await_unit("sync", "Paused");
  for (const char* section :
       {"update-the-create-statement-for-schemas-of-the-data-source-that-is-associated-with-a-replication-task",
        "get-the-list-of-schema-names-of-the-data-source-that-is-associated-with-a-replication-task",
        "get-the-list-of-table-names-of-a-specified-schema-in-the-data-source-that-is-associated-with-a-replication-"
        "task",
        "get-the-create-statement-for-schemas-of-the-data-source-that-is-associated-with-a-replication-task",
        "delete-a-schema-of-the-data-source-that-is-associated-with-a-replication-task", "update-a-replication-task",
        "delete-a-replication-task", "update-a-data-source", "delete-the-data-source"}) {
    replay.run_section(section);
  }
  CHECK(replay.replayed() == replay.count());
  std::cout << "product document: " << replay.replayed() << " of " << replay.count() << " curl commands replayed, "
            << replay.not_built() << " of them of operations that answer 501\n";
}
