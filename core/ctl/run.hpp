#pragma once

#include <string>
#include <vector>

namespace sluice::ctl {

/// Runs one command line (without the program's name) on the standard streams; the exit code of the process.
/// `url` is that of the environment, "" = none. Throws nothing.
int run(const std::vector<std::string>& words, const std::string& url);

}  // namespace sluice::ctl
