#pragma once

#include <string>

#include "core/ctl/commands.hpp"
#include "core/model/json.hpp"

namespace sluice::ctl {

/// The body of a successful reply as people read it. An empty body gives one line that says what was done.
std::string render(const Command& command, const std::string& body);

/// The body of a refusal: number, what, cause and remedy, a line each.
std::string render_refusal(int status, const std::string& body);

/// The state of a task's subtasks (the reply of getTaskStatus): table, progress, errors with their place.
std::string render_task_status(const model::Json& reply);

}  // namespace sluice::ctl
