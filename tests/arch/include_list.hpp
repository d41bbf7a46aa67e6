// Every #include of the product's sources, with the place it stands at.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace sluice::arch {

struct Include {
  std::string file;  // that includes, relative to the root: core/binlog/gtid.cpp
  int line = 0;
  std::string target;  // as written, without quotes
  bool quoted = false;
  bool has_neighbour = false;  // a quoted target that is a file beside `file`

  [[nodiscard]] std::string where() const { return file + ":" + std::to_string(line) + " includes " + target; }
};

// The includes of all C and C++ files below root/folder.
std::vector<Include> includes_below(const std::filesystem::path& root, const std::string& folder);

// The first `depth` folders of a path: ("core/units/sync/a.hpp", 2) is "core/units".
std::string room_of(const std::string& path, int depth);

bool starts_with(const std::string& text, const std::string& prefix);

}  // namespace sluice::arch
