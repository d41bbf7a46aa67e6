// The whole table of operations, in both dialects, against a real process.
#include <catch2/catch.hpp>
#include <iostream>
#include <map>

#include "core/api/operation_docs.hpp"
#include "tests/integration/contract/stage.hpp"
#include "tests/support/skip.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

using Pair = std::pair<std::string, int>;

const char* const kAnotherProcess = "needs a worker in another process, which is dead or silent";
const char* const kCase = "needs a target that does not tell letter case apart";

/// Documented errors that this walk cannot have, and why.
const std::map<Pair, const char*> kOutOfReach = {
    {{"createTask", 26001}, kCase},
    {{"updateTask", 26001}, kCase},
    {{"checkTask", 26001}, kCase},
    {{"updateTask", 10001}, "the target cannot be changed; only one that has gone meanwhile is refused"},
    {{"updateTask", 26002}, "only a source that has gone meanwhile is refused"},
    {{"updateTask", 26005}, "only a source that has changed meanwhile is refused"},
    {{"transferSource", 46019}, "needs a copy that is under way; tests/unit/cluster has it"},
    {{"transferSource", 46032}, "needs a subtask that does not pause; tests/unit/cluster has it"},
    {{"getTaskMigrateTargets", 38008}, kAnotherProcess},
    {{"getTaskMigrateTargets", 38033}, kAnotherProcess},
    {{"deleteTableStructure", 38008}, kAnotherProcess},
    {{"deleteTableStructure", 38033}, kAnotherProcess},
    {{"postTableStructure", 38008}, kAnotherProcess},
    {{"postTableStructure", 38033}, kAnotherProcess},
    {{"operateTableStructure", 38008}, kAnotherProcess},
    {{"operateTableStructure", 38033}, kAnotherProcess},
    {{"getTableStructure", 38008}, kAnotherProcess},
    {{"getTableStructure", 38033}, kAnotherProcess},
    {{"getTableListByTaskAndSource", 38008}, kAnotherProcess},
    {{"getTableListByTaskAndSource", 38033}, kAnotherProcess},
    {{"getSchemaListByTaskAndSource", 38008}, kAnotherProcess},
    {{"getSchemaListByTaskAndSource", 38033}, kAnotherProcess},
    {{"getErrorHandlings", 38008}, kAnotherProcess},
    {{"getErrorHandlings", 38033}, kAnotherProcess},
    {{"skipStatement", 38008}, kAnotherProcess},
    {{"skipStatement", 38033}, kAnotherProcess},
    {{"replaceStatement", 38008}, kAnotherProcess},
    {{"replaceStatement", 38033}, kAnotherProcess},
    {{"injectStatements", 38008}, kAnotherProcess},
    {{"injectStatements", 38033}, kAnotherProcess},
    {{"revertErrorHandlings", 38008}, kAnotherProcess},
    {{"revertErrorHandlings", 38033}, kAnotherProcess},
};

/// Those that need MySQL 5.6, which cannot run everywhere.
bool needs_mysql56(const Pair& pair) { return pair.second == 26007 || pair.second == 11059; }

void compare_with_table(const Contract& api, bool has_mysql56) {
  for (const auto& operation : api::operations()) {
    if (!api::handler_of(operation)) continue;
    if (!api.covered().contains({operation.id, 0})) {
      FAIL_CHECK(operation.id << " has no case of success: add one to walk_*.cpp");
    }
    for (const int code : api::documented_errors(operation.id)) {
      const Pair pair{operation.id, code};
      if (!has_mysql56 && needs_mysql56(pair)) continue;
      INFO(operation.id << " documents " << code << ": add a case to walk_*.cpp, or say why there is none");
      CHECK(api.covered().contains(pair) != kOutOfReach.contains(pair));
    }
  }
}

}  // namespace

TEST_CASE("contract: every operation succeeds and refuses as its description says, in both dialects",
          "[integration][contract]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  SLUICE_SKIP_IF(SluicedProcess::missing());
  Servers servers;
  size_t judged = 0;
  size_t cases = 0;
  for (const bool docs : {true, false}) {
    INFO("dialect " << (docs ? "docs" : "spec"));
    Stage stage(servers, docs);
    walk_cluster(stage);
    walk_sources(stage);
    walk_tasks(stage);
    walk_templates(stage);
    walk_unbound(stage);
    compare_with_table(*stage.api, servers.mysql56 != nullptr);
    judged += stage.api->judged();
    cases += stage.api->covered().size();
  }
  std::cout << "contract: " << judged << " replies held to the description, " << cases
            << " cases of (operation, success or error, dialect); " << kOutOfReach.size()
            << " documented errors out of reach in each dialect:\n";
  for (const auto& [pair, why] : kOutOfReach)
    std::cout << "  " << pair.first << " " << pair.second << ": " << why << "\n";
  if (!servers.mysql56)
    std::cout << "  26007 and 11059, since MySQL 5.6 is missing: " << MySql56Server::missing() << "\n";
}
