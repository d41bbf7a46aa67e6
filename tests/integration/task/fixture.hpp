// A subtask between two real servers, in the test's own process.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "core/plugin/registry.hpp"
#include "core/task/resumable.hpp"
#include "core/task/subtask.hpp"
#include "sluice/host/store.hpp"
#include "tests/support/server.hpp"

namespace sluice::test {

inline model::Endpoint to_model(const Endpoint& e) {
  model::Endpoint out;
  out.host = e.host;
  out.port = e.port;
  out.user = e.user;
  out.password = e.password;
  return out;
}

class Plugins {
 public:
  Plugins() : registry(plugin::HostServices{}) {
    for (const Error& error : registry.load({SLUICE_PLUGIN_DIR})) problems.push_back(error.one_line());
    auto made = registry.create_store("memory", "test", "{}");
    if (made.ok()) store = made.value();
  }
  plugin::Registry registry;
  std::shared_ptr<host::Store> store;
  std::vector<std::string> problems;
};

struct Pair {
  Pair(DatabaseServer& from, DatabaseServer& to, std::string mode = "incremental") : source(from), target(to) {
    config.task.name = "t1";
    config.task.task_mode = std::move(mode);
    config.task.target.endpoint = to_model(to.endpoint());
    config.task.incr_migrate_conf = model::IncrMigrateConf{};
    config.source.name = "mysql-01";
    config.source.endpoint = to_model(from.endpoint());
    config.worker_name = "w1";
    config.work_dir = folder.path();
    config.task.source_conf.push_back({"mysql-01", "", 0, ""});
    services.plugins = &plugins.registry;
    services.store = plugins.store;
  }

  /// Where the source's binlog stands now becomes the task's beginning.
  void begin_here() {
    auto sql = source.connect();
    const auto row = sql.query("SHOW MASTER STATUS").at(0);
    config.task.source_conf[0].binlog_name = *row[0];
    config.task.source_conf[0].binlog_pos = std::stoull(*row[1]);
  }

  void make() { subtask = std::make_unique<task::Subtask>(config, services); }

  /// Waits until everything that the source holds now is in the target.
  void wait_synced(std::chrono::seconds limit) {
    auto sql = source.connect();
    const auto row = sql.query("SHOW MASTER STATUS").at(0);
    const std::string file = *row[0];
    const uint64_t pos = std::stoull(*row[1]);
    const bool reached = wait_for(
        [&] {
          const auto status = subtask->status();
          if (status.stage == model::Stage::Paused && !status.errors.empty() && !task::resumable(status.errors[0])) {
            throw std::runtime_error("paused for good: " + describe());
          }
          if (!status.sync) return false;
          const std::string& here = status.sync->syncer_binlog;  // (file, pos)
          const size_t comma = here.find(", ");
          if (comma == std::string::npos) return false;
          const std::string name = here.substr(1, comma - 1);
          return name > file || (name == file && std::stoull(here.substr(comma + 2)) >= pos);
        },
        std::chrono::duration_cast<std::chrono::milliseconds>(limit));
    if (!reached) throw std::runtime_error("not synced in time: " + describe());
  }

  std::string describe() const {
    const auto status = subtask->status();
    std::string out = std::string("stage ") + model::stage_name(status.stage) + " unit " + status.unit;
    if (status.sync) {
      out += " at " + status.sync->syncer_binlog + " of " + status.sync->master_binlog + " read " +
             std::to_string(status.sync->read) + " applied " + std::to_string(status.sync->applied) + " pending " +
             std::to_string(status.sync->pending);
    }
    for (const Error& error : status.errors)
      out += "\n" + error.one_line() + " table=" + error.table + " statement=" + error.statement;
    return out;
  }

  DatabaseServer& source;
  DatabaseServer& target;
  Plugins plugins;
  TempDir folder;
  task::SubtaskConfig config;
  task::SubtaskServices services;
  std::unique_ptr<task::Subtask> subtask;
};

}  // namespace sluice::test
