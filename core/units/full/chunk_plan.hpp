#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/model/error.hpp"
#include "core/schema/table_info.hpp"

namespace sluice::units::full {

/// Holds every BIGINT, signed or unsigned, and their differences.
__extension__ using Wide = __int128;

std::string to_text(Wide value);
/// nullopt when `text` is no integer that fits a BIGINT (UNSIGNED).
std::optional<Wide> parse_wide(const std::string& text);

/// The clustered key (the primary key, else the first unique NOT NULL one), as far as a table can be cut by it.
struct ChunkKey {
  std::string index;                 ///< its name; "" when there is no such key
  std::vector<std::string> columns;  ///< its first columns whose values can be written as exact literals
  bool by_number = false;            ///< the first is an integer: ranges can be halved without reading rows
};
ChunkKey chunk_key(const schema::TableInfo& table);
/// A primary key, or a unique key without NULLs and expressions: a row can be told from all others.
bool has_row_key(const schema::TableInfo& table);

/// Rows between two values of the column, both included; may be a guess.
using Estimate = std::function<Result<uint64_t>(Wide low, Wide high)>;

/// Inner bounds b1 < b2 < ... of chunks of about `target` rows: (-inf, b1), [b1, b2), ... [bn, inf). Halves a range
/// until its estimate fits, so that skewed keys give many narrow ranges where the rows are, then joins small
/// neighbours. At most kMostChunks. Pure but for `estimate`.
/// `largest`, when given, becomes the estimate of the fullest single value that could not be halved any further.
Result<std::vector<Wide>> split_range(Wide low, Wide high, uint64_t target, const Estimate& estimate,
                                      uint64_t* largest = nullptr);
constexpr size_t kMostChunks = 20'000;

/// Rows that a chunk should have.
uint64_t chunk_rows(uint64_t table_rows, uint64_t row_bytes, size_t workers);

/// SQL that reads the value of a key column as text for key_literal().
std::string key_expression(const sql::ColumnDef& column);
/// The literal that compares with the column exactly as the value does. It holds no comma.
std::string key_literal(const sql::ColumnDef& column, const std::string& text);

/// A bound is one literal for each column, joined by commas. The conditions compare in the order of the key and in a
/// form by which servers use it. `op` of key_compare is ">", ">=" or "<".
std::string key_compare(const std::vector<std::string>& columns, const std::string& bound, const char* op);
/// " WHERE `id` >= 5 AND `id` < 10"; "" when both bounds are open.
std::string chunk_condition(const std::vector<std::string>& columns, const std::string& from, const std::string& to);

}  // namespace sluice::units::full
