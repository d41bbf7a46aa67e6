#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/model/error.hpp"
#include "core/model/json.hpp"
#include "core/model/task.hpp"

namespace sluice::taskfile {

/// Schema and table pattern; table "" = the whole schema.
using Pattern = std::pair<std::string, std::string>;

struct Route {
  Pattern source;
  Pattern target;
  bool operator==(const Route&) const = default;
  auto operator<=>(const Route&) const = default;
};

struct Filter {
  Pattern source;
  std::vector<std::string> events;
  std::vector<std::string> sql;
  std::string action;
  bool operator==(const Filter&) const = default;
};

/// One of mysql-instances, references resolved. Where it begins (meta) stands in the base.
struct Instance {
  std::string source;
  std::optional<std::string> list;  ///< name in TaskFile::lists
  std::vector<Route> routes;
  std::vector<std::string> filters;  ///< names in TaskFile::filters
};

/// What a task file says. `base` is the task of the API without anything that selects, renames or filters tables;
/// expression filters, which both sides say alike, stand there.
struct TaskFile {
  model::Json base;
  std::map<std::string, model::BlockAllowList> lists;
  std::map<std::string, Filter> filters;
  std::vector<Instance> instances;
};

/// YAML, resolved. Errors name key and line.
Result<TaskFile> read_yaml(const std::string& yaml, const std::function<Result<std::string>(const std::string&)>& file);
/// The text; names of routes and units are made up.
std::string write_yaml(const TaskFile& file);

/// The task that the file describes: E20003 when the way back does not lead to the same file.
Result<model::Task> to_task(const TaskFile& file);
/// The file that describes the task: E20003 for what a file cannot say, and when the way back leads to another task.
Result<TaskFile> from_task(const model::Task& task);

}  // namespace sluice::taskfile
