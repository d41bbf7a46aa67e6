#pragma once

#include <string>
#include <vector>

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
