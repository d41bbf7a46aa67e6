#include "core/units/sync/sync_unit.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

#include "core/binlog/gtid.hpp"
#include "core/plugin/log.hpp"
#include "core/rules/filter_chain.hpp"
#include "core/schema/table_json.hpp"
#include "core/units/sync/checkpointer.hpp"
#include "core/units/sync/event_applier.hpp"
#include "core/units/sync/source_monitor.hpp"
#include "core/units/sync/sync_metrics.hpp"
#include "core/units/sync/sync_progress.hpp"
#include "core/units/sync/sync_start.hpp"
#include "core/units/sync/until.hpp"
#include "core/upstream/server_info.hpp"
#include "sluice/host/sink.hpp"

namespace sluice::units::sync {
namespace {

// A server ends the stream of a replica when another comes with its id: the tasks of a source must differ, and a task
// must stay the same, so that its own stream of before ends.
uint32_t replica_id(uint32_t of_source, const std::string& task, uint32_t of_server) {
  uint32_t hash = 2166136261U;  // FNV-1a
  for (const char c : task) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  constexpr uint32_t kFirst = 1U << 24;  // small numbers are what people give their servers
  const uint32_t id = kFirst + (of_source ^ hash) % ((1U << 31) - kFirst);
  return id == of_server ? id + 1 : id;
}

std::string shown(const std::string& file, uint64_t pos) { return "(" + file + ", " + std::to_string(pos) + ")"; }

}  // namespace

class SyncUnit::Impl {
 public:
  explicit Impl(SyncOptions options) : options_(std::move(options)) {}

  Status run(std::stop_token stop);
  void cancel();
  void fill_status(model::SubtaskStatus& status) const;

 private:
  Status restore_tables(const Stored& stored);
  Result<schema::TablePtr> load_structure(const std::string& schema, const std::string& table, bool must_exist);
  Result<std::string> row_rule(const std::string& schema, const std::string& table, int32_t kind) const;
  Result<BinlogLocation> begin(Stored& stored, const std::stop_token& stop);
  Status build(const Stored& stored, const BinlogLocation& start, SafeMode safe_mode);
  Status barrier();
  Status checkpoint_ddl(const DdlOutcome& outcome);
  std::optional<CheckpointRow> unsaved_row(const std::string& schema, const std::string& table) const;
  Status keep_structures(const std::set<std::pair<std::string, std::string>>& tables);
  Status finish();
  Status follow(std::stop_token stop);
  bool ended(const upstream::StreamEvent* next);
  Status failure() const;
  int64_t lag_us() const;
  bool caught_up(const BinlogLocation& here, const SourceMonitor::Report& report) const;
  void publish_metrics();

  SyncOptions options_;
  Counters counters_;
  Handlings handlings_;
  Watermark watermark_;
  std::optional<rules::Selection> selection_;
  std::optional<rules::Router> router_;
  std::optional<schema::Tracker> tracker_;
  // What the checkpoint's rows of tables say, by TableCache::key.
  std::map<std::string, uint64_t> saved_versions_;
  std::map<std::string, BinlogLocation> loaded_at_;
  upstream::ServerInfo server_;
  uint32_t server_id_ = 0;  // ours on replication connections
  std::optional<Until> until_;
  BinlogLocation begin_;

  // Made by build(); guarded by mutex_ against status and cancel, which run on other threads.
  mutable std::mutex mutex_;
  std::unique_ptr<WriterPool> pool_;
  std::unique_ptr<Checkpointer> checkpointer_;
  std::unique_ptr<TableCache> tables_;
  std::unique_ptr<RowDispatcher> rows_;
  std::unique_ptr<DdlApplier> ddl_;
  std::unique_ptr<EventApplier> events_;
  std::unique_ptr<upstream::BinlogStream> stream_;
  std::unique_ptr<SourceMonitor> monitor_;
  std::shared_ptr<upstream::BinlogSearch> search_;  // while the beginning is being looked for
  std::string until_reached_;
  bool cancelled_ = false;

  SyncProgress progress_;
  SyncMetrics metrics_{options_.metrics, options_.task.name, options_.source.name, options_.worker};
};

Status SyncUnit::Impl::restore_tables(const Stored& stored) {
  tracker_.emplace(options_.source.case_sensitive);
  std::unordered_map<std::string, RowLocation> done;
  for (const CheckpointRow& row : stored.tables) {
    auto info = schema::table_from_json(row.table_info);
    if (!info.ok()) return std::move(info.error());
    if (info.value()) {
      schema::TableInfo copy = *info.value();
      copy.schema = row.schema;
      copy.name = row.table;
      copy.touch();
      saved_versions_[TableCache::key(row.schema, row.table)] = copy.version;
      tracker_->set(std::move(copy));
    }
    if (row.location.name.empty()) continue;
    loaded_at_[TableCache::key(row.schema, row.table)] = row.location;
    // All rows of events that end at or before it.
    done[TableCache::key(row.schema, row.table)] = {row.location.name, row.location.pos, UINT64_MAX};
  }
  tables_ = std::make_unique<TableCache>(options_.source.name, *selection_, *router_, *tracker_);
  tables_->set_done(std::move(done));
  tables_->use(
      [this](const std::string& schema, const std::string& table) { return load_structure(schema, table, true); },
      [this](const std::string& schema, const std::string& table, int32_t kind) {
        return row_rule(schema, table, kind);
      });
  return {};
}

// The target's structure under the source's name; the source's own where the target cannot tell.
Result<schema::TablePtr> SyncUnit::Impl::load_structure(const std::string& schema, const std::string& table,
                                                        bool must_exist) {
  std::optional<std::string> text;
  if (options_.sink_ddl) {
    auto target = router_->route(schema, table);
    if (!target.ok()) return target.status();
    auto found = ddl_->session().create_table(target.value().first, target.value().second);
    if (!found.ok()) return std::move(found.error());
    text = std::move(found.value());
  }
  if (!text) {
    auto connection = upstream::Connection::open(options_.source.endpoint, {}, options_.canceller);
    if (!connection.ok()) return connection.status();
    auto created = upstream::show_create_table(connection.value(), schema, table);
    if (created.ok()) {
      text = std::move(created.value());
    } else if (created.error().native != 1146 && created.error().native != 1049) {
      return created.status();
    }
  }
  if (!text) {
    if (!must_exist) return schema::TablePtr();
    Error error =
        make_error(44005,
                   "the structure of `" + schema + "`.`" + table +
                       "` is not known: neither the target nor "
                       "the source has the table now",
                   {}, "give the structure that the table had at this position, or leave the table out of the task");
    error.table = schema + "." + table;
    return error;
  }
  auto parsed = schema::parse_create_table(*text, 0);
  if (!parsed.ok()) return parsed.status();
  auto info = std::make_shared<schema::TableInfo>(std::move(parsed.value()));
  info->schema = schema;
  info->name = table;
  info->touch();
  return schema::TablePtr(std::move(info));
}

Result<std::string> SyncUnit::Impl::row_rule(const std::string& schema, const std::string& table, int32_t kind) const {
  auto decision = options_.filters->decide_rows(schema, table, kind);
  if (!decision.ok()) return decision.status();
  return decision.value().ignore ? std::move(decision.value().rule) : std::string();
}

// Where this run begins and, when the request says so, where it is to end. Both may have to be looked for in the
// binlog.
Result<BinlogLocation> SyncUnit::Impl::begin(Stored& stored, const std::stop_token& stop) {
  server_id_ = replica_id(options_.source.server_id, options_.task.name, server_.server_id);
  if (options_.source.server_id == 0) {
    auto drawn = upstream::draw_server_id(server_);
    if (!drawn.ok()) return drawn.status();
    server_id_ = drawn.value();
  }
  const auto search =
      std::make_shared<upstream::BinlogSearch>(options_.source.endpoint, server_id_, options_.canceller);
  {
    const std::lock_guard lock(mutex_);
    if (cancelled_) return make_error(50000, "cancelled");
    search_ = search;
  }
  const std::stop_callback on_stop(stop, [&] { search->cancel(); });
  auto start = start_location(options_, stored, *search);
  if (start.ok() && !options_.arguments.until.empty()) {
    auto until = Until::make(options_, start.value(), server_, *search);
    if (!until.ok()) return until.status();
    until_ = std::move(until.value());
    begin_ = start.value();
  }
  // Its stream is not read any further: left open, it would block the source's thread, and with it our next one.
  const std::lock_guard lock(mutex_);
  search_.reset();
  return start;
}

Status SyncUnit::Impl::build(const Stored& stored, const BinlogLocation& start, SafeMode safe_mode) {
  const model::IncrMigrateConf conf = options_.task.incr_migrate_conf.value_or(model::IncrMigrateConf{});
  const bool foreign_keys = options_.task.target.foreign_key_checks == "1";
  const bool mariadb = server_.mariadb();
  const binlog::Flavor flavor = mariadb ? binlog::Flavor::kMariaDb : binlog::Flavor::kMysql;

  WriterPoolOptions pool;
  // Parents must go before children: one session keeps the order.
  pool.writers = foreign_keys ? 1 : static_cast<uint32_t>(std::max(1, conf.repl_threads));
  pool.batch_rows = static_cast<size_t>(std::max(1, conf.repl_batch));
  pool.marks = options_.transactional && options_.checkpoints->in_sink();

  upstream::StreamStart from;
  from.by_gtid = options_.source.enable_gtid && !start.gtid.empty();
  from.gtid_set = start.gtid;
  from.file = start.name;
  from.pos = std::max<uint64_t>(start.pos, 4);
  upstream::StreamOptions stream;
  stream.server_id = server_id_;
  stream.heartbeat = std::chrono::milliseconds(1000);
  stream.read_timeout = std::chrono::seconds(15);

  const std::lock_guard lock(mutex_);
  if (cancelled_) return make_error(50000, "cancelled");
  pool_ = std::make_unique<WriterPool>(options_.sink, pool, options_.memory, stored.lanes, counters_);
  checkpointer_ = std::make_unique<Checkpointer>(
      *options_.checkpoints, watermark_, [this] { return pool_->applied_seq(); }, start,
      stored.global ? stored.global->exit_safe : BinlogLocation{}, flavor);
  rows_ = std::make_unique<RowDispatcher>(*pool_, counters_, stored.lanes, *options_.filters, !foreign_keys);
  ddl_ = std::make_unique<DdlApplier>(
      options_, *selection_, *router_, *tracker_, counters_,
      DdlHooks{
          [this] { return barrier(); },
          [this](const std::string& schema, const std::string& table) { return load_structure(schema, table, false); },
          [this](const std::string& schema, const std::string& table, const RowLocation& at) {
            return tables_->loaded_later(schema, table, at);
          },
          [this](const std::set<std::pair<std::string, std::string>>& tables) { return keep_structures(tables); },
          &handlings_});
  ddl_->set_done(stored.ddl);
  events_ = std::make_unique<EventApplier>(
      EventApplier::Parts{&options_, &*selection_, tables_.get(), rows_.get(), ddl_.get(), &counters_, &watermark_,
                          mariadb, [this](const DdlOutcome& outcome) { return checkpoint_ddl(outcome); }, &handlings_,
                          binlog::Position{start.name, start.pos}});
  // Without positions in the target what was sent last may come again: make it harmless where a key allows.
  safe_mode.always = safe_mode.always || !pool.marks;
  events_->set_safe_mode(std::move(safe_mode),
                         [this](const std::vector<Mark>& marks) { return checkpointer_->flush({}, marks); });
  stream_ = std::make_unique<upstream::BinlogStream>(options_.source.endpoint, std::move(from), stream);
  monitor_ = std::make_unique<SourceMonitor>(options_.source.endpoint);
  return {};
}

// Whether the place that `until` names has been reached, `next` being the event that was read and not yet handled.
bool SyncUnit::Impl::ended(const upstream::StreamEvent* next) {
  if (!until_ || !events_->at_boundary()) return false;
  const std::string file = events_->file().empty() ? begin_.name : events_->file();
  const uint64_t pos = events_->file().empty() ? begin_.pos : events_->pos();
  if (next == nullptr) {
    if (!until_->reached(file, pos)) return false;
  } else {
    std::optional<int64_t> source_now;
    const auto report = monitor_->report();
    if (report && binlog::Position{report->file, report->pos} <= binlog::Position{file, pos}) {
      source_now = report->clock_us / 1'000'000;
    }
    if (!until_->ends_before(*next, source_now)) return false;
  }
  log::info("sync has reached the end that the start request gave", {{"task", options_.task.name},
                                                                     {"source", options_.source.name},
                                                                     {"until", until_->shown()},
                                                                     {"binlog_name", file},
                                                                     {"binlog_pos", std::to_string(pos)}});
  const std::lock_guard lock(mutex_);
  until_reached_ = until_->shown();
  return true;
}

Status SyncUnit::Impl::failure() const {
  if (auto error = pool_->error()) {
    if (error->gtid.empty()) error->gtid = text_of(watermark_.transaction_at(error->binlog_name, error->binlog_pos));
    if (error->gtid.empty()) error->gtid = text_of(events_->transaction());  // its end has not been read
    return std::move(*error);
  }
  if (auto error = checkpointer_->error()) return std::move(*error);
  return {};
}

Status SyncUnit::Impl::barrier() {
  if (pool_->drain()) return {};
  Status status = failure();
  return status.ok() ? Status(make_error(50000, "stopped while waiting for the target")) : status;
}

Status SyncUnit::Impl::checkpoint_ddl(const DdlOutcome& outcome) {
  std::vector<CheckpointRow> rows;
  for (const auto& [schema, table] : outcome.tables) {
    tables_->clear_done(schema, table);
    loaded_at_.erase(TableCache::key(schema, table));
    const schema::TablePtr info = tracker_->get(schema, table);
    if (!info) {
      saved_versions_.erase(TableCache::key(schema, table));
      if (Status status = options_.checkpoints->remove_table(schema, table); !status.ok()) return status;
      continue;
    }
    CheckpointRow row;
    row.schema = schema;
    row.table = table;
    row.table_info = schema::to_json(*info);
    saved_versions_[TableCache::key(schema, table)] = info->version;
    rows.push_back(std::move(row));
  }
  return checkpointer_->flush(rows);
}

// A structure that was read from a server when its table was met; nothing when the checkpoint has it already.
std::optional<CheckpointRow> SyncUnit::Impl::unsaved_row(const std::string& schema, const std::string& table) const {
  const schema::TablePtr info = tracker_->get(schema, table);
  if (!info || !selection_->table(schema, table)) return std::nullopt;
  const std::string key = TableCache::key(schema, table);
  const auto saved = saved_versions_.find(key);
  if (saved != saved_versions_.end() && saved->second == info->version) return std::nullopt;
  CheckpointRow row;
  row.schema = schema;
  row.table = table;
  if (const auto loaded = loaded_at_.find(key); loaded != loaded_at_.end()) row.location = loaded->second;
  row.table_info = schema::to_json(*info);
  return row;
}

// Before a statement changes the target: whoever looks there afterwards no longer sees the structure of before.
Status SyncUnit::Impl::keep_structures(const std::set<std::pair<std::string, std::string>>& tables) {
  std::vector<CheckpointRow> rows;
  for (const auto& [schema, table] : tables) {
    if (auto row = unsaved_row(schema, table)) rows.push_back(std::move(*row));
  }
  if (rows.empty()) return {};
  if (Status status = checkpointer_->flush(rows); !status.ok()) return status;
  for (const auto& row : rows) {
    saved_versions_[TableCache::key(row.schema, row.table)] = tracker_->get(row.schema, row.table)->version;
  }
  return {};
}

// The end of a run that met no failure: everything read is in the target, and the checkpoint says so.
Status SyncUnit::Impl::finish() {
  if (!pool_->drain()) return {};  // the failure is the pool's
  std::vector<CheckpointRow> rows;
  for (const std::string& schema : tracker_->schemas()) {
    for (const std::string& table : tracker_->tables(schema)) {
      if (auto row = unsaved_row(schema, table)) rows.push_back(std::move(*row));
    }
  }
  return checkpointer_->flush(rows);
}

Status SyncUnit::Impl::follow(std::stop_token stop) {
  uint64_t events = 0;
  while (true) {
    if (stop.stop_requested() && events_->at_boundary()) return {};
    if (ended(nullptr)) return {};
    const uint64_t asked_at = StageTimes::coarse_us();
    auto event = stream_->next();
    counters_.times.read_us.fetch_add(StageTimes::coarse_us() - asked_at, std::memory_order_relaxed);
    if (Status failed = failure(); !failed.ok()) return failed;
    if (!event.ok()) return event.status();
    if (ended(&event.value())) return {};
    if (Status status = events_->handle(event.value()); !status.ok()) {
      // The writers' failure is the cause when they gave up meanwhile.
      if (Status failed = failure(); !failed.ok()) return failed;
      return status;
    }
    if (until_ && events_->at_boundary()) until_->passed(events_->last_transaction());
    if (++events % 1024 == 0) rows_->applied(pool_->applied_seq());
  }
}

Status SyncUnit::Impl::run(std::stop_token stop) {
  auto selection = rules::Selection::build(options_.task, options_.source.name, options_.source.case_sensitive);
  if (!selection.ok()) return selection.status();
  selection_ = std::move(selection.value());
  auto router =
      rules::Router::build(options_.task.table_migrate_rule, options_.source.name, options_.source.case_sensitive);
  if (!router.ok()) return router.status();
  router_ = std::move(router.value());
  auto stored = read_stored(*options_.checkpoints);
  if (!stored.ok()) return stored.status();
  // Until it follows, a stop has nothing to wait for.
  std::optional<std::stop_callback<std::function<void()>>> on_stop;
  on_stop.emplace(stop, [this] { options_.canceller.cancel(); });
  auto info = upstream::probe(options_.source.endpoint, options_.canceller);
  if (!info.ok()) return info.status();
  server_ = std::move(info.value());
  auto start = begin(stored.value(), stop);
  if (!start.ok()) return start.status();
  auto safe_mode = safe_mode_of(options_, stored.value(), start.value());
  if (!safe_mode.ok()) return safe_mode.status();
  if (stored.value().old_handlings) {
    if (Status status = options_.checkpoints->clear_marks(kHandlingScope); !status.ok()) return status;
  }
  on_stop.reset();
  handlings_.set(std::move(stored.value().handlings));
  if (Status status = restore_tables(stored.value()); !status.ok()) return status;
  if (Status status = build(stored.value(), start.value(), std::move(safe_mode.value())); !status.ok()) return status;
  log::info("sync begins", {{"task", options_.task.name},
                            {"source", options_.source.name},
                            {"binlog_name", start.value().name},
                            {"binlog_pos", std::to_string(start.value().pos)},
                            {"gtid", start.value().gtid},
                            {"by", options_.source.enable_gtid && !start.value().gtid.empty() ? "gtid" : "position"}});
  pool_->on_failure([this] { stream_->cancel(); });
  pool_->start();
  monitor_->on_round([this] { publish_metrics(); });
  monitor_->start(std::chrono::milliseconds(1000));
  checkpointer_->on_written([this, last = std::chrono::steady_clock::now()]() mutable {
    const auto now = std::chrono::steady_clock::now();
    counters_.flush_us.observe(
        static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(now - last).count()));
    last = now;
  });
  checkpointer_->start(options_.checkpoint_interval, [this] { stream_->cancel(); });
  Status status = follow(stop);
  if (status.ok()) status = finish();
  if (status.ok()) status = failure();
  pool_->stop();
  pool_->join();  // their failures cancel the stream, which must outlive them
  checkpointer_->stop();
  monitor_->stop();
  publish_metrics();
  return status;
}

void SyncUnit::Impl::cancel() {
  options_.canceller.cancel();
  const std::lock_guard lock(mutex_);
  cancelled_ = true;
  if (search_) search_->cancel();
  if (stream_) stream_->cancel();
  if (pool_) pool_->stop();
  options_.sink->cancel();
}

int64_t SyncUnit::Impl::lag_us() const {
  const auto report = monitor_->report();
  const int64_t ahead = report ? report->clock_ahead_us : 0;
  const int64_t now =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count() +
      ahead;
  if (const auto oldest = watermark_.oldest_pending_commit_us(pool_->applied_seq()))
    return std::max<int64_t>(0, now - *oldest);
  // Everything read is applied. What has not been read yet is at least as young as the last commit read.
  if (events_->idle() || events_->last_commit_us() == 0) return 0;
  const BinlogLocation here = checkpointer_->flushed();
  if (report && report->file == here.name && here.pos >= report->pos) return 0;
  return std::max<int64_t>(0, now - events_->last_commit_us());
}

// By GTID sets where the source has them: another server, or the head of a file, has other positions for the same.
bool SyncUnit::Impl::caught_up(const BinlogLocation& here, const SourceMonitor::Report& report) const {
  if (options_.source.enable_gtid && !here.gtid.empty() && !report.gtid.empty()) {
    const auto flavor = server_.mariadb() ? binlog::Flavor::kMariaDb : binlog::Flavor::kMysql;
    const auto mine = binlog::GtidSet::parse(flavor, here.gtid);
    const auto theirs = binlog::GtidSet::parse(flavor, report.gtid);
    if (mine.ok() && theirs.ok()) return mine->contains(*theirs);
  }
  return report.file == here.name && here.pos >= report.pos;
}

void SyncUnit::Impl::publish_metrics() {
  metrics_.publish(counters_, monitor_->report() ? std::optional(lag_us() / 1000) : std::nullopt);
}

void SyncUnit::Impl::fill_status(model::SubtaskStatus& status) const {
  model::SyncStatus out;
  out.read = counters_.read();
  out.applied = counters_.applied();
  out.pending = counters_.pending();
  out.filtered = counters_.filtered();
  out.error_handlings = handlings_.list();
  out.io_total_bytes = counters_.io_bytes.load(std::memory_order_relaxed);
  std::optional<uint64_t> remaining;
  std::unique_lock lock(mutex_);
  out.until_reached = until_reached_;
  if (monitor_) {
    const BinlogLocation here = checkpointer_->flushed();
    out.syncer_binlog = shown(here.name, here.pos);
    out.syncer_binlog_gtid = here.gtid;
    if (const auto report = monitor_->report()) {
      out.master_binlog = shown(report->file, report->pos);
      out.master_binlog_gtid = report->gtid;
      // It is asked every second; what is a few of them old is no news.
      const auto age = std::chrono::steady_clock::now() - report->at;
      out.master_age_seconds = age < std::chrono::seconds(3) ? 0 : age / std::chrono::seconds(1);
      out.synced = out.pending == 0 && caught_up(here, *report);
      out.lag_ms = lag_us() / 1000;
      out.seconds_behind_master = *out.lag_ms / 1000;
      static const std::vector<upstream::BinlogFile> none;
      remaining = binlog_bytes_between(here, report->file, report->pos, report->files ? *report->files : none);
    }
  }
  lock.unlock();
  status.progress.emplace();
  progress_.fill(counters_, remaining, out, *status.progress);
  status.sync = std::move(out);
}

SyncUnit::SyncUnit(SyncOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
SyncUnit::~SyncUnit() = default;
Status SyncUnit::run(std::stop_token stop) { return impl_->run(std::move(stop)); }
void SyncUnit::cancel() { impl_->cancel(); }
void SyncUnit::fill_status(model::SubtaskStatus& status) const { impl_->fill_status(status); }

}  // namespace sluice::units::sync
