#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::units::sync {

/// Where a row change stands in its source's binlog: the end position of its event, and its number within what starts
/// there (rows of an event; of all inner events for a compressed payload). Ordered: file numbers numerically
/// (scenario: .999999 < .1000000), then position, then ordinal.
struct RowLocation {
  std::string file;
  uint64_t pos = 0;
  uint64_t ordinal = 0;

  /// "mysql-bin.000001:1234:5", the text that lane marks hold.
  std::string to_string() const;
  static std::optional<RowLocation> parse(std::string_view text);
  /// <0, 0, >0
  int compare(const RowLocation& other) const;
};

}  // namespace sluice::units::sync
