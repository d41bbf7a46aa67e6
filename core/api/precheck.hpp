#pragma once

#include <string>
#include <vector>

#include "core/api/api.hpp"
#include "core/model/source.hpp"
#include "core/model/task.hpp"

namespace sluice::api {

/// One finding of the pre-check (behaviour.md, section 18).
struct Finding {
  std::string item;  ///< name as in ignore_checking_items
  std::string source;
  bool fails = true;  ///< else a warning
  std::string what;
  std::string remedy;
};

/// Pure: what is wrong with a source for this task. Items that the task ignores are left out.
std::vector<Finding> inspect_source(const model::Task& task, const model::Source& source, const Inspection& seen);

/// Checks every source of the task. The text is check_result: "pre-check is passed. " and the warnings, "" when all
/// items are ignored. E26005 with the failing items and their remedies, E26002 when a source cannot be asked.
Result<std::string> precheck(const model::Task& task, const std::vector<model::Source>& sources,
                             const Servers& servers);

}  // namespace sluice::api
