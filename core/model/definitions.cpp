#include "core/model/definitions.hpp"

#include <algorithm>
#include <cctype>
#include <chrono>

namespace sluice::model {
namespace {

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

/// Reads exactly `count` digits from the front.
std::optional<int> take_digits(std::string_view& text, size_t count) {
  if (text.size() < count || !all_digits(text.substr(0, count))) return std::nullopt;
  int value = 0;
  for (size_t i = 0; i < count; ++i) value = value * 10 + (text[i] - '0');
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

/// The number of exactly `count` digits when it lies in the range.
std::optional<int> take_range(std::string_view& text, size_t count, int minimum, int maximum) {
  const auto value = take_digits(text, count);
  return value && *value >= minimum && *value <= maximum ? value : std::nullopt;
}

/// Days since 1970-01-01 of "2006-01-02".
std::optional<int64_t> take_date(std::string_view& text) {
  const auto year = take_digits(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = take_range(text, 2, 1, 12);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = take_range(text, 2, 1, 31);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count();
}

/// Minutes east of Greenwich of "+09:00".
std::optional<int> offset_of(std::string_view text, bool colon_optional) {
  if (text.empty() || (text.front() != '+' && text.front() != '-')) return std::nullopt;
  const bool negative = text.front() == '-';
  text.remove_prefix(1);
  const auto hours = take_digits(text, 2);
  if (!hours || !(take(text, ':') || colon_optional)) return std::nullopt;
  const auto minutes = take_digits(text, 2);
  if (!minutes || *minutes > 59 || !text.empty()) return std::nullopt;
  const int total = *hours * 60 + *minutes;
  if (total > (negative ? 12 * 60 + 59 : 14 * 60)) return std::nullopt;
  return negative ? -total : total;
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

}  // namespace

bool looks_like_binlog_name(std::string_view name) {
  const size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || name.find('/') != std::string_view::npos) return false;
  const std::string_view number = name.substr(dot + 1);
  return all_digits(number) && number.find_first_not_of('0') != std::string_view::npos;
}

size_t character_count(std::string_view text) {
  size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}

bool looks_like_time_zone(std::string_view zone) {
  if (zone.empty()) return false;
  if (zone.front() == '+' || zone.front() == '-') return offset_of(zone, false).has_value();
  const std::string lower = lower_case(zone);
  if (lower == "system" || lower == "local") return false;
  return std::isalpha(static_cast<unsigned char>(zone.front())) != 0 &&
         std::all_of(zone.begin(), zone.end(), [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '/' || c == '_' || c == '-' || c == '+';
         });
}

bool is_known_time_zone(std::string_view zone) {
  if (!looks_like_time_zone(zone)) return false;
  if (zone.front() == '+' || zone.front() == '-') return true;
  const std::string lower = lower_case(zone);
  // The areas of the IANA database, and its names without an area. What lies in an area changes every year.
  static constexpr std::string_view kAreas[] = {"africa",    "america", "antarctica", "arctic", "asia", "atlantic",
                                                "australia", "brazil",  "canada",     "chile",  "etc",  "europe",
                                                "indian",    "mexico",  "pacific",    "us"};
  static constexpr std::string_view kNames[] = {
      "utc",    "gmt",      "uct",     "universal", "zulu",      "greenwich", "gmt0",    "gmt+0",    "gmt-0",
      "est",    "mst",      "hst",     "est5edt",   "cst6cdt",   "mst7mdt",   "pst8pdt", "cet",      "met",
      "eet",    "wet",      "cuba",    "egypt",     "eire",      "gb",        "gb-eire", "hongkong", "iceland",
      "iran",   "israel",   "jamaica", "japan",     "kwajalein", "libya",     "navajo",  "nz",       "nz-chat",
      "poland", "portugal", "prc",     "roc",       "rok",       "singapore", "turkey",  "w-su"};
  const size_t slash = lower.find('/');
  const auto is_in = [](const auto& list, std::string_view text) {
    return std::find(std::begin(list), std::end(list), text) != std::end(list);
  };
  return slash == std::string::npos ? is_in(kNames, lower)
                                    : slash + 1 < lower.size() && is_in(kAreas, lower.substr(0, slash));
}

std::optional<int64_t> parse_duration_ms(std::string_view text) {
  struct Unit {
    const char* name;
    double ms;
  };
  // Longer names first: "ms" must not be read as "m".
  static constexpr Unit kUnits[] = {{"ns", 1e-6}, {"us", 1e-3}, {"µs", 1e-3}, {"ms", 1},
                                    {"h", 3.6e6}, {"m", 6e4},   {"s", 1e3}};
  if (text == "0") return 0;
  if (text.empty()) return std::nullopt;
  double total = 0;
  while (!text.empty()) {
    double number = 0;
    double scale = 0;  // 0 = before the point
    size_t digits = 0;
    for (; !text.empty(); text.remove_prefix(1)) {
      const char c = text.front();
      if (c == '.' && scale == 0) {
        scale = 1;
      } else if (c >= '0' && c <= '9') {
        ++digits;
        number = scale == 0 ? number * 10 + (c - '0') : number + (c - '0') * (scale /= 10);
      } else {
        break;
      }
    }
    const auto* unit = std::find_if(std::begin(kUnits), std::end(kUnits), [&](const Unit& u) {
      return text.substr(0, std::string_view(u.name).size()) == u.name;
    });
    if (digits == 0 || unit == std::end(kUnits)) return std::nullopt;
    text.remove_prefix(std::string_view(unit->name).size());
    total += number * unit->ms;
  }
  if (total > 9e15) return std::nullopt;
  return static_cast<int64_t>(total);
}

std::optional<StartTime> parse_start_time(std::string_view text) {
  const auto date = take_date(text);
  if (!date || !(take(text, ' ') || take(text, 'T'))) return std::nullopt;
  const auto hour = take_range(text, 2, 0, 23);
  if (!hour || !take(text, ':')) return std::nullopt;
  const auto minute = take_range(text, 2, 0, 59);
  if (!minute || !take(text, ':')) return std::nullopt;
  const auto second = take_range(text, 2, 0, 59);
  if (!second) return std::nullopt;
  StartTime out{*date * 86400 + *hour * 3600 + *minute * 60 + *second, std::nullopt};
  if (text.empty()) return out;
  out.offset_minutes = text == "Z" ? std::optional(0) : offset_of(text, true);
  return out.offset_minutes ? std::optional(out) : std::nullopt;
}

bool looks_like_start_time(std::string_view text) { return parse_start_time(text).has_value(); }

const char* first_unit(const Task& task) {
  if (task.task_mode == "dump") return "dump";
  return task.loads() ? "load" : "sync";
}

}  // namespace sluice::model
