#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::sql {

/// Default collation of a character set; "" for an unknown one. `mariadb` picks MariaDB's default of utf8mb4
/// (general_ci) over that of MySQL 8 (0900_ai_ci). "utf8" is utf8mb3.
std::string default_collation(std::string_view charset, bool mariadb = true);
/// The character set a collation belongs to; "" when unknown.
std::string charset_of_collation(std::string_view collation);
/// Lower case, "utf8mb3" for "utf8", names of collations likewise.
std::string canonical_charset(std::string_view charset);
std::string canonical_collation(std::string_view collation);
/// The _bin collation of a character set.
std::string binary_collation(std::string_view charset);
/// Most bytes a character takes; 1 when unknown.
uint32_t max_bytes_per_char(std::string_view charset);
bool is_known_charset(std::string_view charset);

}  // namespace sluice::sql
