#pragma once

#include <string>
#include <vector>

#include "core/units/full/source_tables.hpp"
#include "core/upstream/connection.hpp"

namespace sluice::units::full {

/// How a table is cut: ranges of `columns`, which are the first of its clustered key.
struct Chunks {
  std::vector<std::string> columns;  ///< empty = one chunk
  std::vector<std::string> bounds;   ///< inner bounds, ascending (chunk_plan.hpp)
};

/// The chunks of a table, as a session of the snapshot sees it. An integer key is cut by the server's estimates; of any
/// other one the index is read once from end to end, as is an integer one of which single values have very many rows.
Result<Chunks> plan_chunks(upstream::Connection& session, const SourceTable& table, size_t workers);

}  // namespace sluice::units::full
