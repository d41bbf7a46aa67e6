#include "tests/arch/include_list.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <regex>

namespace sluice::arch {

namespace fs = std::filesystem;

bool starts_with(const std::string& text, const std::string& prefix) { return text.rfind(prefix, 0) == 0; }

std::string room_of(const std::string& path, int depth) {
  std::size_t end = 0;
  for (int i = 0; i < depth; ++i) {
    const std::size_t next = path.find('/', end == 0 ? 0 : end + 1);
    if (next == std::string::npos) break;
    end = next;
  }
  return path.substr(0, end);
}

std::vector<Include> includes_below(const fs::path& root, const std::string& folder) {
  static const std::regex pattern(R"(^\s*#\s*include\s*(["<])([^">]+)[">])");
  static const std::array<std::string, 4> endings{".hpp", ".cpp", ".h", ".c"};
  std::vector<Include> all;
  for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
    if (std::find(endings.begin(), endings.end(), entry.path().extension()) == endings.end()) continue;
    std::ifstream in(entry.path());
    int line = 0;
    for (std::string text; std::getline(in, text);) {
      ++line;
      std::smatch match;
      if (text.find('#') == std::string::npos || !std::regex_search(text, match, pattern)) continue;
      Include include{fs::relative(entry.path(), root).generic_string(), line, match[2], match[1] == "\"", false};
      include.has_neighbour = include.quoted && fs::exists(entry.path().parent_path() / include.target);
      all.push_back(include);
    }
  }
  std::sort(all.begin(), all.end(),
            [](const Include& a, const Include& b) { return a.file != b.file ? a.file < b.file : a.line < b.line; });
  return all;
}

}  // namespace sluice::arch
