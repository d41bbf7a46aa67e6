#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/units/sync/conflict_map.hpp"
#include "core/units/sync/key_hash.hpp"
#include "core/units/sync/row_location.hpp"
#include "sluice/abi/row.h"

namespace sluice::units::sync {

struct TableChanges;

/// One row change on its way, with the lane it belongs to and its number within its event.
struct LaneRow {
  sluice_row row;  ///< `table` is filled in when the batch is built
  uint32_t lane;
  uint64_t ordinal;
  bool counts;  ///< false for the first half of an update that was split in two
};

/// Changes of one event (or a part of it) that go to one writer.
struct WorkItem {
  std::shared_ptr<const void> memory;       ///< the event's bytes and the arena of its decoded values
  std::shared_ptr<const void> table_owner;  ///< keeps `table` alive
  const sluice_table* table = nullptr;
  std::vector<LaneRow> rows;
  std::shared_ptr<const std::string> file;  ///< binlog file of the event
  uint64_t pos = 0;                         ///< end position of the event
  std::vector<Dependency> needs;
  uint64_t first_seq = 0;
  uint64_t last_seq = 0;
  size_t bytes = 0;                 ///< of the memory budget
  TableChanges* changes = nullptr;  ///< the books of the source table; outlive the item
  uint8_t kind = 0;                 ///< of all its rows
  bool safe_mode = false;
};

}  // namespace sluice::units::sync
