#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/model/error.hpp"
#include "core/units/checkpoints.hpp"
#include "core/units/full/chunk_bounds.hpp"
#include "core/units/full/source_tables.hpp"
#include "core/units/target_tables.hpp"

namespace sluice::units::full {

using units::TargetState;

/// Scopes of the marks that a load keeps while it is under way.
inline constexpr const char* kPlanScope = "plan";
inline constexpr const char* kChunkScope = "load";
inline constexpr const char* kPositionKey = "position";

/// How one table is loaded. Decided once and kept, so that a restart finds the same chunks.
struct TablePlan {
  SourceTable source;
  std::string target_schema;
  std::string target_table;
  TargetState target_state = TargetState::HasRows;
  Chunks chunks;
  uint32_t epoch = 0;          ///< raised each time the table is loaded from its start again
  BinlogLocation reloaded_at;  ///< the snapshot of that time; empty in epoch 0

  size_t chunk_count() const { return chunks.bounds.size() + 1; }
  std::string from(size_t chunk) const { return chunk == 0 ? "" : chunks.bounds[chunk - 1]; }
  std::string to(size_t chunk) const { return chunk == chunks.bounds.size() ? "" : chunks.bounds[chunk]; }
  /// " WHERE …" of the rows of a chunk; "" for all.
  std::string condition(size_t chunk) const;
  /// "schema.table", with % and . of the names percent-encoded.
  std::string mark_name() const;
  /// Key of a chunk's mark: "schema.table.<chunk>", in later epochs "schema.table.r<epoch>.<chunk>".
  std::string chunk_key(size_t chunk) const;
};

struct LoadPlan {
  BinlogLocation location;   ///< P1: what the sync unit starts from
  BinlogLocation exit_safe;  ///< up to here it needs safe mode; empty = not at all
  std::vector<TablePlan> tables;
};

Mark position_mark(const LoadPlan& plan);
Mark table_mark(const TablePlan& table);
/// Out of the marks of scope "plan". 34019 for marks that this version cannot read.
Result<LoadPlan> plan_from_marks(const std::map<std::string, std::string>& marks);

}  // namespace sluice::units::full
