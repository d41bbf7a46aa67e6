#include "core/units/load/full_unit.hpp"

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>

#include "core/plugin/log.hpp"
#include "core/schema/table_json.hpp"
#include "core/units/full/load_progress.hpp"
#include "core/units/load/chunk_workers.hpp"
#include "core/units/load/planner.hpp"
#include "sluice/host/sink.hpp"

namespace sluice::units::load {
namespace {

size_t session_count(const model::FullMigrateConf& conf) {
  return static_cast<size_t>(std::clamp(std::min(conf.export_threads, conf.import_threads), 1, 64));
}

}  // namespace

class FullUnit::Impl {
 public:
  explicit Impl(FullUnitOptions options) : options_(std::move(options)), target_(options_.sink) {}

  Status run(std::stop_token stop);
  void cancel();
  void fill_status(model::SubtaskStatus& status) const { progress_.fill(status); }

 private:
  Result<bool> finished_before();
  Result<full::Snapshot> snapshot(const full::TableRules& rules);
  Result<full::LoadPlan> plan(Planner& planner);
  Status create_targets(full::Snapshot& snapshot, const full::LoadPlan& plan, const Planner& planner);
  std::vector<ChunkJob> jobs(const full::LoadPlan& plan, const Planner& planner);
  Status finish(const full::LoadPlan& plan);
  Status clear_marks();

  FullUnitOptions options_;
  TargetTables target_;
  std::map<std::string, std::string> done_;  // chunks that an earlier run brought into the target
  full::LoadProgress progress_;
  upstream::Canceller canceller_;
};

void FullUnit::Impl::cancel() {
  progress_.counters.cancelled = true;
  canceller_.cancel();
  options_.sink->cancel();
}

Result<bool> FullUnit::Impl::finished_before() {
  auto rows = options_.checkpoints->read();
  if (!rows) return rows.status();
  return std::any_of(rows->begin(), rows->end(), [](const CheckpointRow& row) { return row.is_global; });
}

Result<full::Snapshot> FullUnit::Impl::snapshot(const full::TableRules& rules) {
  const model::FullMigrateConf conf = options_.task.full_migrate_conf.value_or(model::FullMigrateConf());
  const auto select = [&rules](upstream::Connection& session) { return full::selected_tables(session, rules); };
  return full::take_snapshot(options_.source.endpoint, conf.consistency, session_count(conf), select,
                             options_.task.syncs(), canceller_);
}

Result<full::LoadPlan> FullUnit::Impl::plan(Planner& planner) {
  auto stored = options_.checkpoints->marks(full::kPlanScope);
  if (!stored) return stored.status();
  if (stored->count(full::kPositionKey) == 0) return planner.make();
  auto done = options_.checkpoints->marks(full::kChunkScope);
  if (!done) return done.status();
  done_ = std::move(*done);
  auto former = full::plan_from_marks(*stored);
  if (!former) return former;
  return planner.resume(std::move(*former), done_);
}

Status FullUnit::Impl::create_targets(full::Snapshot& snapshot, const full::LoadPlan& plan, const Planner& planner) {
  std::set<std::string> schemas;
  for (const full::TablePlan& table : plan.tables) {
    if (planner.gone().count(table.mark_name()) != 0) continue;
    if (schemas.insert(table.target_schema).second) {
      auto create =
          snapshot.sessions.front().query("SHOW CREATE DATABASE " + upstream::quote_name(table.source.schema));
      Status status = target_.create_schema(table.target_schema, create ? create->get(0, "Create Database") : "");
      if (!status) return status;
    }
    auto sql = full::routed_create(table.source.create_sql, table.target_schema, table.target_table);
    if (!sql) return sql.status();
    Status status = target_.create_table(table.target_schema, table.target_table, *sql);
    if (!status) return status;
  }
  return {};
}

std::vector<ChunkJob> FullUnit::Impl::jobs(const full::LoadPlan& plan, const Planner& planner) {
  const int32_t on_duplicate = duplicate_mode(options_.task);
  std::vector<ChunkJob> out;
  std::map<std::string, size_t> to_do;
  for (const full::TablePlan& table : plan.tables) {
    if (planner.gone().count(table.mark_name()) != 0) continue;
    // A row that moved to another key between two snapshots may meet its former self.
    const bool replace = planner.continues(table) && table.target_state != TargetState::HasRows;
    auto abi =
        schema::make_abi_table(table.source.info, {table.target_schema, table.target_table, options_.source.name});
    for (size_t i = 0; i < table.chunk_count(); ++i) {
      if (done_.count(table.chunk_key(i)) != 0) continue;
      ++to_do[table.mark_name()];
      out.push_back({&table, abi, i, replace ? SLUICE_DUPLICATE_REPLACE : on_duplicate});
    }
  }
  progress_.begin(plan, to_do);
  return out;
}

Status FullUnit::Impl::clear_marks() {
  Status status = options_.checkpoints->clear_marks(full::kChunkScope);
  return status ? options_.checkpoints->clear_marks(full::kPlanScope) : status;
}

// The checkpoint first: a crash in between finds the load finished, and only clears what is left.
Status FullUnit::Impl::finish(const full::LoadPlan& plan) {
  std::vector<CheckpointRow> rows;
  for (const full::TablePlan& table : plan.tables) {
    CheckpointRow row;
    row.schema = table.source.schema;
    row.table = table.source.table;
    row.location = table.epoch == 0 ? plan.location : table.reloaded_at;
    row.table_info = schema::to_json(*table.source.info);
    rows.push_back(std::move(row));
  }
  CheckpointRow global;
  global.is_global = true;
  global.location = plan.location;
  global.exit_safe = plan.exit_safe;
  rows.push_back(std::move(global));
  if (Status status = options_.checkpoints->write(rows, {}); !status) return status;
  progress_.finish();
  return clear_marks();
}

Status FullUnit::Impl::run(std::stop_token stop) {
  auto finished = finished_before();
  if (!finished) return finished.status();
  if (*finished) {
    progress_.finish();
    return clear_marks();
  }
  auto rules = full::TableRules::build(options_.task, options_.source);
  if (!rules) return rules.status();
  // Until there is a snapshot, a stop has nothing to wait for.
  std::optional<std::stop_callback<std::function<void()>>> on_stop;
  if (!stop.stop_requested()) on_stop.emplace(stop, [this] { canceller_.cancel(); });
  auto taken = snapshot(*rules);
  on_stop.reset();
  if (!taken) return taken.status();
  Planner planner({options_.task, options_.source, *rules, *taken, target_, *options_.checkpoints});
  auto load = plan(planner);
  if (!load) return load.status();
  log::info("load begins", {{"task", options_.task.name},
                            {"source", options_.source.name},
                            {"tables", std::to_string(load->tables.size())},
                            {"binlog_name", load->location.name},
                            {"binlog_pos", std::to_string(load->location.pos)}});
  if (Status status = create_targets(*taken, *load, planner); !status) return status;
  std::vector<ChunkJob> work = jobs(*load, planner);
  ChunkWorkers workers({options_.sink, options_.checkpoints->in_sink(),
                        [this](const Mark& mark) {
                          return options_.checkpoints->write({}, {&mark, 1});
                        },
                        [this](const std::string& key) -> Result<bool> {
                          auto marks = options_.checkpoints->marks(full::kChunkScope);
                          if (!marks) return marks.status();
                          return marks->count(key) != 0;
                        }},
                       std::move(work), progress_);
  if (Status status = workers.run(taken->sessions, stop); !status) return status;
  if (workers.done() < workers.total()) return {};  // asked to stop: what is done is marked
  return finish(*load);
}

FullUnit::FullUnit(FullUnitOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
FullUnit::~FullUnit() = default;
Status FullUnit::run(std::stop_token stop) { return impl_->run(std::move(stop)); }
void FullUnit::cancel() { impl_->cancel(); }
void FullUnit::fill_status(model::SubtaskStatus& status) const { impl_->fill_status(status); }

}  // namespace sluice::units::load
