#pragma once

#include <string>
#include <vector>

namespace sluice::testkit {

/// Names of the symbols that a 64-bit ELF library defines and exports (its .dynsym), sorted. Throws
/// std::runtime_error for files that are not such a library. Every offset from the file is checked.
std::vector<std::string> exported_symbols(const std::string& file);

}  // namespace sluice::testkit
