#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <string>

#include "core/model/error.hpp"
#include "core/model/error_codes.hpp"

using namespace sluice;

TEST_CASE("error codes: the list is ascending, without a number twice", "[unit][model]") {
  const auto codes = all_error_codes();
  CHECK(std::adjacent_find(codes.begin(), codes.end(), [](const auto& a, const auto& b) { return a.code >= b.code; }) ==
        codes.end());
}

TEST_CASE("error codes: numbers that clients know keep their class", "[unit][model]") {
  const std::pair<int32_t, const char*> known[] = {
      {10001, "database"},   {11010, "functional"}, {20004, "config"},    {20037, "config"},    {26005, "task-check"},
      {26007, "task-check"}, {36014, "sync-unit"},  {38058, "dm-master"}, {40005, "dm-worker"}, {42501, "ha"},
      {46003, "scheduler"},  {46008, "scheduler"},  {46018, "scheduler"}, {49001, "openapi"},   {50000, "not-set"}};
  for (const auto& [code, error_class] : known) CHECK(std::string(find_error_code(code).error_class) == error_class);
}

TEST_CASE("error: the one-line form is DM's, cause and remedy only when present", "[unit][model]") {
  CHECK(make_error(46008, "source config with ID x not exists").one_line() ==
        "[code=46008:class=scheduler:scope=internal:level=medium], Message: source config with ID x not exists");
  CHECK(make_error(10001, "m", "r", "w").one_line() ==
        "[code=10001:class=database:scope=downstream:level=high], Message: m, RawCause: r, Workaround: w");
}

TEST_CASE("error codes: every number that the core makes an error of is in the list", "[unit][model]") {
  namespace fs = std::filesystem;
  const std::regex made(R"(make_error\(\s*(?:[a-z_.]+ \? (\d{5}) : )?(\d{5})\b)");
  size_t found = 0;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(SLUICE_SOURCE_DIR) / "core")) {
    if (entry.path().extension() != ".cpp" && entry.path().extension() != ".hpp") continue;
    std::ifstream in(entry.path());
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    for (std::sregex_iterator at(text.begin(), text.end(), made), end; at != end; ++at) {
      for (const auto& number : {(*at)[1].str(), (*at)[2].str()}) {
        if (number.empty()) continue;
        ++found;
        INFO(entry.path() << " uses " << number);
        CHECK(find_error_code(std::stoi(number)).code == std::stoi(number));
      }
    }
  }
  CHECK(found > 100);
}

TEST_CASE("error codes: docs/errors.md lists every number with its class, and no other", "[unit][model]") {
  std::ifstream in(std::string(SLUICE_SOURCE_DIR) + "/docs/errors.md");
  const std::regex row(R"(^\| ([0-9, ]+) \| ([a-z-]+) \| .*)");
  const std::regex number(R"(\d{5})");
  std::map<int32_t, std::string> documented;
  for (std::string line; std::getline(in, line);) {
    std::smatch match;
    if (!std::regex_match(line, match, row)) continue;
    const std::string numbers = match[1];
    for (std::sregex_iterator at(numbers.begin(), numbers.end(), number), end; at != end; ++at) {
      CHECK(documented.emplace(std::stoi(at->str()), match[2]).second);
    }
  }
  std::map<int32_t, std::string> expected;
  for (const auto& code : all_error_codes()) expected.emplace(code.code, code.error_class);
  CHECK(documented == expected);
}
