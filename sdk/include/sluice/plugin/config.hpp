#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/abi/plugin.h"
#include "sluice/plugin/json.hpp"

namespace sluice::plugin {

/// One setting of a plugin, for the list that `static std::vector<Setting> settings()` returns. All texts must be
/// literals. The host validates against the list, writes the help text and the documentation from it.
class Setting {
 public:
  static Setting string(const char* name) { return {name, SLUICE_SETTING_STRING}; }
  static Setting integer(const char* name) { return {name, SLUICE_SETTING_INT}; }
  static Setting boolean(const char* name) { return {name, SLUICE_SETTING_BOOL}; }
  static Setting duration(const char* name) { return {name, SLUICE_SETTING_DURATION}; }
  static Setting bytes(const char* name) { return {name, SLUICE_SETTING_BYTES}; }
  static Setting list(const char* name) { return {name, SLUICE_SETTING_LIST}; }
  static Setting object(const char* name) { return {name, SLUICE_SETTING_OBJECT}; }

  Setting&& required() && { return flag(SLUICE_SETTING_REQUIRED); }
  Setting&& secret() && { return flag(SLUICE_SETTING_SECRET); }
  Setting&& changeable() && { return flag(SLUICE_SETTING_CHANGEABLE); }
  /// JSON text: `"30s"` with its quotes, `5`, `true`, `[]`.
  Setting&& fallback(const char* json) && { return raw_.default_value = json, std::move(*this); }
  Setting&& range(const char* minimum, const char* maximum) && {
    raw_.minimum = minimum;
    raw_.maximum = maximum;
    return std::move(*this);
  }
  Setting&& unit(const char* text) && { return raw_.unit = text, std::move(*this); }
  Setting&& help(const char* text) && { return raw_.help = text, std::move(*this); }

  const sluice_setting& raw() const { return raw_; }

 private:
  Setting(const char* name, int32_t type) : raw_(make_sized<sluice_setting>()) {
    raw_.type = type;
    raw_.name = name;
    raw_.unit = raw_.default_value = raw_.minimum = raw_.maximum = raw_.help = "";
  }
  Setting&& flag(uint32_t bit) {
    raw_.flags |= bit;
    return std::move(*this);
  }
  sluice_setting raw_;
};

namespace detail {

/// Reads "12.5" from the front of `text`; false when there is no number.
inline bool take_decimal(std::string_view& text, double& number) {
  double place = 0;
  size_t digits = 0, at = 0;
  number = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '.' && place == 0) {
      place = 1;
    } else if (c >= '0' && c <= '9') {
      number = number * 10 + (c - '0');
      place *= 10;
      ++digits;
    } else {
      break;
    }
  }
  if (place > 0) number /= place;
  text.remove_prefix(at);
  return digits > 0;
}

/// Microseconds of the unit at the front of `text`, longest name first; 0 when it is none.
inline double take_unit(std::string_view& text) {
  struct Unit {
    std::string_view name;
    double us;
  };
  static constexpr Unit kUnits[] = {{"ms", 1e3},  {"us", 1},  {"\xc2\xb5s", 1}, {"ns", 1e-3},
                                    {"h", 3.6e9}, {"m", 6e7}, {"s", 1e6}};
  for (const Unit& unit : kUnits) {
    if (text.substr(0, unit.name.size()) != unit.name) continue;
    text.remove_prefix(unit.name.size());
    return unit.us;
  }
  return 0;
}

}  // namespace detail

/// "1h2m3.5s", "300ms", "1.5h", "0": Go's format, as DM's configuration uses it. Throws Failure.
inline std::chrono::microseconds parse_duration(std::string_view text) {
  const auto bad = [text] { return Failure("`" + std::string(text) + "` is not a duration such as 30s or 1m30s"); };
  if (text.empty()) throw bad();
  double total_us = 0;
  std::string_view rest = text == "0" ? std::string_view() : text;
  while (!rest.empty()) {
    double number = 0;
    if (!detail::take_decimal(rest, number)) throw bad();
    const double unit = detail::take_unit(rest);
    if (unit == 0) throw bad();
    total_us += number * unit;
  }
  if (total_us > 9e18) throw bad();
  return std::chrono::microseconds(static_cast<int64_t>(total_us + 0.5));
}

/// The settings of one instance, as its constructor gets them. Every getter throws a Failure that names the setting
/// when it is missing or of another type; those with a fallback only when it is of another type.
class Config {
 public:
  explicit Config(std::string_view json, const sluice_instance* instance = nullptr)
      : text_(json), root_(Json::parse(json)), instance_(instance) {
    if (!root_.is_object()) throw Failure("the configuration must be a JSON object");
  }

  /// The whole object as JSON text.
  const std::string& json() const { return text_; }
  const Json& root() const { return root_; }
  /// The instance's name.
  std::string name() const { return string("name", ""); }
  /// Identifies the instance towards host services. Valid as long as the instance.
  const sluice_instance* instance() const { return instance_; }

  /// Null when absent or JSON null.
  const Json* find(std::string_view key) const {
    const Json* value = root_.find(key);
    return value && !value->is_null() ? value : nullptr;
  }
  bool has(std::string_view key) const { return find(key) != nullptr; }
  const Json& at(std::string_view key) const {
    if (const Json* value = find(key)) return *value;
    throw Failure::config(key, "is required");
  }

  std::string string(std::string_view key) const {
    const Json& value = at(key);
    if (!value.is_string()) throw Failure::config(key, "must be a text");
    return value.text();
  }
  std::string string(std::string_view key, std::string fallback) const { return has(key) ? string(key) : fallback; }
  int64_t integer(std::string_view key) const {
    if (const auto value = at(key).integer()) return *value;
    throw Failure::config(key, "must be a whole number");
  }
  int64_t integer(std::string_view key, int64_t fallback) const { return has(key) ? integer(key) : fallback; }
  bool boolean(std::string_view key) const {
    if (const auto value = at(key).boolean()) return *value;
    throw Failure::config(key, "must be true or false");
  }
  bool boolean(std::string_view key, bool fallback) const { return has(key) ? boolean(key) : fallback; }
  /// A size in bytes; the host has turned "64MiB" into the number.
  uint64_t bytes(std::string_view key) const {
    if (const auto value = at(key).unsigned_integer()) return *value;
    throw Failure::config(key, "must be a number of bytes");
  }
  uint64_t bytes(std::string_view key, uint64_t fallback) const { return has(key) ? bytes(key) : fallback; }
  std::chrono::microseconds duration(std::string_view key) const {
    try {
      return parse_duration(string(key));
    } catch (const Failure& failure) {
      throw Failure::config(key, failure.message());
    }
  }
  std::chrono::microseconds duration(std::string_view key, std::chrono::microseconds fallback) const {
    return has(key) ? duration(key) : fallback;
  }
  /// An absent list is an empty one.
  std::vector<std::string> list(std::string_view key) const {
    std::vector<std::string> texts;
    const Json* value = find(key);
    if (!value) return texts;
    if (!value->is_array()) throw Failure::config(key, "must be a list of texts");
    for (const Json& item : value->items()) {
      if (!item.is_string()) throw Failure::config(key, "must be a list of texts");
      texts.push_back(item.text());
    }
    return texts;
  }

 private:
  std::string text_;
  Json root_;
  const sluice_instance* instance_;
};

}  // namespace sluice::plugin
