#include "core/units/load/planner.hpp"

#include <algorithm>

#include "core/plugin/log.hpp"
#include "core/sql/quote.hpp"
#include "core/units/full/chunk_bounds.hpp"
#include "core/units/full/chunk_plan.hpp"

namespace sluice::units::load {
namespace {

constexpr int32_t kNoSuchTable = 1146;

std::string full_name(const full::TablePlan& table) { return table.source.schema + "." + table.source.table; }

}  // namespace

Result<full::TablePlan> Planner::plan_table(const upstream::TableName& name) {
  upstream::Connection& session = c_.snapshot.sessions.front();
  full::TablePlan out;
  auto table = full::describe_table(c_.snapshot, name);
  if (!table) return table.status();
  out.source = std::move(*table);
  auto target = c_.rules.router.route(name.schema, name.table);
  if (!target) return target.status();
  out.target_schema = target->first;
  out.target_table = target->second;
  auto chunks = full::plan_chunks(session, out.source, c_.snapshot.sessions.size());
  if (!chunks) return chunks.status();
  out.chunks = std::move(*chunks);
  return out;
}

Result<full::LoadPlan> Planner::make() {
  full::LoadPlan plan;
  plan.location = c_.snapshot.location;
  plan.exit_safe = c_.snapshot.exit_safe;
  auto names = full::selected_tables(c_.snapshot, c_.rules);
  if (!names) return names.status();
  std::vector<Mark> marks;
  for (const upstream::TableName& name : *names) {
    auto table = plan_table(name);
    if (!table && table.error().native == kNoSuchTable) continue;  // dropped behind the position: the stream says so
    if (!table) return table.status();
    auto state = c_.target.state(table->target_schema, table->target_table);
    if (!state) return state.status();
    table->target_state = *state;
    marks.push_back(full::table_mark(*table));
    plan.tables.push_back(std::move(*table));
  }
  marks.push_back(full::position_mark(plan));
  if (Status status = c_.checkpoints.write({}, marks); !status) return status;
  return plan;
}

Status Planner::may_empty(const full::LoadPlan& plan, const full::TablePlan& table, bool changed,
                          const std::string& why) const {
  const auto same_target = [&](const full::TablePlan& other) {
    return other.target_schema == table.target_schema && other.target_table == table.target_table;
  };
  const bool shared = std::count_if(plan.tables.begin(), plan.tables.end(), same_target) > 1 ||
                      full::others_may_write(c_.task, c_.source.name, table.target_schema, table.target_table);
  const bool ours = table.target_state == TargetState::Absent || (table.target_state == TargetState::Empty && !changed);
  if (ours && !shared) return {};
  const std::string target = table.target_schema + "." + table.target_table;
  Error error =
      make_error(34019, "the interrupted load of " + full_name(table) + " cannot be continued: " + why,
                 shared ? "other tables are loaded into " + target + " too, so it cannot be emptied"
                        : target + " held rows (or had its own structure) before the load, so it cannot be emptied",
                 "Empty or drop " + target + " yourself, then start the task anew with remove_meta.");
  error.table = full_name(table);
  return error;
}

Status Planner::reload(full::LoadPlan& plan, full::TablePlan& table, const full::SourceTable* now,
                       const std::string& why) {
  const bool changed = now == nullptr || !now->info->same_structure(*table.source.info);
  if (Status status = may_empty(plan, table, changed, why); !status) return status;
  log::info("a table is loaded from its start again",
            {{"source", c_.source.name}, {"table", full_name(table)}, {"reason", why}});
  ++table.epoch;
  table.reloaded_at = c_.snapshot.location;
  if (now != nullptr) {
    table.source = *now;
    auto chunks = full::plan_chunks(c_.snapshot.sessions.front(), table.source, c_.snapshot.sessions.size());
    if (!chunks) return chunks.status();
    table.chunks = std::move(*chunks);
  }
  // Stored before anything is removed: the marks of the former round must never count for this one.
  const Mark mark = full::table_mark(table);
  if (Status status = c_.checkpoints.write({}, {&mark, 1}); !status) return status;
  if (now == nullptr) gone_.insert(table.mark_name());
  return changed ? c_.target.drop(table.target_schema, table.target_table)
                 : c_.target.truncate(table.target_schema, table.target_table);
}

Status Planner::resume_table(full::LoadPlan& plan, full::TablePlan& table) {
  const upstream::TableName name{table.source.schema, table.source.table};
  auto now = full::describe_table(c_.snapshot, name);
  if (!now && now.error().native != kNoSuchTable) return now.status();
  const bool keyed = full::has_row_key(*table.source.info);
  if (!now) {
    if (!keyed) return reload(plan, table, nullptr, "it was dropped at the source, and it has no key");
    gone_.insert(table.mark_name());  // the stream replays its last changes in safe mode, then drops it
    return {};
  }
  if (!now->info->same_structure(*table.source.info)) {
    return reload(plan, table, &*now, "its structure changed at the source");
  }
  if (!keyed) return reload(plan, table, &*now, "it has no key by which its rows could be told apart");
  // Without a stream behind the load nothing would bring rows of two snapshots together.
  if (!c_.task.syncs() && may_empty(plan, table, false, "").ok()) {
    return reload(plan, table, &*now, "its rows shall be of one moment");
  }
  continued_.insert(table.mark_name());
  plan.exit_safe = c_.snapshot.exit_safe.empty() ? c_.snapshot.location : c_.snapshot.exit_safe;
  return {};
}

Result<full::LoadPlan> Planner::resume(full::LoadPlan plan, const std::map<std::string, std::string>& done) {
  for (full::TablePlan& table : plan.tables) {
    bool complete = true;
    for (size_t i = 0; i < table.chunk_count() && complete; ++i) complete = done.count(table.chunk_key(i)) != 0;
    if (complete) continue;
    if (Status status = resume_table(plan, table); !status) return status;
  }
  const Mark mark = full::position_mark(plan);
  if (Status status = c_.checkpoints.write({}, {&mark, 1}); !status) return status;
  return plan;
}

}  // namespace sluice::units::load
