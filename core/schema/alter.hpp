#pragma once

#include <vector>

#include "core/model/error.hpp"
#include "core/schema/table_info.hpp"
#include "core/sql/statement.hpp"

namespace sluice::schema {

/// Applies the clauses of one ALTER TABLE (or one CREATE/DROP INDEX) as the server does: together, not one after the
/// other, so that `ADD COLUMN a …, DROP COLUMN a` and swapped names come out right. The table's name changes with
/// RENAME TO. On failure (the clause names what the structure lacks: 44006) `table` is unchanged.
Status apply_ddl(TableInfo& table, const std::vector<const sql::Clause*>& clauses);
Status apply_ddl(TableInfo& table, const sql::Clause& clause);

}  // namespace sluice::schema
