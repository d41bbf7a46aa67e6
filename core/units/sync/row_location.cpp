#include "core/units/sync/row_location.hpp"

#include <charconv>

namespace sluice::units::sync {
namespace {

// "mysql-bin.000012" -> {"mysql-bin", 12}
bool split_name(std::string_view name, std::string_view& base, uint64_t& number) {
  const size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot + 1 == name.size()) return false;
  base = name.substr(0, dot);
  const char* first = name.data() + dot + 1;
  const char* last = name.data() + name.size();
  const auto [ptr, ec] = std::from_chars(first, last, number);
  return ec == std::errc() && ptr == last;
}

}  // namespace

int compare_binlog_names(std::string_view a, std::string_view b) {
  std::string_view base_a;
  std::string_view base_b;
  uint64_t number_a = 0;
  uint64_t number_b = 0;
  if (split_name(a, base_a, number_a) && split_name(b, base_b, number_b) && base_a == base_b) {
    if (number_a == number_b) return 0;
    return number_a < number_b ? -1 : 1;
  }
  return a.compare(b);
}

std::string RowLocation::to_string() const {
  return file + ":" + std::to_string(pos) + ":" + std::to_string(ordinal);
}

std::optional<RowLocation> RowLocation::parse(std::string_view text) {
  const size_t second = text.rfind(':');
  if (second == std::string_view::npos || second == 0) return std::nullopt;
  const size_t first = text.rfind(':', second - 1);
  if (first == std::string_view::npos) return std::nullopt;
  RowLocation out;
  out.file = std::string(text.substr(0, first));
  const auto number = [](std::string_view part, uint64_t& value) {
    const auto [ptr, ec] = std::from_chars(part.data(), part.data() + part.size(), value);
    return !part.empty() && ec == std::errc() && ptr == part.data() + part.size();
  };
  if (!number(text.substr(first + 1, second - first - 1), out.pos)) return std::nullopt;
  if (!number(text.substr(second + 1), out.ordinal)) return std::nullopt;
  return out;
}

int RowLocation::compare(const RowLocation& other) const {
  if (const int names = compare_binlog_names(file, other.file); names != 0) return names;
  if (pos != other.pos) return pos < other.pos ? -1 : 1;
  if (ordinal != other.ordinal) return ordinal < other.ordinal ? -1 : 1;
  return 0;
}

}  // namespace sluice::units::sync
