#include "core/units/loader/loader_unit.hpp"

#include <algorithm>
#include <filesystem>
#include <mutex>
#include <set>

#include "core/plugin/log.hpp"
#include "core/sql/quote.hpp"
#include "core/sql/statement.hpp"
#include "core/units/dump_directory.hpp"
#include "core/units/full/source_tables.hpp"
#include "core/units/loader/dump_folder.hpp"
#include "core/units/loader/file_error.hpp"
#include "core/units/loader/file_workers.hpp"
#include "core/units/loader/structures.hpp"
#include "core/units/target_tables.hpp"
#include "sluice/host/sink.hpp"

namespace sluice::units::loader {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFolderScope = "folder";
constexpr const char* kContentKey = "content";
constexpr const char* kFinishedKey = "finished";

std::string joined(const std::vector<std::string>& names) {
  constexpr size_t kMost = 10;
  std::string out;
  for (size_t i = 0; i < std::min(names.size(), kMost); ++i) out += (i == 0 ? "" : ", ") + names[i];
  return names.size() > kMost ? out + " and " + std::to_string(names.size() - kMost) + " more" : out;
}

/// A table of the folder that the task takes.
struct Chosen {
  full::SourceTable source;
  std::string target_schema;
  std::string target_table;
};

}  // namespace

class LoaderUnit::Impl {
 public:
  explicit Impl(LoaderUnitOptions options) : options_(std::move(options)), target_(options_.sink) {}

  Status run(const std::stop_token& stop);
  void cancel();
  void fill_status(model::SubtaskStatus& status) const { progress_.fill(status); }

 private:
  Result<std::string> find_folder() const;
  Status check_folder(const DumpFolder& folder) const;
  Status choose(const DumpFolder& folder);
  Result<bool> read_structure(const DumpFolder& folder, full::SourceTable& table, const std::string& file) const;
  Result<std::string> schema_statement(const DumpFolder& folder, const std::string& schema) const;
  Status check_content(const DumpFolder& folder);
  Status create_targets(const DumpFolder& folder);
  Result<std::string> target_statement(const Chosen& table) const;
  Result<std::vector<FileJob>> jobs(const DumpFolder& folder);
  Status finish();
  sql::Dialect dialect() const {
    return options_.source.flavor == "mariadb" ? sql::Dialect::MariaDb : sql::Dialect::MySql;
  }

  LoaderUnitOptions options_;
  TargetTables target_;
  std::vector<Chosen> chosen_;
  std::map<size_t, size_t> chosen_at_;  // table of the folder -> index in chosen_
  LoaderProgress progress_;
  std::mutex mutex_;
  std::shared_ptr<FileWorkers> workers_;  // guarded by mutex_, like the next
  bool cancelled_ = false;
};

void LoaderUnit::Impl::cancel() {
  {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    if (workers_) workers_->cancel();
  }
  options_.sink->cancel();
}

/// data_dir with the task's name behind it, as mode dump and DM name it; else data_dir itself, into which another
/// program may have written.
Result<std::string> LoaderUnit::Impl::find_folder() const {
  const fs::path own = dump_directory(options_.task, options_.source.name);
  std::error_code error;
  if (fs::exists(own, error)) return own.string();
  const std::string plain = options_.task.full_migrate_conf.value_or(model::FullMigrateConf()).data_dir;
  if (options_.task.source_conf.size() < 2 && fs::exists(fs::path(plain) / "metadata", error)) return plain;
  return file_error("the dump folder " + own.string(), "there is no such folder on this machine",
                    "Put the files of the dump there, or into " + plain +
                        " with their metadata file; full_migrate_conf.data_dir names the folder, without the task's "
                        "name. A relative one is seen from where sluiced was started.");
}

Status LoaderUnit::Impl::check_folder(const DumpFolder& folder) const {
  if (!folder.unreadable.empty()) {
    return file_error("the dump folder " + folder.path,
                      "compressed files, CSV and Parquet cannot be loaded: " + joined(folder.unreadable),
                      "Unpack .gz and .zst files, or dump as SQL without compression.");
  }
  if (!folder.complete) {
    return file_error("the dump folder " + folder.path, "it has no file metadata, so the dump may not be finished",
                      "Dump again. If the folder is known to be complete, put an empty file metadata into it.");
  }
  for (const std::string& name : folder.left_out) {
    log::warn("a file of views, triggers, routines or sequences is not loaded",
              {{"task", options_.task.name}, {"source", options_.source.name}, {"file", name}});
  }
  return {};
}

Result<std::string> LoaderUnit::Impl::schema_statement(const DumpFolder& folder, const std::string& schema) const {
  const auto found = folder.schemas.find(schema);
  if (found == folder.schemas.end()) return std::string();
  const std::string path = (fs::path(folder.path) / found->second).string();
  auto text = read_small_file(path);
  if (!text) return text;
  auto statement = create_statement(*text, dialect());
  if (!statement) return file_error(path, statement.error().message, "The file must hold one CREATE DATABASE.");
  return statement;
}

/// False for a view.
Result<bool> LoaderUnit::Impl::read_structure(const DumpFolder& folder, full::SourceTable& table,
                                              const std::string& file) const {
  const std::string path = (fs::path(folder.path) / file).string();
  auto text = read_small_file(path);
  if (!text) return text.status();
  auto create = create_statement(*text, dialect());
  if (!create) return file_error(path, create.error().message, "The file must hold one CREATE TABLE.");
  if (create->empty()) return false;
  table.create_sql = std::move(*create);
  table.mariadb = dialect() == sql::Dialect::MariaDb;
  auto schema = schema_statement(folder, table.schema);
  if (!schema) return schema.status();
  if (auto parsed = sql::parse_ddl(*schema, {.dialect = dialect()}); parsed) {
    table.charset = parsed->clauses.front().charset;
    table.collation = parsed->clauses.front().collation;
  }
  auto info = full::parse_structure(table);
  if (!info) {
    return file_error(path, info.error().message,
                      "The file must hold one CREATE TABLE as SHOW CREATE TABLE prints it.");
  }
  table.info = std::move(*info);
  return true;
}

Status LoaderUnit::Impl::choose(const DumpFolder& folder) {
  auto rules = full::TableRules::build(options_.task, options_.source);
  if (!rules) return rules.status();
  for (size_t i = 0; i < folder.tables.size(); ++i) {
    const DumpedTable& dumped = folder.tables[i];
    if (!rules->selection.table(dumped.schema, dumped.table)) continue;
    if (dumped.schema_file.empty()) {
      Error error = file_error("table " + dumped.schema + "." + dumped.table,
                               "the dump folder " + folder.path + " has rows of it, but no file of its structure",
                               "Add <schema>.<table>-schema.sql with the CREATE TABLE statement, or leave the table "
                               "out by table_migrate_rule.");
      error.table = dumped.schema + "." + dumped.table;
      return error;
    }
    Chosen chosen;
    chosen.source.schema = dumped.schema;
    chosen.source.table = dumped.table;
    auto is_table = read_structure(folder, chosen.source, dumped.schema_file);
    if (!is_table) return is_table.status();
    if (!*is_table) {
      log::warn("a file of views, triggers, routines or sequences is not loaded",
                {{"task", options_.task.name}, {"source", options_.source.name}, {"file", dumped.schema_file}});
      continue;
    }
    auto target = rules->router.route(dumped.schema, dumped.table);
    if (!target) return target.status();
    chosen.target_schema = target->first;
    chosen.target_table = target->second;
    chosen_at_[i] = chosen_.size();
    chosen_.push_back(std::move(chosen));
  }
  if (!chosen_.empty()) return {};
  return file_error("the dump folder " + folder.path,
                    "the task selects none of its " + std::to_string(folder.tables.size()) + " tables",
                    "Compare table_migrate_rule (or block_allow_list) with the names of the files.");
}

/// A run goes on only with the files with which the first one began.
Status LoaderUnit::Impl::check_content(const DumpFolder& folder) {
  uint64_t hash = 14695981039346656037ULL;  // FNV-1a
  const auto add = [&hash](const std::string& text) {
    for (const char c : text + '\n') hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  };
  size_t count = 0;
  for (const DataFile& file : folder.files) {
    if (chosen_at_.count(file.table) == 0) continue;
    add(file.name);
    add(std::to_string(file.size));
    ++count;
  }
  const std::string content = std::to_string(count) + " files, " + std::to_string(hash);
  auto stored = options_.checkpoints->marks(kFolderScope);
  if (!stored) return stored.status();
  const auto found = stored->find(kContentKey);
  if (found == stored->end()) {
    const Mark mark{kFolderScope, kContentKey, content};
    return options_.checkpoints->write({}, {&mark, 1});
  }
  if (found->second == content) return {};
  return file_error("the dump folder " + folder.path,
                    "its files (or what the task selects of them) are not those with which this load began",
                    "Put the files back to go on. To load the new ones, empty the target tables and start the task "
                    "with remove_meta.");
}

Result<std::string> LoaderUnit::Impl::target_statement(const Chosen& table) const {
  auto routed = full::routed_create(table.source.create_sql, table.target_schema, table.target_table);
  if (routed) return routed;
  // Not as SHOW CREATE TABLE prints it: IF NOT EXISTS, or a schema before the name.
  sql::ParseOptions options;
  options.default_schema = table.source.schema;
  options.dialect = dialect();
  auto parsed = sql::parse_ddl(table.source.create_sql, options);
  if (!parsed) return parsed.status();
  return sql::render(parsed->clauses.front(), [&](const std::string& schema, const std::string& name) {
    const bool itself = name == parsed->clauses.front().table;
    return itself ? std::pair(table.target_schema, table.target_table) : std::pair(schema, name);
  });
}

Status LoaderUnit::Impl::create_targets(const DumpFolder& folder) {
  std::set<std::string> schemas;
  for (const Chosen& table : chosen_) {
    if (schemas.insert(table.target_schema).second) {
      auto create = schema_statement(folder, table.source.schema);
      if (!create) return create.status();
      std::string options = *create;
      auto parsed = sql::parse_ddl(options, {.dialect = dialect()});
      if (parsed && options.find("` /*!40100") == std::string::npos) {
        const sql::Clause& clause = parsed->clauses.front();
        if (!clause.charset.empty()) {
          options = "` /*!40100 DEFAULT CHARACTER SET " + clause.charset +
                    (clause.collation.empty() ? "" : " COLLATE " + clause.collation) + " */";
        }
      }
      if (Status status = target_.create_schema(table.target_schema, options); !status) return status;
    }
    auto create = target_statement(table);
    if (!create) return create.status();
    if (Status status = target_.create_table(table.target_schema, table.target_table, *create); !status) return status;
  }
  return {};
}

Result<std::vector<FileJob>> LoaderUnit::Impl::jobs(const DumpFolder& folder) {
  auto marks = options_.checkpoints->marks(kFileScope);
  if (!marks) return marks.status();
  std::vector<LoaderProgress::Table> tables;
  for (const Chosen& table : chosen_) tables.push_back({table.source.schema, table.source.table, 0, 0});
  std::vector<FileJob> out;
  size_t number = 0;
  for (const DataFile& file : folder.files) {
    const auto chosen = chosen_at_.find(file.table);
    if (chosen == chosen_at_.end()) continue;
    LoaderProgress::Table& table = tables[chosen->second];
    table.bytes += file.size;
    FileJob job;
    job.path = (fs::path(folder.path) / file.name).string();
    job.size = file.size;
    job.table = chosen->second;
    // File names may be longer than what a sink takes for a key. Counted are the files that the task takes, of which
    // check_content() knows that they are the same as at first.
    job.key = std::to_string(number++);
    if (const auto found = marks->find(job.key); found != marks->end()) job.mark = found->second;
    const auto mark = FileMark::parse(job.mark);
    if (mark) table.done += mark->next ? mark->next->row : mark->size;
    if (!mark || mark->next) out.push_back(std::move(job));
  }
  // The longest first: none of them is then left for the end.
  std::stable_sort(out.begin(), out.end(), [](const FileJob& a, const FileJob& b) { return a.size > b.size; });
  BinlogLocation location;
  if (auto metadata = read_small_file((fs::path(folder.path) / "metadata").string()); metadata) {
    location = location_in(*metadata);
  }
  progress_.begin(tables, location);
  return out;
}

// "Finished" first: a crash in between finds the load finished, and only clears what is left.
Status LoaderUnit::Impl::finish() {
  const Mark mark{kFolderScope, kFinishedKey, "true"};
  if (Status status = options_.checkpoints->write({}, {&mark, 1}); !status) return status;
  progress_.finish();
  return options_.checkpoints->clear_marks(kFileScope);
}

Status LoaderUnit::Impl::run(const std::stop_token& stop) {
  auto stored = options_.checkpoints->marks(kFolderScope);
  if (!stored) return stored.status();
  if (stored->count(kFinishedKey) != 0) {
    progress_.finish();
    return options_.checkpoints->clear_marks(kFileScope);
  }
  auto path = find_folder();
  if (!path) return path.status();
  auto folder = read_folder(*path);
  if (!folder) return folder.status();
  if (Status status = check_folder(*folder); !status) return status;
  if (Status status = choose(*folder); !status) return status;
  if (Status status = check_content(*folder); !status) return status;
  auto work = jobs(*folder);
  if (!work) return work.status();
  log::info("load of files begins", {{"task", options_.task.name},
                                     {"source", options_.source.name},
                                     {"folder", *path},
                                     {"tables", std::to_string(chosen_.size())},
                                     {"files", std::to_string(work->size())}});
  if (Status status = create_targets(*folder); !status) return status;
  std::vector<LoadedTable> tables;
  for (const Chosen& table : chosen_) {
    tables.push_back({table.source.schema,
                      table.source.table,
                      table.source.info,
                      {table.target_schema, table.target_table, options_.source.name}});
  }
  const model::FullMigrateConf conf = options_.task.full_migrate_conf.value_or(model::FullMigrateConf());
  auto workers = std::make_shared<FileWorkers>(
      FileWorkers::Options{options_.sink, options_.checkpoints, duplicate_mode(options_.task), options_.task.timezone,
                           static_cast<size_t>(std::clamp(conf.import_threads, 1, 64)), options_.part_bytes},
      std::move(tables), std::move(*work), progress_);
  {
    const std::lock_guard lock(mutex_);
    workers_ = workers;
    if (cancelled_) workers->cancel();
  }
  if (Status status = workers->run(stop); !status) return status;
  if (!workers->all_done()) return {};  // asked to stop: what is done is marked
  return finish();
}

LoaderUnit::LoaderUnit(LoaderUnitOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
LoaderUnit::~LoaderUnit() = default;
Status LoaderUnit::run(std::stop_token stop) { return impl_->run(stop); }
void LoaderUnit::cancel() { impl_->cancel(); }
void LoaderUnit::fill_status(model::SubtaskStatus& status) const { impl_->fill_status(status); }

}  // namespace sluice::units::loader
