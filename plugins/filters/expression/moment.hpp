#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace expression {

/// "2024-02-29" or "2024-02-29 12:30:00.5", as packed in SLUICE_DATETIME; "0000-00-00" is the zero date. Nothing for
/// any other form, and for days that do not exist.
struct DateLiteral {
  int64_t packed = 0;
  bool has_time = false;
};
std::optional<DateLiteral> parse_date(std::string_view text);
/// "-12:30:00.5", in microseconds.
std::optional<int64_t> parse_time(std::string_view text);
/// "2024-02-29 12:30:00.5+09:00": microseconds since 1970-01-01 UTC, as SLUICE_TIMESTAMP holds them.
std::optional<int64_t> parse_instant(std::string_view text);

}  // namespace expression
