#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/integration/contract/contract.hpp"
#include "tests/support/proxy.hpp"
#include "tests/support/server.hpp"
#include "tests/support/sluiced.hpp"

namespace sluice::test {

/// The databases of the walk; shared by both dialects.
struct Servers {
  Servers();
  MariaDbServer mariadb;
  std::unique_ptr<MySql56Server> mysql56;  ///< without GTIDs; null when it cannot run here
  MariaDbServer folding;                   ///< takes names that differ in letter case for one
};

/// A sluiced with four workers, and what the walk needs: sources `main` (bound), `gone` (bound, behind a proxy),
/// `limited` (bound, a user without privileges), `old` (bound, MySQL 5.6) and `unbound`. The members of an earlier
/// process, node `former`, are offline.
class Stage {
 public:
  Stage(Servers& servers, bool docs);

  model::Json source(const std::string& name) const;
  model::Json target() const;
  /// A task on `main` that migrates the schema `shop`.
  model::Json task(const std::string& name, const std::string& mode = "full",
                   const std::string& source_name = "main") const;
  /// The same as an incremental task from the position of now.
  model::Json incremental_task(const std::string& name);
  void await_stage(const std::string& task, const std::string& stage) const;
  /// Ends the process and starts it again with one worker, the first.
  void keep_one_worker();

  Servers& servers;
  TcpProxy proxy;  ///< to the MariaDB server
  std::string folder_of_former;

 private:
  TempDir folder_;
  std::unique_ptr<SluicedProcess> sluiced_;

 public:
  std::unique_ptr<Contract> api;
};

/// A copy of `json` with the member at a path such as "source_config.source_conf" replaced; null removes it.
model::Json with(model::Json json, const std::string& path, model::Json value);
model::Json wrapped(const char* name, model::Json inner);

/// The operations that ask the worker of a subtask, each with a body that it accepts.
std::vector<std::pair<const char*, model::Json>> worker_commands();

void walk_cluster(Stage& stage);
void walk_sources(Stage& stage);
void walk_tasks(Stage& stage);
void walk_structures(Stage& stage);  ///< within walk_tasks, on its task `sync`
void walk_handlings(Stage& stage);   ///< within walk_structures, with its tasks
void walk_templates(Stage& stage);
void walk_unbound(Stage& stage);  ///< the last: it leaves one worker

}  // namespace sluice::test
