// sluicectl as a user runs it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/process.hpp"

namespace sluice::test {

struct Said {
  int code = -1;
  std::string text;  // standard output and error
  [[nodiscard]] bool has(const std::string& part) const { return text.find(part) != std::string::npos; }
};

inline std::filesystem::path sluicectl() { return std::filesystem::path(SLUICE_BINARY_DIR) / "bin/sluicectl"; }

// A console with the address of one API.
class Console {
 public:
  explicit Console(std::string url) : url_(std::move(url)) {}
  [[nodiscard]] Said operator()(std::vector<std::string> words) const {
    words.insert(words.begin(), {sluicectl().string(), "--url", url_});
    Said out;
    out.code = run(words, &out.text);
    return out;
  }

 private:
  std::string url_;
};

}  // namespace sluice::test
