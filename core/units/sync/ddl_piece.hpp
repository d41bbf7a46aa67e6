#pragma once

#include <string>
#include <vector>

#include "core/units/sync/ddl_applier.hpp"

namespace sluice::units::sync {

/// Clauses that are executed as one statement.
struct DdlApplier::Piece {
  std::vector<const sql::Clause*> clauses;
  RowLocation place;
  std::string target_schema;
  std::string target_table;
};

}  // namespace sluice::units::sync
