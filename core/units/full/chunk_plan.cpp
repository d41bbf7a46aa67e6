#include "core/units/full/chunk_plan.hpp"

#include <algorithm>

#include "core/sql/quote.hpp"

namespace sluice::units::full {
namespace {

struct Range {
  Wide low;
  Wide high;
  uint64_t rows = 0;
};

bool all_not_null(const schema::TableInfo& table, const schema::KeyInfo& key) {
  return std::all_of(key.parts.begin(), key.parts.end(), [&](const sql::KeyPart& part) {
    const sql::ColumnDef* column = part.column.empty() ? nullptr : table.find_column(part.column);
    return column != nullptr && column->not_null;
  });
}

// What InnoDB clusters a table by.
const schema::KeyInfo* clustered_key(const schema::TableInfo& table) {
  if (const schema::KeyInfo* primary = table.primary_key()) return primary;
  for (const schema::KeyInfo& key : table.keys) {
    const bool prefixed =
        std::any_of(key.parts.begin(), key.parts.end(), [](const sql::KeyPart& part) { return part.prefix != 0; });
    if (key.type == sql::KeyType::Unique && !prefixed && all_not_null(table, key)) return &key;
  }
  return nullptr;
}

// Types whose values come back from text as what they were, and that compare with the literal as with the value. Not
// FLOAT and DOUBLE (printed rounded), ENUM and SET (ordered by number, compared by name), BIT.
bool has_literals(const sql::ColumnDef& column) {
  switch (column.type) {
    case sql::ColumnType::Float:
    case sql::ColumnType::Double:
    case sql::ColumnType::Enum:
    case sql::ColumnType::Set:
    case sql::ColumnType::Bit:
    case sql::ColumnType::Json:
    case sql::ColumnType::Geometry:
    case sql::ColumnType::Vector: return false;
    default: return !column.is_character() || !column.charset.empty();
  }
}

std::vector<std::string> split_bound(const std::string& bound) {
  std::vector<std::string> out;
  for (size_t begin = 0; begin <= bound.size();) {
    const size_t end = std::min(bound.find(',', begin), bound.size());
    out.push_back(bound.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

std::vector<Wide> joined_bounds(const std::vector<Range>& leaves, uint64_t target) {
  std::vector<Wide> out;
  uint64_t rows = 0;
  for (const Range& leaf : leaves) {
    if (rows > 0 && rows + leaf.rows > target) {
      out.push_back(leaf.low);
      rows = 0;
    }
    rows += leaf.rows;
  }
  return out;
}

}  // namespace

std::string to_text(Wide value) {
  if (value == 0) return "0";
  const bool negative = value < 0;
  std::string out;
  for (; value != 0; value /= 10) {
    const int digit = static_cast<int>(value % 10);
    out += static_cast<char>('0' + (negative ? -digit : digit));
  }
  if (negative) out += '-';
  return {out.rbegin(), out.rend()};
}

std::optional<Wide> parse_wide(const std::string& text) {
  const bool negative = !text.empty() && text[0] == '-';
  if (text.size() == (negative ? 1U : 0U) || text.size() > 21) return std::nullopt;
  Wide out = 0;
  for (size_t i = negative ? 1 : 0; i < text.size(); ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    out = out * 10 + (text[i] - '0');
  }
  return negative ? -out : out;
}

ChunkKey chunk_key(const schema::TableInfo& table) {
  ChunkKey out;
  const schema::KeyInfo* key = clustered_key(table);
  if (key == nullptr) return out;
  for (const sql::KeyPart& part : key->parts) {
    const sql::ColumnDef* column = part.prefix == 0 ? table.find_column(part.column) : nullptr;
    // Of parts that run in different directions the index gives no order that a tuple could be compared in.
    if (column == nullptr || !has_literals(*column) || part.descending != key->parts[0].descending) break;
    out.columns.push_back(column->name);
  }
  if (out.columns.empty()) return out;
  out.index = key->name;
  out.by_number = table.find_column(out.columns[0])->is_integer();
  return out;
}

bool has_row_key(const schema::TableInfo& table) {
  if (table.primary_key() != nullptr) return true;
  return std::any_of(table.keys.begin(), table.keys.end(), [&](const schema::KeyInfo& key) {
    return key.type == sql::KeyType::Unique && !key.has_expression() && all_not_null(table, key);
  });
}

Result<std::vector<Wide>> split_range(Wide low, Wide high, uint64_t target, const Estimate& estimate,
                                      uint64_t* largest) {
  if (largest != nullptr) *largest = 0;
  std::vector<Range> leaves;
  std::vector<Range> todo{{low, high}};
  while (!todo.empty()) {
    Range range = todo.back();
    todo.pop_back();
    Result<uint64_t> rows = estimate(range.low, range.high);
    if (!rows) return rows.status();
    range.rows = *rows;
    if (range.rows <= target || range.low == range.high || leaves.size() + todo.size() >= kMostChunks) {
      if (largest != nullptr && range.low == range.high) *largest = std::max(*largest, range.rows);
      leaves.push_back(range);
      continue;
    }
    const Wide middle = range.low + (range.high - range.low) / 2;
    todo.push_back({middle + 1, range.high});
    todo.push_back({range.low, middle});
  }
  return joined_bounds(leaves, target);
}

std::string key_expression(const sql::ColumnDef& column) {
  const std::string name = sql::quote_identifier(column.name);
  return column.is_character() || column.is_binary() ? "HEX(" + name + ")" : name;
}

std::string key_literal(const sql::ColumnDef& column, const std::string& text) {
  if (column.is_binary()) return "x'" + text + "'";
  // With the column's character set in front nothing is converted, and the column's collation decides.
  if (column.is_character()) return "_" + (column.charset == "utf8mb3" ? "utf8" : column.charset) + " x'" + text + "'";
  const bool number =
      column.is_integer() || column.type == sql::ColumnType::Decimal || column.type == sql::ColumnType::Year;
  return number ? text : sql::quote_string(text);
}

std::string key_compare(const std::vector<std::string>& columns, const std::string& bound, const char* op) {
  const std::vector<std::string> values = split_bound(bound);
  const std::string strict = std::string(1, op[0]);
  std::string out;
  std::string equal;
  for (size_t i = 0; i < columns.size() && i < values.size(); ++i) {
    const std::string name = sql::quote_identifier(columns[i]);
    const bool last = i + 1 == columns.size();
    out += (i == 0 ? "" : " OR ") + equal + name + " " + (last ? std::string(op) : strict) + " " + values[i];
    equal += name + " = " + values[i] + " AND ";
  }
  if (columns.size() == 1) return out;
  // The first column alone, so that servers find the range without looking into the disjunction.
  return sql::quote_identifier(columns[0]) + " " + strict + "= " + values[0] + " AND (" + out + ")";
}

uint64_t chunk_rows(uint64_t table_rows, uint64_t row_bytes, size_t workers) {
  constexpr uint64_t kBytes = 32ULL << 20;
  uint64_t rows = std::clamp<uint64_t>(kBytes / std::max<uint64_t>(row_bytes, 1), 1'000, 200'000);
  // Enough pieces for all workers to end at about the same time, unless they would be tiny.
  const uint64_t share = table_rows / (std::max<size_t>(workers, 1) * 3);
  return std::min(rows, std::max<uint64_t>(share, 10'000));
}

std::string chunk_condition(const std::vector<std::string>& columns, const std::string& from, const std::string& to) {
  if (from.empty() && to.empty()) return "";
  std::string out = " WHERE ";
  if (!from.empty()) out += key_compare(columns, from, ">=");
  if (!from.empty() && !to.empty()) out += " AND ";
  if (!to.empty()) out += key_compare(columns, to, "<");
  return out;
}

}  // namespace sluice::units::full
