#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/model/error.hpp"
#include "core/model/task.hpp"
#include "core/units/sink_session.hpp"

namespace sluice::units {

/// What the target table was before a load.
enum class TargetState { Absent, Empty, HasRows };

/// SLUICE_DUPLICATE_… for the rows that a load brings.
int32_t duplicate_mode(const model::Task& task);

/// What a load does to structures in the target. One thread at a time. Names are target names.
class TargetTables {
 public:
  explicit TargetTables(std::shared_ptr<host::Sink> sink);

  /// Absent and HasRows when the sink cannot tell: then nothing is ever emptied.
  Result<TargetState> state(const std::string& schema, const std::string& table);
  /// IF NOT EXISTS; `create_sql` is the source's SHOW CREATE DATABASE, "" = the target's defaults.
  Status create_schema(const std::string& schema, const std::string& create_sql);
  /// `create_sql` creates it, in target names, IF NOT EXISTS. Without foreign key checks.
  Status create_table(const std::string& schema, const std::string& table, const std::string& create_sql);
  Status truncate(const std::string& schema, const std::string& table);
  Status drop(const std::string& schema, const std::string& table);

 private:
  Status execute(const std::string& sql, const std::string& schema, const std::string& table);
  std::shared_ptr<host::Sink> sink_;
  SinkSession session_;
};

}  // namespace sluice::units
