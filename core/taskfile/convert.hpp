#pragma once

#include <functional>
#include <string>

#include "core/model/error.hpp"
#include "core/model/task.hpp"

namespace sluice::taskfile {

/// Reads a file that a task file names (TLS material). Empty: such a name is refused.
using FileReader = std::function<Result<std::string>(const std::string& path)>;

/// One of DM's task files as a task, checked as any task. E20003 for what is no YAML or cannot be expressed, naming key
/// and line; DM's own numbers where it has one (core/model/error_codes.cpp).
Result<model::Task> read_task_file(const std::string& yaml, const FileReader& read_file = {});

/// A task as one of DM's task files, secrets in clear. E20003 names the member that a task file cannot say.
Result<std::string> write_task_file(const model::Task& task);

}  // namespace sluice::taskfile
