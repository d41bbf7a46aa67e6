#include "core/model/definitions.hpp"

#include <algorithm>
#include <cctype>

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

bool take_range(std::string_view& text, size_t count, int minimum, int maximum) {
  const auto value = take_digits(text, count);
  return value && *value >= minimum && *value <= maximum;
}

bool is_leap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

bool take_date(std::string_view& text) {
  const auto year = take_digits(text, 4);
  if (!year || !take(text, '-')) return false;
  const auto month = take_digits(text, 2);
  if (!month || *month < 1 || *month > 12 || !take(text, '-')) return false;
  static constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return take_range(text, 2, 1, *month == 2 && is_leap(*year) ? 29 : kDays[*month - 1]);
}

bool is_offset(std::string_view text, bool colon_optional) {
  if (text.empty() || (text.front() != '+' && text.front() != '-')) return false;
  const bool negative = text.front() == '-';
  text.remove_prefix(1);
  const auto hours = take_digits(text, 2);
  if (!hours || !(take(text, ':') || colon_optional)) return false;
  const auto minutes = take_digits(text, 2);
  if (!minutes || *minutes > 59 || !text.empty()) return false;
  const int total = *hours * 60 + *minutes;
  return total <= (negative ? 12 * 60 + 59 : 14 * 60);
}

}  // namespace

bool looks_like_binlog_name(std::string_view name) {
  const size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || name.find('/') != std::string_view::npos) return false;
  const std::string_view number = name.substr(dot + 1);
  return all_digits(number) && number.find_first_not_of('0') != std::string_view::npos;
}

bool looks_like_time_zone(std::string_view zone) {
  if (zone.empty()) return false;
  if (zone.front() == '+' || zone.front() == '-') return is_offset(zone, false);
  std::string lower(zone);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  if (lower == "system" || lower == "local") return false;
  return std::isalpha(static_cast<unsigned char>(zone.front())) != 0 &&
         std::all_of(zone.begin(), zone.end(), [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '/' || c == '_' || c == '-' || c == '+';
         });
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

bool looks_like_start_time(std::string_view text) {
  if (!take_date(text) || !(take(text, ' ') || take(text, 'T'))) return false;
  if (!take_range(text, 2, 0, 23) || !take(text, ':')) return false;
  if (!take_range(text, 2, 0, 59) || !take(text, ':')) return false;
  if (!take_range(text, 2, 0, 59)) return false;
  return text.empty() || text == "Z" || is_offset(text, true);
}

const char* first_unit(const Task& task) {
  if (task.task_mode == "dump") return "dump";
  return task.loads() ? "load" : "sync";
}

}  // namespace sluice::model
