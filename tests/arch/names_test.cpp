// CTest's lists are separated by semicolons: a test whose name holds one is cut in two, and neither half runs.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

namespace fs = std::filesystem;

TEST_CASE("no name of a test holds a semicolon", "[arch]") {
  const std::regex name(R"re(\b(TEST_CASE|SCENARIO)\(\s*"([^"\\]|\\.)*")re");
  size_t names = 0;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(SLUICE_SOURCE_DIR) / "tests")) {
    if (entry.path().extension() != ".cpp") continue;
    std::stringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    const std::string source = text.str();
    for (std::sregex_iterator it(source.begin(), source.end(), name), end; it != end; ++it, ++names) {
      INFO(entry.path() << ": " << it->str());
      CHECK(it->str().find(';') == std::string::npos);
    }
  }
  CHECK(names > 400);
}
