// README.md tells users which operations answer 501, CHANGELOG.md how many there are, the demo prints addresses: all
// are held to the table.
#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "core/api/handlers.hpp"

using namespace sluice;

namespace {

std::string text_of(const std::string& name) {
  std::ifstream in(std::string(SLUICE_SOURCE_DIR) + "/" + name);
  REQUIRE(in);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// "GET PUT  /cluster/info" lines of the first code block behind `heading`, one entry per method.
std::set<std::string> listed(const std::string& text, const std::string& heading) {
  const size_t begin = text.find("\n```\n", text.find(heading));
  REQUIRE(begin != std::string::npos);
  std::istringstream lines(text.substr(begin + 5, text.find("\n```\n", begin + 5) - begin - 5));
  std::set<std::string> out;
  for (std::string line; std::getline(lines, line);) {
    const size_t path = line.find('/');
    REQUIRE(path != std::string::npos);
    std::istringstream methods(line.substr(0, path));
    for (std::string method; methods >> method;) CHECK(out.insert(method + " " + line.substr(path)).second);
  }
  return out;
}

}  // namespace

TEST_CASE("api: README.md lists exactly the operations that are not built", "[unit][api]") {
  std::set<std::string> expected;
  for (const auto& operation : api::operations()) {
    if (!handler_of(operation)) expected.insert(std::string(operation.method) + " " + operation.path);
  }
  CHECK(listed(text_of("README.md"), "\n## Operations\n") == expected);
}

TEST_CASE("api: CHANGELOG.md counts the operations as the table does", "[unit][api]") {
  size_t all = 0;
  size_t built = 0;
  for (const auto& operation : api::operations()) {
    if (operation.extension) continue;
    ++all;
    built += handler_of(operation) ? 1 : 0;
  }
  const std::string expected = std::to_string(built) + " of " + std::to_string(all) + " operations of DM";
  INFO(expected);
  CHECK(text_of("CHANGELOG.md").find(expected) != std::string::npos);
}

TEST_CASE("api: the demo names only addresses that answer", "[unit][api]") {
  const std::string demo = text_of("scripts/demo");
  const std::regex address(R"(\$url(/[a-z_./{}-]+))");
  size_t found = 0;
  for (std::sregex_iterator at(demo.begin(), demo.end(), address), end; at != end; ++at, ++found) {
    const std::string path = std::regex_replace((*at)[1].str(), std::regex("^/tasks/demo"), "/tasks/{task-name}");
    bool built = false;
    for (const auto& operation : api::operations()) built = built || (handler_of(operation) && operation.path == path);
    INFO(path);
    CHECK(built);
  }
  CHECK(found >= 3);
}
