// The whole table of operations, in both dialects, against a real process.
#include <catch2/catch.hpp>
#include <iostream>

#include "core/api/operation_docs.hpp"
#include "tests/integration/contract/stage.hpp"
#include "tests/integration/contract/two_processes.hpp"
#include "tests/support/skip.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

using Pair = std::pair<std::string, int>;

/// Those that need MySQL 5.6, which cannot run everywhere.
bool needs_mysql56(const Pair& pair) { return pair.second == 26007 || pair.second == 11059; }

/// Those that need a worker in another process, and with it etcd.
bool needs_etcd(const Pair& pair) {
  return pair.second == 38008 || pair.second == 38033 || pair.second == 46019 || pair.second == 46032;
}

void compare_with_table(const Covered& covered, bool has_mysql56, bool has_etcd) {
  for (const auto& operation : api::operations()) {
    if (!api::handler_of(operation)) continue;
    if (!covered.contains({operation.id, 0})) {
      FAIL_CHECK(operation.id << " has no case of success: add one to walk_*.cpp");
    }
    for (const int code : api::documented_errors(operation.id)) {
      const Pair pair{operation.id, code};
      if ((!has_mysql56 && needs_mysql56(pair)) || (!has_etcd && needs_etcd(pair))) continue;
      INFO(operation.id << " documents " << code << ": add a case to walk_*.cpp or two_processes.cpp");
      CHECK(covered.contains(pair));
    }
  }
}

}  // namespace

TEST_CASE("contract: every operation succeeds and refuses as its description says, in both dialects",
          "[integration][contract]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  SLUICE_SKIP_IF(SluicedProcess::missing());
  Servers servers;
  const bool has_etcd = EtcdServer::missing().empty();
  const AcrossProcesses across = has_etcd ? walk_two_processes(servers) : AcrossProcesses();
  size_t judged = across.judged;
  size_t cases = 0;
  for (const bool docs : {true, false}) {
    INFO("dialect " << (docs ? "docs" : "spec"));
    Stage stage(servers, docs);
    walk_cluster(stage);
    walk_sources(stage);
    walk_tasks(stage);
    walk_templates(stage);
    walk_unbound(stage);
    Covered covered = docs ? across.docs : across.spec;
    covered.insert(stage.api->covered().begin(), stage.api->covered().end());
    compare_with_table(covered, servers.mysql56 != nullptr, has_etcd);
    judged += stage.api->judged();
    cases += covered.size();
  }
  std::cout << "contract: " << judged << " replies held to the description, " << cases
            << " cases of (operation, success or error, dialect): every one that is documented";
  if (!servers.mysql56) std::cout << ", but for 26007 and 11059: " << MySql56Server::missing();
  if (!has_etcd) std::cout << ", but for 38008, 38033, 46019 and 46032: " << EtcdServer::missing();
  std::cout << "\n";
}
