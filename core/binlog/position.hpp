#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::binlog {

/// Binlog names in the order in which the server writes them: by base name, then by the number behind the last
/// dot as a number, so mysql-bin.999999 < mysql-bin.1000000. DM's relay form "mysql-bin|000002.000001" carries
/// the number of the relay sub-directory, which counts before the file's own; a name without one has 0. Names that
/// do not end in a number are compared as text. The empty name is less than all others.
std::strong_ordering compare_binlog_names(std::string_view a, std::string_view b);

/// The parts of a binlog name; views into it.
struct BinlogName {
  std::string_view base;    ///< "mysql-bin"
  std::string_view suffix;  ///< relay sub-directory number, "" = none
  std::string_view digits;  ///< "000001" as written; "" when the name does not end in a number
};
BinlogName split_binlog_name(std::string_view name);

/// The name that follows: mysql-bin.000009 -> mysql-bin.000010. "" when the name does not end in a number.
std::string next_binlog_name(std::string_view name);

/// A place in the binlog; 64 bits, since a transaction may grow a file beyond 4 GiB.
struct Position {
  std::string name;
  uint64_t offset = 4;

  std::strong_ordering operator<=>(const Position& other) const {
    const auto by_name = compare_binlog_names(name, other.name);
    return by_name != 0 ? by_name : offset <=> other.offset;
  }
  bool operator==(const Position& other) const { return (*this <=> other) == 0; }
  /// "(mysql-bin.000001, 4)", as DM prints it.
  std::string to_string() const;
};

}  // namespace sluice::binlog
