#include "core/app/config_reader.hpp"
#include "core/plugin/settings.hpp"

namespace sluice::app {

using model::Json;

std::string Values::where(const std::string& path) const {
  const auto found = raw_.values.find(path);
  return found == raw_.values.end() ? "default" : found->second.where;
}

void Values::mistake(const std::string& path, const std::string& what, const std::string& remedy) const {
  mistakes_.push_back({where(path), "`" + path + "` " + what, remedy});
}

Json Values::value(const std::string& path) const {
  if (const auto found = raw_.values.find(path); found != raw_.values.end()) return found->second.value;
  auto fallback = model::parse_json(find_key(path)->fallback);  // TOML and JSON write these values alike
  return fallback ? *fallback : Json();
}

void Values::wrong_type(const std::string& path, const Json& found) const {
  static constexpr const char* kExamples[] = {"\"text\"", "true", "\"64MiB\"", "\"30s\"", "[\"a\", \"b\"]", "4"};
  const ConfigKey& key = *find_key(path);
  mistake(
      path,
      std::string("is ") + found.kind() + " (" + model::to_text(found) + "), a " + type_name(key.type) + " is expected",
      "write it as " + std::string(kExamples[static_cast<int>(key.type)]) + "; " + key.help);
}

std::string Values::text(const std::string& path) const {
  const Json found = value(path);
  if (const auto* text = found.as_string()) return *text;
  wrong_type(path, found);
  return {};
}

bool Values::boolean(const std::string& path) const {
  const Json found = value(path);
  if (const auto* flag = found.as_bool()) return *flag;
  wrong_type(path, found);
  return false;
}

std::vector<std::string> Values::list(const std::string& path) const {
  const Json found = value(path);
  std::vector<std::string> out;
  const auto* items = found.as_array();
  bool fits = items != nullptr;
  for (size_t i = 0; fits && i < items->size(); ++i) {
    fits = (*items)[i].is_string();
    if (fits) out.push_back(*(*items)[i].as_string());
  }
  if (!fits) wrong_type(path, found);
  return out;
}

int64_t Values::count(const std::string& path) const {
  const Json found = value(path);
  if (const auto* number = found.as_int()) return *number;
  wrong_type(path, found);
  return 1;
}

uint64_t Values::bytes(const std::string& path) const {
  const Json found = value(path);
  if (const auto* number = found.as_int(); number && *number >= 0) return static_cast<uint64_t>(*number);
  if (const auto* text = found.as_string()) {
    if (const auto size = plugin::parse_bytes(*text)) return *size;
  }
  wrong_type(path, found);
  return 0;
}

std::chrono::milliseconds Values::duration(const std::string& path) const {
  const Json found = value(path);
  if (const auto* text = found.as_string()) {
    if (const auto ms = plugin::parse_duration_ms(*text)) return std::chrono::milliseconds(*ms);
  }
  wrong_type(path, found);
  return {};
}

}  // namespace sluice::app
