#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/model/error.hpp"

namespace sluice::units {

/// A location in a source's binlog as people and checkpoints see it.
struct BinlogLocation {
  std::string name;
  uint64_t pos = 0;
  std::string gtid;  ///< executed set up to here; "" when unknown
  bool empty() const { return name.empty() && gtid.empty(); }
};

/// A row of DM's checkpoint table (behaviour.md 10.4): the global one (schema and table empty) or that of a source
/// table, whose changes at or before `location` are in the target already.
struct CheckpointRow {
  bool is_global = false;
  std::string schema;
  std::string table;
  BinlogLocation location;
  BinlogLocation exit_safe;         ///< safe mode is needed up to here; empty = not needed
  std::string table_info = "null";  ///< JSON, see core/schema/table_json.hpp
};

/// A text stored atomically with the work it travels with (sluice_mark).
struct Mark {
  std::string scope;
  std::string key;
  std::string value;
};

/// Where a subtask's progress is kept: in the target when the sink can hold it, else in the state store.
/// Thread-safe; calls are served one after another.
class Checkpoints {
 public:
  Checkpoints() = default;
  Checkpoints(const Checkpoints&) = delete;
  Checkpoints& operator=(const Checkpoints&) = delete;
  virtual ~Checkpoints() = default;

  virtual Result<std::vector<CheckpointRow>> read() = 0;
  /// Upserts rows and marks, all or nothing.
  virtual Status write(std::span<const CheckpointRow> rows, std::span<const Mark> marks) = 0;
  /// Deletes the row of one source table.
  virtual Status remove_table(const std::string& schema, const std::string& table) = 0;
  /// key -> value of a scope.
  virtual Result<std::map<std::string, std::string>> marks(const std::string& scope) = 0;
  virtual Status clear_marks(const std::string& scope) = 0;
  /// True when marks handed to the sink with a batch are stored in the batch's transaction (exactly once).
  virtual bool in_sink() const = 0;
};

}  // namespace sluice::units
