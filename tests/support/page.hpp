// A page of the documentation as what a reader takes from it: files to write and commands to run.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace sluice::test {

struct Page {
  std::map<std::string, std::string> files;        // a block below a line that ends with "`name`:"
  std::vector<std::vector<std::string>> consoles;  // the lines behind "$ " of each console block

  [[nodiscard]] std::vector<std::string> commands() const;  // of all blocks
};

// `name` is that of a file in docs/ of the source tree.
[[nodiscard]] Page read_page(const std::string& source_folder, const std::string& name);

// The text with `what` replaced wherever it stands. Throws when it is not there.
[[nodiscard]] std::string replaced(std::string text, const std::string& what, const std::string& with);

}  // namespace sluice::test
