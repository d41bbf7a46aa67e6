#include <atomic>
#include <chrono>
#include <filesystem>

#include "json_line.hpp"
#include "sluice/plugin/plugin.hpp"
#include "store.hpp"

namespace sluice::file_sink {
namespace {

using plugin::Failure;

/// Lines are handed to the file in portions of about this size.
constexpr size_t kPortion = 256 * 1024;

struct Shared {
  std::string task;
  std::string source;
  std::shared_ptr<Store> store;
  std::atomic<bool> cancelled{false};
};

std::string own(sluice_str text) { return std::string(view(text)); }

class Writer final : public plugin::SinkWriter {
 public:
  explicit Writer(Shared& shared) : shared_(shared) {}

  plugin::SinkResult apply(const plugin::Batch& batch) override {
    const auto lock = locked();
    Store::Transaction transaction(store());
    Change change;
    take_marks(batch.marks(), change);
    std::map<std::string, std::string> lines;
    for (const sluice_row& row : batch.rows()) {
      if (row.table >= batch.tables().size()) throw Failure("a row of the batch names a table that is not there");
      const sluice_table& table = *batch.tables()[row.table];
      append_row_line(lines[stem_of(table)], table, row);
    }
    for (const auto& [stem, text] : lines) transaction.append(stem, text);
    transaction.commit(std::move(change));
    return {batch.rows().size(), transaction.bytes(), 0};
  }

  void execute(const plugin::Statement& statement) override {
    const auto lock = locked();
    Store::Transaction transaction(store());
    Change change;
    take_marks(statement.marks(), change);
    std::string line;
    append_ddl_line(line, statement);
    transaction.append("_ddl", line);
    transaction.commit(std::move(change));
  }

  plugin::SinkResult load(const plugin::Load& load) override {
    const auto lock = locked();
    Store::Transaction transaction(store());
    Change change;
    take_marks(load.marks(), change);
    const sluice_table& table = load.table();
    const std::string stem = stem_of(table);
    std::string lines;
    uint64_t rows = 0;
    for (auto values = load.next(); !values.empty(); values = load.next()) {
      for (size_t at = 0; at < values.size(); at += table.column_count) {
        append_load_line(lines, table, &values[at]);
        ++rows;
        if (lines.size() < kPortion) continue;
        transaction.append(stem, lines);
        lines.clear();
      }
      if (shared_.cancelled) throw Failure::cancelled();
    }
    if (!lines.empty()) transaction.append(stem, lines);
    transaction.commit(std::move(change));
    return {rows, transaction.bytes(), 0};
  }

  void flush() override {
    const auto lock = locked();
    store().flush();
  }

  void read_marks(std::string_view scope, const EachMark& each) override {
    const auto lock = locked();
    for (const auto& [key, value] : store().state().marks) {
      if (key[0] != shared_.task || key[1] != shared_.source || (!scope.empty() && key[2] != scope)) continue;
      each({to_str(key[2]), to_str(key[3]), {nullptr, 0}, to_str(value)});
    }
  }

  void clear_marks(std::string_view scope) override {
    Change change;
    change.remove_marks.push_back({shared_.task, shared_.source});
    if (!scope.empty()) change.remove_marks.back().emplace_back(scope);
    commit(std::move(change));
  }

  void read_checkpoints(const EachCheckpoint& each) override {
    const auto lock = locked();
    for (const auto& [key, row] : store().state().checkpoints) {
      if (key[0] != shared_.task || key[1] != shared_.source) continue;
      auto raw = make_sized<sluice_checkpoint>();
      raw.is_global = row.is_global ? 1 : 0;
      raw.source = to_str(key[1]);
      raw.schema = to_str(key[2]);
      raw.table = to_str(key[3]);
      raw.binlog_name = to_str(row.binlog_name);
      raw.binlog_pos = row.binlog_pos;
      raw.binlog_gtid = to_str(row.binlog_gtid);
      raw.exit_safe_binlog_name = to_str(row.exit_safe_name);
      raw.exit_safe_binlog_pos = row.exit_safe_pos;
      raw.exit_safe_binlog_gtid = to_str(row.exit_safe_gtid);
      raw.table_info = to_str(row.table_info);
      each(raw);
    }
  }

  void write_checkpoints(Strided<sluice_checkpoint> rows, std::span<const sluice_mark> marks) override {
    const auto lock = locked();
    Change change;
    take_marks(marks, change);
    for (const sluice_checkpoint& row : rows) {
      change.set.checkpoints[{shared_.task, shared_.source, own(row.schema), own(row.table)}] = {
          row.is_global != 0,
          own(row.binlog_name),
          own(row.binlog_gtid),
          own(row.exit_safe_binlog_name),
          own(row.exit_safe_binlog_gtid),
          own(row.table_info),
          row.binlog_pos,
          row.exit_safe_binlog_pos};
    }
    Store::Transaction(store()).commit(std::move(change));
  }

  void remove_checkpoints(std::string_view schema, std::string_view table) override {
    Change change;
    change.remove_checkpoints.push_back({shared_.task, shared_.source});
    if (!schema.empty() || !table.empty()) {
      change.remove_checkpoints.back().emplace_back(schema);
      change.remove_checkpoints.back().emplace_back(table);
    }
    commit(std::move(change));
  }

  void drop_checkpoints() override {
    Change change;
    change.remove_marks.push_back({shared_.task});
    change.remove_checkpoints.push_back({shared_.task});
    commit(std::move(change));
  }

 private:
  Store& store() { return *shared_.store; }

  static std::string stem_of(const sluice_table& table) {
    return percent_encoded(view(table.schema)) + "." + percent_encoded(view(table.name));
  }

  /// Another writer may hold the store for as long as a chunk takes; `cancel` ends the wait.
  std::unique_lock<std::timed_mutex> locked() {
    std::unique_lock<std::timed_mutex> lock(store().mutex, std::defer_lock);
    while (!shared_.cancelled) {
      // By the wall clock, which the thread sanitizer understands; a jump of it delays no more than one look at
      // `cancelled`.
      if (lock.try_lock_until(std::chrono::system_clock::now() + std::chrono::milliseconds(100))) return lock;
    }
    throw Failure::cancelled();
  }

  void commit(Change change) {
    const auto lock = locked();
    Store::Transaction(store()).commit(std::move(change));
  }

  /// Checks the marks and adds their values to the change.
  void take_marks(std::span<const sluice_mark> marks, Change& change) {
    for (const sluice_mark& mark : marks) {
      const MarkKey key = {shared_.task, shared_.source, own(mark.scope), own(mark.key)};
      const auto found = store().state().marks.find(key);
      const std::string_view stored = found == store().state().marks.end() ? std::string_view() : found->second;
      if (mark.expect.data != nullptr && stored != view(mark.expect)) {
        throw Failure(10006, "database", "downstream", "high",
                      "another writer has moved the mark of this one; nothing of this batch was applied")
            .fenced();
      }
      change.set.marks[key] = own(mark.value);
    }
  }

  Shared& shared_;
};

class FileSink final : public plugin::Sink {
 public:
  static constexpr const char* kId = "file";
  static constexpr const char* kVersion = "1.0.0";
  static constexpr const char* kSummary = "Writes JSON lines, a file per table; exactly once.";

  static std::vector<plugin::Setting> settings() {
    using plugin::Setting;
    std::vector<Setting> list;
    list.push_back(Setting::string("directory").required().help("Where the files go; made when it is not there."));
    list.push_back(Setting::bytes("rotate_size")
                       .fallback("67108864")
                       .range("1", "")
                       .unit("bytes")
                       .help("A file that has grown to this is followed by another one."));
    list.push_back(Setting::boolean("fsync").fallback("true").help(
        "Syncs each batch to the disk; without it a power loss may cost the last batches and stops the sink."));
    list.push_back(
        Setting::string("task").fallback("\"sluice\"").help("Task name; keeps the metadata of tasks apart."));
    list.push_back(Setting::string("source").fallback("\"\"").help("Source name; keeps those of sources apart."));
    return list;
  }

  explicit FileSink(const plugin::Config& config) {
    options_.directory = config.string("directory");
    if (options_.directory.empty()) throw Failure::config("directory", "must not be empty");
    options_.rotate_size = config.bytes("rotate_size", options_.rotate_size);
    if (options_.rotate_size == 0) throw Failure::config("rotate_size", "must be at least 1");
    options_.sync = config.boolean("fsync", true);
    shared_.task = config.string("task", "sluice");
    shared_.source = config.string("source", "");
  }

  plugin::SinkInterfaces interfaces() const override { return {.marks = true, .checkpoint = true}; }
  plugin::SinkCapabilities capabilities() override { return {SLUICE_SINK_TRANSACTIONS, 0, "file", kVersion}; }

  std::unique_ptr<plugin::SinkWriter> open_writer() override {
    if (shared_.cancelled) throw Failure::cancelled();
    const std::lock_guard lock(mutex_);
    if (!shared_.store) shared_.store = Store::open(options_);
    return std::make_unique<Writer>(shared_);
  }
  void cancel() override { shared_.cancelled = true; }

 private:
  StoreOptions options_;
  Shared shared_;
  std::mutex mutex_;
};

}  // namespace
}  // namespace sluice::file_sink

SLUICE_EXPORT_PLUGIN(sluice::file_sink::FileSink)
