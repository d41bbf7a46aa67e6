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

std::string chunk_column(const schema::TableInfo& table) {
  const schema::KeyInfo* key = clustered_key(table);
  if (key == nullptr || key->parts.empty()) return "";
  const sql::ColumnDef* column = table.find_column(key->parts[0].column);
  return column != nullptr && column->is_integer() ? column->name : "";
}

bool has_row_key(const schema::TableInfo& table) {
  if (table.primary_key() != nullptr) return true;
  return std::any_of(table.keys.begin(), table.keys.end(), [&](const schema::KeyInfo& key) {
    return key.type == sql::KeyType::Unique && !key.has_expression() && all_not_null(table, key);
  });
}

Result<std::vector<Wide>> split_range(Wide low, Wide high, uint64_t target, const Estimate& estimate) {
  std::vector<Range> leaves;
  std::vector<Range> todo{{low, high}};
  while (!todo.empty()) {
    Range range = todo.back();
    todo.pop_back();
    Result<uint64_t> rows = estimate(range.low, range.high);
    if (!rows) return rows.status();
    range.rows = *rows;
    if (range.rows <= target || range.low == range.high || leaves.size() + todo.size() >= kMostChunks) {
      leaves.push_back(range);
      continue;
    }
    const Wide middle = range.low + (range.high - range.low) / 2;
    todo.push_back({middle + 1, range.high});
    todo.push_back({range.low, middle});
  }
  return joined_bounds(leaves, target);
}

uint64_t chunk_rows(uint64_t table_rows, uint64_t row_bytes, size_t workers) {
  constexpr uint64_t kBytes = 32ULL << 20;
  uint64_t rows = std::clamp<uint64_t>(kBytes / std::max<uint64_t>(row_bytes, 1), 1'000, 200'000);
  // Enough pieces for all workers to end at about the same time, unless they would be tiny.
  const uint64_t share = table_rows / (std::max<size_t>(workers, 1) * 3);
  return std::min(rows, std::max<uint64_t>(share, 10'000));
}

std::string chunk_condition(const std::string& column, const std::string& from, const std::string& to) {
  if (from.empty() && to.empty()) return "";
  const std::string name = sql::quote_identifier(column);
  std::string out = " WHERE ";
  if (!from.empty()) out += name + " >= " + from;
  if (!from.empty() && !to.empty()) out += " AND ";
  if (!to.empty()) out += name + " < " + to;
  return out;
}

}  // namespace sluice::units::full
