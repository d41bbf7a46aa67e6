#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/units/full/load_plan.hpp"
#include "core/units/full/snapshot.hpp"
#include "core/units/target_tables.hpp"

namespace sluice::units::load {

/// Decides what is loaded, and how: for a new load, or for one that was interrupted.
class Planner {
 public:
  struct Context {
    const model::Task& task;
    const model::Source& source;
    const full::TableRules& rules;
    full::Snapshot& snapshot;
    TargetTables& target;
    Checkpoints& checkpoints;
  };
  explicit Planner(Context context) : c_(context) {}

  /// Plans all selected tables and stores the plan.
  Result<full::LoadPlan> make();
  /// Goes on with a stored plan. `done`: keys of the chunks that are in the target. Tables that cannot be continued are
  /// emptied in the target and planned anew, or refused (34019).
  Result<full::LoadPlan> resume(full::LoadPlan plan, const std::map<std::string, std::string>& done);
  /// Tables of which nothing is left at the source: their missing chunks are not to be loaded.
  const std::set<std::string>& gone() const { return gone_; }
  /// True when resume() goes on with a table whose rows are partly those of the earlier snapshot.
  bool continues(const full::TablePlan& table) const { return continued_.count(table.mark_name()) != 0; }

 private:
  Result<full::TablePlan> plan_table(const upstream::TableName& name);
  Status resume_table(full::LoadPlan& plan, full::TablePlan& table);
  Status reload(full::LoadPlan& plan, full::TablePlan& table, const full::SourceTable* now, const std::string& why);
  Status may_empty(const full::LoadPlan& plan, const full::TablePlan& table, bool changed,
                   const std::string& why) const;

  Context c_;
  std::set<std::string> gone_;
  std::set<std::string> continued_;
};

}  // namespace sluice::units::load
