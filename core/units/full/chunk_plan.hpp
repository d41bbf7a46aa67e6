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

/// The column by whose ranges a table can be cut: the first of the primary key, or of the first unique NOT NULL key
/// when there is none, if it is an integer (the rows lie in its order then). "" when there is no such column.
std::string chunk_column(const schema::TableInfo& table);
/// A primary key, or a unique key without NULLs and expressions: a row can be told from all others.
bool has_row_key(const schema::TableInfo& table);

/// Rows between two values of the column, both included; may be a guess.
using Estimate = std::function<Result<uint64_t>(Wide low, Wide high)>;

/// Inner bounds b1 < b2 < ... of chunks of about `target` rows: (-inf, b1), [b1, b2), ... [bn, inf). Halves a range
/// until its estimate fits, so that skewed keys give many narrow ranges where the rows are, then joins small
/// neighbours. At most kMostChunks. Pure but for `estimate`.
Result<std::vector<Wide>> split_range(Wide low, Wide high, uint64_t target, const Estimate& estimate);
constexpr size_t kMostChunks = 20'000;

/// Rows that a chunk should have.
uint64_t chunk_rows(uint64_t table_rows, uint64_t row_bytes, size_t workers);

/// " WHERE `id` >= 5 AND `id` < 10"; "" when both bounds are open.
std::string chunk_condition(const std::string& column, const std::string& from, const std::string& to);

}  // namespace sluice::units::full
