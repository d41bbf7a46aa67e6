#include "tests/integration/contract/product_document.hpp"

#include <sstream>

#include "tests/support/process.hpp"

namespace sluice::test {
namespace {

using model::Json;

std::string anchor_of(const std::string& heading) {
  const size_t open = heading.find("{#");
  return open == std::string::npos ? heading : heading.substr(open + 2, heading.find('}', open) - open - 2);
}

}  // namespace

std::vector<DocumentExample> read_product_document(const std::filesystem::path& file) {
  std::vector<DocumentExample> out;
  std::string section;
  std::string text;
  std::string* block = nullptr;
  std::istringstream lines(read_file(file));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("## ")) {
      section = anchor_of(line);
      text.clear();
    } else if (line == "```shell") {
      out.push_back({section, "", text, ""});
      block = &out.back().command;
    } else if (line == "```json" && !out.empty() && out.back().section == section) {
      block = &out.back().reply;
    } else if (line.starts_with("```")) {
      block = nullptr;
    } else if (block) {
      *block += line + "\n";
    } else {
      text += line + "\n";
    }
  }
  return out;
}

std::vector<std::string> missing_shape(const Json& value, const Json& shown, const std::string& path) {
  if (shown.is_null()) return {};
  if (shown.is_object() != value.is_object() || shown.is_array() != value.is_array() ||
      shown.is_string() != value.is_string() || (shown.as_bool() != nullptr) != (value.as_bool() != nullptr)) {
    return {path + ": is " + value.kind() + ", the document shows " + shown.kind()};
  }
  std::vector<std::string> out;
  const auto add = [&out](std::vector<std::string> more) { out.insert(out.end(), more.begin(), more.end()); };
  for (const auto& member : shown.is_object() ? *shown.as_object() : Json::Object{}) {
    const Json* found = value.find(member.name);
    if (found) add(missing_shape(*found, member.value, path + "." + member.name));
    if (!found) out.push_back(path + "." + member.name + ": is missing");
  }
  if (shown.is_array() && !shown.as_array()->empty()) {
    for (const Json& item : *value.as_array()) add(missing_shape(item, shown.as_array()->front(), path + "[]"));
  }
  return out;
}

}  // namespace sluice::test
