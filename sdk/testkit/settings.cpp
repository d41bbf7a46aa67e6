#include "settings.hpp"

#include <charconv>
#include <optional>
#include <string_view>

#include "check.hpp"
#include "sluice/plugin/config.hpp"

namespace sluice::testkit {

using plugin::Json;

namespace {

/// 64MiB, 10k, 1GB or a plain number.
std::optional<uint64_t> parse_size(std::string_view text) {
  uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [at, ec] = std::from_chars(text.data(), end, number);
  if (ec != std::errc()) return std::nullopt;
  const std::string_view unit(at, static_cast<size_t>(end - at));
  struct Unit {
    std::string_view name;
    uint64_t factor;
  };
  static constexpr Unit kUnits[] = {
      {"", 1},      {"B", 1},        {"KiB", 1ull << 10}, {"MiB", 1ull << 20}, {"GiB", 1ull << 30}, {"TiB", 1ull << 40},
      {"KB", 1000}, {"MB", 1000000}, {"GB", 1000000000}};
  for (const Unit& u : kUnits) {
    if (u.name == unit && number <= UINT64_MAX / u.factor) return number * u.factor;
  }
  return std::nullopt;
}

std::string out_of_range(const sluice_setting& s, int64_t value) {
  const auto bound = [](const char* text) -> std::optional<int64_t> {
    const std::string_view t = text ? text : "";
    int64_t number = 0;
    if (t.empty() || std::from_chars(t.data(), t.data() + t.size(), number).ec != std::errc()) return std::nullopt;
    return number;
  };
  const auto low = bound(s.minimum);
  const auto high = bound(s.maximum);
  if (low && value < *low) return std::string(s.name) + ": must be at least " + s.minimum;
  if (high && value > *high) return std::string(s.name) + ": must be at most " + s.maximum;
  return {};
}

std::string wrong_duration(const sluice_setting& s, const Json& value) {
  if (!value.is_string()) return std::string(s.name) + ": must be a duration such as \"30s\"";
  try {
    plugin::parse_duration(value.text());
    return {};
  } catch (const plugin::Failure& f) {
    return std::string(s.name) + ": " + f.message();
  }
}

std::string wrong_size(const sluice_setting& s, const Json& value) {
  const auto size = value.is_string() ? parse_size(value.text()) : value.unsigned_integer();
  if (!size) return std::string(s.name) + ": must be a size such as \"64MiB\" or a number of bytes";
  return out_of_range(s, static_cast<int64_t>(*size));
}

}  // namespace

std::string wrong_with(const sluice_setting& s, const Json& value) {
  const std::string name = s.name;
  switch (s.type) {
    case SLUICE_SETTING_STRING: return value.is_string() ? "" : name + ": must be a text";
    case SLUICE_SETTING_INT:
      return value.integer() ? out_of_range(s, *value.integer()) : name + ": must be a whole number";
    case SLUICE_SETTING_BOOL: return value.boolean() ? "" : name + ": must be true or false";
    case SLUICE_SETTING_DURATION: return wrong_duration(s, value);
    case SLUICE_SETTING_BYTES: return wrong_size(s, value);
    case SLUICE_SETTING_LIST: {
      if (!value.is_array()) return name + ": must be a list of texts";
      for (const Json& item : value.items()) {
        if (!item.is_string()) return name + ": must be a list of texts";
      }
      return {};
    }
    case SLUICE_SETTING_OBJECT: return {};
    default: return name + ": has the unknown type " + std::to_string(s.type);
  }
}

std::string to_json(const Json& value) {
  switch (value.kind()) {
    case Json::Kind::kNull: return "null";
    case Json::Kind::kBool:
    case Json::Kind::kNumber: return value.text();
    case Json::Kind::kString: return plugin::json_string(value.text());
    default: break;
  }
  const bool object = value.is_object();
  std::string out(1, object ? '{' : '[');
  for (size_t i = 0; i < value.items().size(); ++i) {
    if (i > 0) out += ',';
    if (object) out += plugin::json_string(value.keys()[i]) + ":";
    out += to_json(value.items()[i]);
  }
  return out + (object ? '}' : ']');
}

namespace {

/// As the host hands it over: sizes become numbers.
std::string normal(const sluice_setting& s, const Json& value) {
  if (s.type == SLUICE_SETTING_BYTES && value.is_string()) return std::to_string(*parse_size(value.text()));
  return to_json(value);
}

}  // namespace

std::string complete_settings(const std::vector<sluice_setting>& settings, const std::string& given) {
  const Json object = Json::parse(given.empty() ? "{}" : given);
  if (!object.is_object()) fail("--config must be a JSON object");
  for (const std::string& key : object.keys()) {
    bool known = key == "name";
    for (const sluice_setting& s : settings) known = known || key == s.name;
    if (!known) fail("--config: unknown setting `" + key + "`");
  }
  const Json* name = object.find("name");
  std::string out = "{\"name\":" + (name ? to_json(*name) : std::string("\"check\""));
  for (const sluice_setting& s : settings) {
    const Json* value = object.find(s.name);
    Json fallback;
    if (!value && s.default_value && s.default_value[0] != '\0') {
      fallback = Json::parse(s.default_value);
      value = &fallback;
    }
    if (!value) {
      if (s.flags & SLUICE_SETTING_REQUIRED)
        skip("needs --config with the required setting `" + std::string(s.name) + "`");
      continue;
    }
    const std::string problem = wrong_with(s, *value);
    if (!problem.empty()) fail("setting " + problem);
    out += "," + plugin::json_string(s.name) + ":" + normal(s, *value);
  }
  return out + "}";
}

std::string without(const std::string& object, const std::string& key) { return replaced(object, key, ""); }

std::string replaced(const std::string& object, const std::string& key, const std::string& json) {
  const Json value = Json::parse(object);
  std::string out = "{";
  for (size_t i = 0; i < value.items().size(); ++i) {
    const bool hit = value.keys()[i] == key;
    if (hit && json.empty()) continue;
    if (out.size() > 1) out += ',';
    out += plugin::json_string(value.keys()[i]) + ":" + (hit ? json : to_json(value.items()[i]));
  }
  if (!value.find(key) && !json.empty()) out += (out.size() > 1 ? "," : "") + plugin::json_string(key) + ":" + json;
  return out + "}";
}

}  // namespace sluice::testkit
