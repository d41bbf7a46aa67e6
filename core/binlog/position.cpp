#include "core/binlog/position.hpp"

#include <algorithm>

namespace sluice::binlog {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view without_zeros(std::string_view digits) {
  digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
  return digits;
}

/// Of any length: a number never overflows here.
std::strong_ordering compare_digits(std::string_view a, std::string_view b) {
  a = without_zeros(a);
  b = without_zeros(b);
  if (a.size() != b.size()) return a.size() <=> b.size();
  return a.compare(b) <=> 0;
}

}  // namespace

BinlogName split_binlog_name(std::string_view name) {
  const size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot + 1 == name.size() ||
      !std::all_of(name.begin() + static_cast<std::ptrdiff_t>(dot) + 1, name.end(), is_digit)) {
    return {name, {}, {}};
  }
  BinlogName out{name.substr(0, dot), {}, name.substr(dot + 1)};
  const size_t bar = out.base.rfind('|');
  if (bar != std::string_view::npos && bar + 1 < out.base.size() &&
      std::all_of(out.base.begin() + static_cast<std::ptrdiff_t>(bar) + 1, out.base.end(), is_digit)) {
    out.suffix = out.base.substr(bar + 1);
    out.base = out.base.substr(0, bar);
  }
  return out;
}

std::strong_ordering compare_binlog_names(std::string_view a, std::string_view b) {
  const BinlogName left = split_binlog_name(a);
  const BinlogName right = split_binlog_name(b);
  if (left.digits.empty() || right.digits.empty()) return a.compare(b) <=> 0;
  if (const int by_base = left.base.compare(right.base); by_base != 0) return by_base <=> 0;
  if (const auto by_suffix = compare_digits(left.suffix, right.suffix); by_suffix != 0) return by_suffix;
  return compare_digits(left.digits, right.digits);
}

std::string next_binlog_name(std::string_view name) {
  const BinlogName parts = split_binlog_name(name);
  if (parts.digits.empty()) return {};
  std::string digits(parts.digits);
  size_t i = digits.size();
  while (i > 0 && digits[i - 1] == '9') digits[--i] = '0';
  if (i == 0) {
    digits.insert(digits.begin(), '1');
  } else {
    ++digits[i - 1];
  }
  return std::string(name.substr(0, name.size() - parts.digits.size())) + digits;
}

std::string Position::to_string() const { return "(" + name + ", " + std::to_string(offset) + ")"; }

}  // namespace sluice::binlog
