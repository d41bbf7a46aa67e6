#pragma once

#include <filesystem>
#include <string>

#include "core/model/task.hpp"

namespace sluice::units {

/// Where mode dump writes the files of a source, and mode load looks for them first: data_dir + ".<task>", as DM names
/// it (a data_dir that ends so already is taken as it is), with ".<source>" behind it in a task of several sources,
/// since workers of one process share a file system.
std::filesystem::path dump_directory(const model::Task& task, const std::string& source);

}  // namespace sluice::units
