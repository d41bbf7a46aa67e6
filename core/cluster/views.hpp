#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/model/json.hpp"
#include "core/model/source.hpp"
#include "core/model/status.hpp"
#include "core/model/task.hpp"

namespace sluice::cluster {

/// A source and where it stands.
struct SourceView {
  model::Source source;
  std::string worker;              ///< bound worker, "" = none
  std::vector<std::string> tasks;  ///< that use it, sorted
  std::string error;               ///< why its state could not be read, one line; "" = fine
};

/// A task and its subtasks, one per source in the order of source_conf.
struct TaskView {
  model::Task task;
  std::vector<model::SubtaskStatus> statuses;
};

struct ClusterInfo {
  uint64_t id = 0;
  model::Json topology;  ///< null = none stored
};

/// What this process can do now. Texts are empty when fine, else they say what is wrong.
struct HealthView {
  std::string store;
  std::string lease;
  std::string loop;  ///< the thread that turns desired into actual state
  struct Role {
    std::string role;  ///< "master" or "worker"
    std::string name;
    std::string problem;
  };
  std::vector<Role> roles;
  bool leader = false;
  bool healthy() const;
};

struct MasterView {
  std::string name;
  std::string address;
  bool alive = false;
  bool leader = false;
};

struct WorkerView {
  std::string name;
  std::string address;
  std::string stage;   ///< offline, free, bound, relay
  std::string source;  ///< bound source, "" = none
};

}  // namespace sluice::cluster
