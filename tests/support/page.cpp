#include "tests/support/page.hpp"

#include <regex>
#include <sstream>
#include <stdexcept>

#include "tests/support/process.hpp"

namespace sluice::test {

std::vector<std::string> Page::commands() const {
  std::vector<std::string> out;
  for (const auto& console : consoles) out.insert(out.end(), console.begin(), console.end());
  return out;
}

Page read_page(const std::string& source_folder, const std::string& name) {
  Page out;
  std::istringstream in(read_file(source_folder + "/docs/" + name));
  const std::regex named(R"(`([a-z0-9.]+)`:$)");
  std::string file;
  for (std::string line; std::getline(in, line);) {
    std::smatch match;
    if (std::regex_search(line, match, named)) file = match[1];
    if (!line.starts_with("```") || line == "```") continue;
    const bool console = line == "```console";
    if (console) out.consoles.emplace_back();
    std::string text;
    for (std::string inner; std::getline(in, inner) && inner != "```";) {
      if (console && inner.starts_with("$ ")) out.consoles.back().push_back(inner.substr(2));
      text += inner + "\n";
    }
    if (!console && !file.empty()) out.files[file] = text;
    file.clear();
  }
  return out;
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  size_t at = text.find(what);
  if (at == std::string::npos) throw std::runtime_error("`" + what + "` is not in:\n" + text);
  for (; at != std::string::npos; at = text.find(what, at + with.size())) text.replace(at, what.size(), with);
  return text;
}

}  // namespace sluice::test
