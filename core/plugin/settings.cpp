#include "core/plugin/settings.hpp"

#include <charconv>
#include <cmath>
#include <cstdlib>

#include "core/model/json.hpp"
#include "sluice/abi/plugin.h"

namespace sluice::plugin {
namespace {

using model::Json;

struct Problem {
  std::string text;
  std::string remedy;
};

std::string shown(const SettingInfo& setting, const Json& value) {
  if (setting.secret()) return std::string(value.kind()) + " (***)";
  std::string text = model::to_text(value);
  constexpr size_t kMost = 80;
  if (text.size() > kMost) text = text.substr(0, kMost) + "...";
  return text;
}

std::string expected_text(const SettingInfo& setting) {
  switch (setting.type) {
    case SLUICE_SETTING_STRING: return "a text";
    case SLUICE_SETTING_INT: return "a whole number";
    case SLUICE_SETTING_BOOL: return "true or false";
    case SLUICE_SETTING_DURATION: return "a duration such as \"30s\" or \"1h30m\"";
    case SLUICE_SETTING_BYTES: return "a size such as \"64MiB\" or a number of bytes";
    case SLUICE_SETTING_LIST: return "a list of texts";
    default: return "a value";
  }
}

std::string range_text(const SettingInfo& setting) {
  const std::string unit = setting.unit.empty() ? "" : " " + setting.unit;
  if (!setting.minimum.empty() && !setting.maximum.empty()) {
    return "between " + setting.minimum + " and " + setting.maximum + unit;
  }
  return setting.minimum.empty() ? "at most " + setting.maximum + unit : "at least " + setting.minimum + unit;
}

std::optional<double> limit(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return std::strtod(text.c_str(), nullptr);
}

bool in_range(const SettingInfo& setting, double value) {
  const auto low = limit(setting.minimum);
  const auto high = limit(setting.maximum);
  return (!low || value >= *low) && (!high || value <= *high);
}

/// A number of bytes from a number or a text; null when it is neither.
std::optional<uint64_t> bytes_of(const Json& value) {
  if (const auto* text = value.as_string()) return parse_bytes(*text);
  if (const auto* number = value.as_int(); number && *number >= 0) return static_cast<uint64_t>(*number);
  if (const auto* number = value.as_uint()) return *number;
  return std::nullopt;
}

bool list_of_texts(const Json& value) {
  const auto* items = value.as_array();
  if (!items) return false;
  for (const Json& item : *items) {
    if (!item.is_string()) return false;
  }
  return true;
}

/// The value as the plugin gets it; null when it has another type.
std::optional<Json> convert(const SettingInfo& setting, const Json& value) {
  const auto when = [&value](bool fits) { return fits ? std::optional<Json>(value) : std::nullopt; };
  switch (setting.type) {
    case SLUICE_SETTING_STRING: return when(value.is_string());
    case SLUICE_SETTING_INT: return when(value.as_int() || value.as_uint());
    case SLUICE_SETTING_BOOL: return when(value.as_bool() != nullptr);
    case SLUICE_SETTING_DURATION: return when(value.is_string() && parse_duration_ms(*value.as_string()));
    case SLUICE_SETTING_BYTES: {
      const auto bytes = bytes_of(value);
      if (!bytes) return std::nullopt;
      return *bytes <= INT64_MAX ? Json(static_cast<int64_t>(*bytes)) : Json(*bytes);
    }
    case SLUICE_SETTING_LIST: return when(list_of_texts(value));
    default: return value;  // an object, or a type of a later minor version: the plugin validates it itself
  }
}

std::optional<double> numeric(const SettingInfo& setting, const Json& value) {
  if (setting.type != SLUICE_SETTING_INT && setting.type != SLUICE_SETTING_BYTES) return std::nullopt;
  if (const auto* number = value.as_int()) return static_cast<double>(*number);
  if (const auto* number = value.as_uint()) return static_cast<double>(*number);
  return std::nullopt;
}

std::string known_names(const std::vector<SettingInfo>& settings) {
  std::string names;
  for (const SettingInfo& setting : settings) names += (names.empty() ? "" : ", ") + setting.name;
  return names.empty() ? "there are no settings" : "known settings: " + names;
}

Error refuse(const std::string& where, const Problem& problem) {
  return make_error(49001, where + ": " + problem.text, "", problem.remedy);
}

/// Nothing in the result means: leave the setting out.
Result<std::optional<Json>> complete_one(const SettingInfo& setting, const std::string& where, const Json* given) {
  const std::string what = "setting `" + setting.name + "`";
  const std::string help = setting.help.empty() ? "" : setting.name + ": " + setting.help;
  if (!given || given->is_null()) {
    if (!setting.default_value.empty()) {
      auto fallback = model::parse_json(setting.default_value);
      auto converted = fallback ? convert(setting, *fallback) : std::nullopt;
      if (!converted) {
        return refuse(where,
                      {what + " has the default " + setting.default_value + ", which is not " + expected_text(setting),
                       "report this to the author of the plugin, and set it until then"});
      }
      return converted;
    }
    if (setting.required())
      return refuse(where, {what + " is missing; " + expected_text(setting) + " is expected", help});
    return std::optional<Json>();
  }
  auto converted = convert(setting, *given);
  if (!converted) {
    return refuse(where,
                  {what + " is " + shown(setting, *given) + ", " + expected_text(setting) + " is expected", help});
  }
  if (const auto number = numeric(setting, *converted); number && !in_range(setting, *number)) {
    return refuse(where, {what + " is " + shown(setting, *given) + ", it must be " + range_text(setting), help});
  }
  return converted;
}

}  // namespace

bool SettingInfo::required() const { return (flags & SLUICE_SETTING_REQUIRED) != 0; }
bool SettingInfo::secret() const { return (flags & SLUICE_SETTING_SECRET) != 0; }
bool SettingInfo::changeable() const { return (flags & SLUICE_SETTING_CHANGEABLE) != 0; }

const char* SettingInfo::type_name() const {
  constexpr const char* kNames[] = {"unknown", "string", "int", "bool", "duration", "bytes", "list", "object"};
  return type >= 1 && type <= 7 ? kNames[type] : kNames[0];
}

Result<std::string> complete_settings(const std::vector<SettingInfo>& settings, const std::string& where,
                                      const std::string& instance_name, const std::string& config_json) {
  auto config = model::parse_json(config_json.empty() ? "{}" : config_json);
  if (!config) {
    return refuse(where, {"its settings are not valid JSON: " + config.error().message, "give one JSON object"});
  }
  const auto* members = config->as_object();
  if (!members) return refuse(where, {"its settings are " + std::string(config->kind()), "give one JSON object"});
  for (const Json::Member& member : *members) {
    bool known = member.name == "name";
    for (const SettingInfo& setting : settings) known = known || setting.name == member.name;
    if (!known && !member.value.is_null()) {
      return refuse(where, {"setting `" + member.name + "` is unknown", known_names(settings)});
    }
  }
  Json out = Json::object();
  bool has_name = false;
  for (const SettingInfo& setting : settings) {
    auto value = complete_one(setting, where, config->find(setting.name));
    if (!value) return value.status();
    if (*value) out.set(setting.name, std::move(**value));
    has_name = has_name || setting.name == "name";
  }
  if (!has_name) out.set("name", instance_name);
  return model::to_text(out);
}

std::optional<uint64_t> parse_bytes(const std::string& text) {
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  double number = 0;
  const auto [at, ec] = std::from_chars(begin, end, number, std::chars_format::fixed);
  if (ec != std::errc() || !(number >= 0) || begin == end || *begin == '-') return std::nullopt;
  std::string unit;
  for (const char* p = at; p < end; ++p) {
    if (*p != ' ') unit += static_cast<char>(std::tolower(static_cast<unsigned char>(*p)));
  }
  static constexpr const char* kUnits[][3] = {
      {"", "b", "byte"}, {"k", "kb", "kib"}, {"m", "mb", "mib"}, {"g", "gb", "gib"}, {"t", "tb", "tib"}};
  double factor = 1;
  for (const auto& names : kUnits) {
    for (const char* name : names) {
      if (unit != name) continue;
      const double bytes = std::floor(number * factor);
      if (bytes >= 18446744073709549568.0) return std::nullopt;
      return static_cast<uint64_t>(bytes);
    }
    factor *= 1024;
  }
  return std::nullopt;
}

std::optional<int64_t> parse_duration_ms(const std::string& text) {
  if (text == "0") return 0;
  static constexpr struct {
    std::string_view name;
    double ms;
  } kUnits[] = {{"ns", 1e-6}, {"us", 1e-3}, {"\xC2\xB5s", 1e-3}, {"ms", 1}, {"s", 1e3}, {"m", 6e4}, {"h", 3.6e6}};
  const char* at = text.data();
  const char* const end = at + text.size();
  if (at == end) return std::nullopt;
  double total = 0;
  while (at < end) {
    double number = 0;
    const auto [after, ec] = std::from_chars(at, end, number, std::chars_format::fixed);
    if (ec != std::errc() || *at == '-') return std::nullopt;
    const char* unit_end = after;
    while (unit_end < end && !(*unit_end >= '0' && *unit_end <= '9') && *unit_end != '.') ++unit_end;
    const std::string_view unit(after, static_cast<size_t>(unit_end - after));
    double factor = 0;
    for (const auto& known : kUnits) {
      if (known.name == unit) factor = known.ms;
    }
    if (factor == 0) return std::nullopt;
    total += number * factor;
    at = unit_end;
  }
  if (total > 9.2e18) return std::nullopt;
  return static_cast<int64_t>(total);
}

}  // namespace sluice::plugin
