#include "core/upstream/flavor.hpp"

#include <algorithm>

namespace sluice::upstream {
namespace {

bool contains(std::string_view text, std::string_view lower_word) {
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b; };
  return std::search(text.begin(), text.end(), lower_word.begin(), lower_word.end(), same) != text.end();
}

// "8.0.36-log" -> 80036; the parts that are missing count as 0.
uint32_t leading_number(std::string_view text) {
  uint32_t parts[3] = {0, 0, 0};
  size_t part = 0;
  for (char c : text) {
    if (c == '.' && part < 2) {
      ++part;
    } else if (c >= '0' && c <= '9' && parts[part] < 10'000) {
      parts[part] = parts[part] * 10 + static_cast<uint32_t>(c - '0');
    } else {
      break;
    }
  }
  return parts[0] * 10'000 + parts[1] * 100 + parts[2];
}

}  // namespace

Flavor parse_version(std::string_view version, std::string_view comment) {
  Flavor out;
  const size_t tidb = version.find("-TiDB-");
  if (tidb != std::string_view::npos) {
    out.name = "tidb";
    std::string_view rest = version.substr(tidb + 6);
    if (!rest.empty() && rest[0] == 'v') rest.remove_prefix(1);
    out.version = leading_number(rest);
    return out;
  }
  if (contains(version, "mariadb") || contains(comment, "mariadb")) out.name = "mariadb";
  // MariaDB 10 and later put this in front for old replicas' sake.
  constexpr std::string_view kPrefix = "5.5.5-";
  if (version.substr(0, kPrefix.size()) == kPrefix && out.name == "mariadb") version.remove_prefix(kPrefix.size());
  out.version = leading_number(version);
  return out;
}

}  // namespace sluice::upstream
