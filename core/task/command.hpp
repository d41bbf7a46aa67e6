#pragma once

#include <string>

#include "core/model/json.hpp"

namespace sluice::task {

/// What somebody asks of one subtask beyond start and stop; travels from a master to the worker as it is. Which kinds
/// there are, and their arguments and replies, stands in subtask_commands.hpp.
struct Command {
  std::string kind;  ///< see subtask_commands.hpp
  model::Json arguments = model::Json::object();
};

}  // namespace sluice::task
