#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/sql/statement.hpp"

namespace sluice::sql {

/// A column before the statement, and the keys it is in by itself (single-column keys).
struct OldColumn {
  ColumnDef definition;
  bool primary_key = false;
  bool unique_key = false;
};

/// Finds a column in the structure before the statement; nullopt when the table or column is not known.
using ColumnLookup = std::function<std::optional<OldColumn>(const std::string& schema, const std::string& table,
                                                            const std::string& column)>;

/// Every event name that fits the clause, lower case, DM's own first (behaviour.md 6.2), then the specific ones that
/// DM accepts but never matches ("add column", "add primary key", …). `lookup` may be empty.
std::vector<std::string> event_names(const Clause& clause, const ColumnLookup& lookup);

}  // namespace sluice::sql
