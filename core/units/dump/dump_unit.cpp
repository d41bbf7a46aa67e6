#include "core/units/dump/dump_unit.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <ctime>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <vector>

#include "core/units/dump/dump_file.hpp"
#include "core/units/dump/insert_text.hpp"
#include "core/units/dump_directory.hpp"
#include "core/units/full/chunk_bounds.hpp"
#include "core/units/full/chunk_plan.hpp"
#include "core/units/full/load_progress.hpp"
#include "core/units/full/snapshot.hpp"

namespace sluice::units::dump {
namespace {

namespace fs = std::filesystem;
using full::TablePlan;

constexpr uint64_t kFileBytes = 64ULL << 20;

std::string now_text() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts);
  return text;
}

std::string location_block(const char* title, const BinlogLocation& at) {
  return std::string(title) + "\n\tLog: " + at.name + "\n\tPos: " + std::to_string(at.pos) + "\n\tGTID:" + at.gtid +
         "\n\n";
}

}  // namespace

class DumpUnit::Impl {
 public:
  explicit Impl(DumpUnitOptions options)
      : options_(std::move(options)), directory_(dump_directory(options_.task, options_.source.name)) {}

  Status run(const std::stop_token& stop);
  void cancel();
  void fill_status(model::SubtaskStatus& status) const;

 private:
  Status empty_directory();
  Status write_structures(full::Snapshot& snapshot);
  Result<std::vector<TablePlan>> plan(full::Snapshot& snapshot, const full::TableRules& rules);
  void work(upstream::Connection& session, const std::stop_token& stop);
  Status dump_chunk(upstream::Connection& session, const TablePlan& table, size_t chunk, const std::stop_token& stop);
  Status write_batches(full::RowReader& reader, const TablePlan& table, const std::string& name,
                       const std::stop_token& stop);
  void fail(const Status& status);

  DumpUnitOptions options_;
  fs::path directory_;
  full::LoadPlan plan_;
  std::vector<std::pair<size_t, size_t>> jobs_;  // table, chunk
  std::atomic<size_t> next_{0};
  std::atomic<bool> failed_{false};
  full::LoadProgress progress_;
  upstream::Canceller canceller_;
  std::mutex mutex_;
  Status first_failure_;  // guarded by mutex_
};

Status DumpUnit::Impl::empty_directory() {
  std::error_code error;
  fs::remove_all(directory_, error);
  if (!error) fs::create_directories(directory_, error);
  if (!error) fs::permissions(directory_, fs::perms::owner_all, error);
  if (!error) return {};
  return make_error(32001, "cannot empty the dump directory " + directory_.string(), error.message(),
                    "Check rights and space of the task's data_dir.");
}

Result<std::vector<TablePlan>> DumpUnit::Impl::plan(full::Snapshot& snapshot, const full::TableRules& rules) {
  upstream::Connection& session = snapshot.sessions.front();
  auto names = full::selected_tables(snapshot, rules);
  if (!names) return names.status();
  std::vector<TablePlan> out;
  for (const upstream::TableName& name : *names) {
    auto table = full::describe_table(snapshot, name);
    if (!table && table.error().native == 1146) continue;
    if (!table) return table.status();
    TablePlan plan;
    plan.source = std::move(*table);
    auto chunks = full::plan_chunks(session, plan.source, snapshot.sessions.size());
    if (!chunks && chunks.error().native == 1146) continue;
    if (!chunks) return chunks.status();
    plan.chunks = std::move(*chunks);
    out.push_back(std::move(plan));
  }
  return out;
}

Status DumpUnit::Impl::write_structures(full::Snapshot& snapshot) {
  std::set<std::string> schemas;
  for (const TablePlan& table : plan_.tables) {
    const std::string schema = file_name_part(table.source.schema);
    if (schemas.insert(schema).second) {
      auto create =
          snapshot.sessions.front().query("SHOW CREATE DATABASE " + upstream::quote_name(table.source.schema));
      if (!create) return create.status();
      Status status = DumpFile::write_whole(directory_ / (schema + "-schema-create.sql"),
                                            create->get(0, "Create Database") + ";\n");
      if (!status) return status;
    }
    const std::string name = schema + "." + file_name_part(table.source.table);
    Status status = DumpFile::write_whole(directory_ / (name + "-schema.sql"), table.source.create_sql + ";\n");
    if (!status) return status;
  }
  return {};
}

Status DumpUnit::Impl::write_batches(full::RowReader& reader, const TablePlan& table, const std::string& name,
                                     const std::stop_token& stop) {
  DumpFile file;
  std::string text;
  const std::string head = insert_head(*table.source.info);
  const size_t columns = table.source.info->columns.size();
  for (int number = 0; !stop.stop_requested();) {
    const sluice_value* values = nullptr;
    Result<size_t> rows = reader.next(&values);
    if (!rows) return rows.status();
    if (*rows == 0) break;
    if (file.is_open() && file.size() >= kFileBytes) {
      if (Status status = file.close(); !status) return status;
    }
    text = head;
    if (!file.is_open()) {
      char digits[16];
      std::snprintf(digits, sizeof digits, "%04d.sql", number++);
      if (Status status = file.open(directory_ / (name + digits)); !status) return status;
      text.insert(0, kFileHead);
    }
    for (size_t i = 0; i < *rows; ++i) {
      append_tuple(text, values + i * columns, columns);
      text += i + 1 == *rows ? ";\n" : ",\n";
    }
    if (Status status = file.write(text); !status) return status;
  }
  return file.close();
}

Status DumpUnit::Impl::dump_chunk(upstream::Connection& session, const TablePlan& table, size_t chunk,
                                  const std::stop_token& stop) {
  auto rows = session.stream(full::select_statement(*table.source.info, table.condition(chunk)));
  if (!rows) return rows.status();
  full::RowReader reader(*table.source.info, std::move(*rows), progress_.counters,
                         &progress_.chunk_begins(table.mark_name()));
  char index[16];
  std::snprintf(index, sizeof index, ".%09zu", chunk);
  return write_batches(reader, table,
                       file_name_part(table.source.schema) + "." + file_name_part(table.source.table) + index, stop);
}

void DumpUnit::Impl::fail(const Status& status) {
  const std::lock_guard lock(mutex_);
  if (first_failure_.ok()) first_failure_ = status;
  failed_ = true;
}

void DumpUnit::Impl::work(upstream::Connection& session, const std::stop_token& stop) {
  (void)session.exec("SAVEPOINT sluice");
  while (!failed_ && !stop.stop_requested()) {
    const size_t index = next_++;
    if (index >= jobs_.size()) return;
    const TablePlan& table = plan_.tables[jobs_[index].first];
    Status status = dump_chunk(session, table, jobs_[index].second, stop);
    if (!status) return fail(std::move(status).with("dump " + table.source.schema + "." + table.source.table));
    (void)session.exec("ROLLBACK TO SAVEPOINT sluice");
    progress_.chunk_done(table.mark_name());
  }
}

Status DumpUnit::Impl::run(const std::stop_token& stop) {
  const model::FullMigrateConf conf = options_.task.full_migrate_conf.value_or(model::FullMigrateConf());
  auto rules = full::TableRules::build(options_.task, options_.source);
  if (!rules) return rules.status();
  if (Status status = empty_directory(); !status) return status;
  std::string metadata = "Started dump at: " + now_text() + "\n";
  // Until there is a snapshot, a stop has nothing to wait for.
  std::optional<std::stop_callback<std::function<void()>>> on_stop;
  if (!stop.stop_requested()) on_stop.emplace(stop, [this] { canceller_.cancel(); });
  const auto select = [&rules](upstream::Connection& session) { return full::selected_tables(session, *rules); };
  auto snapshot =
      full::take_snapshot(options_.source.endpoint, conf.consistency,
                          static_cast<size_t>(std::clamp(conf.export_threads, 1, 64)), select, false, canceller_);
  on_stop.reset();
  if (!snapshot) return snapshot.status();
  auto tables = plan(*snapshot, *rules);
  if (!tables) return tables.status();
  plan_.tables = std::move(*tables);
  plan_.location = snapshot->location;
  if (Status status = write_structures(*snapshot); !status) return status;
  for (size_t t = 0; t < plan_.tables.size(); ++t) {
    for (size_t c = 0; c < plan_.tables[t].chunk_count(); ++c) jobs_.emplace_back(t, c);
  }
  std::map<std::string, size_t> to_do;
  for (const TablePlan& table : plan_.tables) to_do[table.mark_name()] = table.chunk_count();
  progress_.begin(plan_, to_do);
  std::vector<std::thread> threads;
  for (auto& session : snapshot->sessions) threads.emplace_back([this, &session, &stop] { work(session, stop); });
  for (std::thread& thread : threads) thread.join();
  if (!first_failure_.ok()) return first_failure_;
  if (stop.stop_requested()) return {};
  metadata += location_block("SHOW MASTER STATUS:", snapshot->location);
  if (!snapshot->exit_safe.empty()) {
    metadata += location_block("SHOW MASTER STATUS: /* AFTER CONNECTION POOL ESTABLISHED */", snapshot->exit_safe);
  }
  metadata += "Finished dump at: " + now_text() + "\n";
  // Last: a dump without it is not complete.
  if (Status status = DumpFile::write_whole(directory_ / "metadata", metadata); !status) return status;
  progress_.finish();
  return {};
}

void DumpUnit::Impl::cancel() {
  progress_.counters.cancelled = true;
  canceller_.cancel();
}

void DumpUnit::Impl::fill_status(model::SubtaskStatus& status) const {
  progress_.fill(status);
  status.unit = "dump";
  status.load.reset();
}

DumpUnit::DumpUnit(DumpUnitOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
DumpUnit::~DumpUnit() = default;
Status DumpUnit::run(std::stop_token stop) { return impl_->run(stop); }
void DumpUnit::cancel() { impl_->cancel(); }
void DumpUnit::fill_status(model::SubtaskStatus& status) const { impl_->fill_status(status); }

}  // namespace sluice::units::dump
