#include "core/units/full/chunk_bounds.hpp"

#include <algorithm>
#include <cstdlib>

#include "core/sql/quote.hpp"
#include "core/units/full/chunk_plan.hpp"

namespace sluice::units::full {
namespace {

struct Halved {
  std::vector<std::string> bounds;
  uint64_t largest = 0;  ///< rows of the fullest single value that is larger than a chunk should be
};

Result<Halved> halve(upstream::Connection& session, const SourceTable& table, const std::string& column,
                     uint64_t target) {
  Halved out;
  const std::string name = sql::quote_identifier(column);
  const std::string from = " FROM " + sql::quote_table(table.schema, table.table);
  auto ends = session.query("SELECT MIN(" + name + ") AS l, MAX(" + name + ") AS h" + from);
  if (!ends) return ends.status();
  const auto low = parse_wide(ends->get(0, "l"));
  const auto high = parse_wide(ends->get(0, "h"));
  if (!low || !high) return out;  // no rows
  const Estimate estimate = [&](Wide a, Wide b) -> Result<uint64_t> {
    auto plan = session.query("EXPLAIN SELECT " + name + from + " WHERE " + name + " >= " + to_text(a) + " AND " +
                              name + " <= " + to_text(b));
    if (!plan) return plan.status();
    return std::strtoull(plan->get(0, "rows").c_str(), nullptr, 10);
  };
  auto bounds = split_range(*low, *high, target, estimate, &out.largest);
  if (!bounds) return bounds.status();
  for (Wide bound : *bounds) out.bounds.push_back(to_text(bound));
  return out;
}

// Steps through the index, `target` rows at a time, always to a key greater than the last: it ends with any data.
Result<std::vector<std::string>> walk(upstream::Connection& session, const SourceTable& table, const ChunkKey& key,
                                      uint64_t target) {
  std::string values;
  std::string order;
  for (const std::string& column : key.columns) {
    const std::string comma = values.empty() ? "" : ", ";
    values += comma + key_expression(*table.info->find_column(column));
    order += comma + sql::quote_identifier(column);
  }
  const std::string select = "SELECT " + values + " FROM " + sql::quote_table(table.schema, table.table) +
                             " FORCE INDEX (" + sql::quote_identifier(key.index) + ")";
  const std::string tail = " ORDER BY " + order + " LIMIT 1 OFFSET ";
  std::vector<std::string> out;
  while (true) {
    const std::string where = out.empty() ? "" : " WHERE " + key_compare(key.columns, out.back(), ">");
    auto row = session.query(select + where + tail + std::to_string(out.empty() ? target : target - 1));
    if (!row) return row.status();
    if (row->rows.empty()) return out;
    std::string bound;
    for (size_t i = 0; i < key.columns.size(); ++i) {
      const sql::ColumnDef& column = *table.info->find_column(key.columns[i]);
      bound += (i == 0 ? "" : ",") + key_literal(column, row->rows[0][i].value_or(""));
    }
    out.push_back(std::move(bound));
  }
}

}  // namespace

Result<Chunks> plan_chunks(upstream::Connection& session, const SourceTable& table, size_t workers) {
  ChunkKey key = chunk_key(*table.info);
  if (key.columns.empty()) return Chunks{};
  const uint64_t row_bytes = table.rows == 0 ? 100 : table.bytes / table.rows;
  const uint64_t target = std::max(chunk_rows(table.rows, row_bytes, workers), table.rows / kMostChunks);
  if (key.by_number) {
    auto halved = halve(session, table, key.columns[0], target);
    if (!halved) return halved.status();
    // Only when single values fill more than a chunk is it worth reading the whole index.
    if (key.columns.size() == 1 || halved->largest <= target) {
      return Chunks{{key.columns[0]}, std::move(halved->bounds)};
    }
  }
  auto bounds = walk(session, table, key, target);
  if (!bounds) return bounds.status();
  return Chunks{std::move(key.columns), std::move(*bounds)};
}

}  // namespace sluice::units::full
