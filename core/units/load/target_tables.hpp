#pragma once

#include <memory>
#include <string>

#include "core/model/error.hpp"
#include "core/units/full/load_plan.hpp"
#include "core/units/sink_session.hpp"

namespace sluice::units::load {

/// What a load does to structures in the target. One thread at a time. Names are target names.
class TargetTables {
 public:
  explicit TargetTables(std::shared_ptr<host::Sink> sink);

  /// Absent and HasRows when the sink cannot tell: then nothing is ever emptied.
  Result<full::TargetState> state(const std::string& schema, const std::string& table);
  /// IF NOT EXISTS; `create_sql` is the source's SHOW CREATE DATABASE, "" = the target's defaults.
  Status create_schema(const std::string& schema, const std::string& create_sql);
  /// IF NOT EXISTS, without foreign key checks.
  Status create_table(const full::TablePlan& table);
  Status truncate(const full::TablePlan& table);
  Status drop(const full::TablePlan& table);

 private:
  Status execute(const std::string& sql, const std::string& schema, const std::string& table);
  std::shared_ptr<host::Sink> sink_;
  SinkSession session_;
};

}  // namespace sluice::units::load
