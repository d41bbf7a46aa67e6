#include "core/units/sync/row_location.hpp"

#include <charconv>

#include "core/binlog/position.hpp"

namespace sluice::units::sync {
std::string RowLocation::to_string() const { return file + ":" + std::to_string(pos) + ":" + std::to_string(ordinal); }

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
  if (const auto names = binlog::compare_binlog_names(file, other.file); names != 0) return names < 0 ? -1 : 1;
  if (pos != other.pos) return pos < other.pos ? -1 : 1;
  if (ordinal != other.ordinal) return ordinal < other.ordinal ? -1 : 1;
  return 0;
}

}  // namespace sluice::units::sync
