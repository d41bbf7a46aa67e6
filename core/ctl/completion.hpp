#pragma once

#include <functional>
#include <string>
#include <vector>

namespace sluice::ctl {

/// The script that teaches a shell (bash, zsh, fish) to complete: it asks `sluicectl __complete`.
/// Throws Failure(Usage) for another shell.
std::string completion_script(const std::string& shell);

/// Names of the objects that a parameter of a path stands for ("task-name"); empty when they cannot be had.
using Names = std::function<std::vector<std::string>(const std::string& argument)>;

/// What may stand in place of the last of `words` (which may be empty or begun), in the order of the table.
std::vector<std::string> complete(const std::vector<std::string>& words, const Names& names);

}  // namespace sluice::ctl
