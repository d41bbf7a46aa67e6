#include "core/units/full/chunk_bounds.hpp"

#include <cstdlib>

#include "core/sql/quote.hpp"
#include "core/units/full/chunk_plan.hpp"

namespace sluice::units::full {

Result<std::vector<std::string>> plan_bounds(upstream::Connection& session, const SourceTable& table,
                                             const std::string& column, size_t workers) {
  std::vector<std::string> out;
  if (column.empty()) return out;
  const std::string name = sql::quote_identifier(column);
  const std::string from = " FROM " + sql::quote_table(table.schema, table.table);
  auto ends = session.query("SELECT MIN(" + name + ") AS l, MAX(" + name + ") AS h" + from);
  if (!ends) return ends.status();
  const auto low = parse_wide(ends->get(0, "l"));
  const auto high = parse_wide(ends->get(0, "h"));
  if (!low || !high) return out;  // no rows
  const uint64_t row_bytes = table.rows == 0 ? 100 : table.bytes / table.rows;
  const Estimate estimate = [&](Wide a, Wide b) -> Result<uint64_t> {
    auto plan = session.query("EXPLAIN SELECT " + name + from + " WHERE " + name + " >= " + to_text(a) + " AND " +
                              name + " <= " + to_text(b));
    if (!plan) return plan.status();
    return std::strtoull(plan->get(0, "rows").c_str(), nullptr, 10);
  };
  auto bounds = split_range(*low, *high, chunk_rows(table.rows, row_bytes, workers), estimate);
  if (!bounds) return bounds.status();
  for (Wide bound : *bounds) out.push_back(to_text(bound));
  return out;
}

}  // namespace sluice::units::full
