// Whoever opens a folder finds out what it is for.
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>

namespace fs = std::filesystem;

namespace {

const std::array<std::string, 4> kRoots{"core", "plugins", "sdk", "tests"};
const std::array<std::string, 4> kSources{".cpp", ".hpp", ".c", ".h"};
// What has been released is not touched any more; tests/abi/README.md speaks of it.
const std::string kFrozen = "tests/abi/frozen/";

std::set<std::string> folders_with_sources() {
  const fs::path root = SLUICE_SOURCE_DIR;
  std::set<std::string> out;
  for (const auto& folder : kRoots) {
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      if (std::find(kSources.begin(), kSources.end(), entry.path().extension()) == kSources.end()) continue;
      out.insert(fs::relative(entry.path().parent_path(), root).generic_string());
    }
  }
  return out;
}

}  // namespace

TEST_CASE("every folder with sources has a README.md of at most one page", "[arch]") {
  const auto folders = folders_with_sources();
  CHECK(folders.size() > 40);
  for (const auto& folder : folders) {
    if ((folder + "/").rfind(kFrozen, 0) == 0) continue;
    std::ifstream in(fs::path(SLUICE_SOURCE_DIR) / folder / "README.md");
    INFO(folder);
    CHECK(in);
    size_t lines = 0;
    for (std::string line; std::getline(in, line);) ++lines;
    CHECK(lines > 2);
    CHECK(lines <= 70);
  }
}
