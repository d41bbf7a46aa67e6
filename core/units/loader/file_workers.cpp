#include "core/units/loader/file_workers.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>

#include "core/units/loader/file_error.hpp"
#include "core/units/loader/file_rows.hpp"

namespace sluice::units::loader {
namespace {

constexpr int kAttempts = 10;

sluice_str str(const std::string& text) { return {text.data(), text.size()}; }

}  // namespace

std::string FileMark::text() const {
  const std::string head = std::to_string(size) + " ";
  return next ? head + std::to_string(next->statement) + " " + std::to_string(next->row) : head + "end";
}

std::optional<FileMark> FileMark::parse(const std::string& text) {
  FileMark out;
  unsigned long long size = 0;
  unsigned long long statement = 0;
  unsigned long long row = 0;
  if (std::sscanf(text.c_str(), "%llu %llu %llu", &size, &statement, &row) == 3) {
    out.size = size;
    out.next = RowPlace{statement, row};
    return out;
  }
  if (std::sscanf(text.c_str(), "%llu", &size) != 1 || !text.ends_with(" end")) return std::nullopt;
  out.size = size;
  return out;
}

/// One file from where it stands to its end.
class FileWorkers::FileLoad {
 public:
  FileLoad(FileWorkers& workers, SinkSession& session, const FileJob& job)
      : w_(workers), session_(session), job_(job), table_(workers.tables_[job.table]), mark_(job.mark) {}

  /// Ok and not done() when it was asked to stop.
  Status run(const std::stop_token& stop) {
    Status status = load(stop);
    if (!status.ok() && status.error().table.empty()) status.error().table = table_.schema + "." + table_.table;
    return status;
  }
  bool done() const { return done_; }

 private:
  Status load(const std::stop_token& stop);
  Status open();
  Result<std::optional<RowPlace>> part_end();
  Status load_part(const std::optional<RowPlace>& end, const std::stop_token& stop);
  Status attempt(const std::optional<RowPlace>& end, const std::string& mark, bool& of_the_sink);
  Result<bool> arrived(const std::string& mark);
  FileCounters& counters() { return w_.progress_.counters(job_.table); }

  FileWorkers& w_;
  SinkSession& session_;
  const FileJob& job_;
  const LoadedTable& table_;
  InsertFile file_;
  InsertFile scanner_;  // looks ahead for the end of a part
  bool scanner_open_ = false;
  std::shared_ptr<const RowLayout> layout_;
  std::string mark_;  // that the target holds
  RowPlace place_;
  uint64_t most_rows_ = 0;  // of a part; 0 = as many as there are
  uint64_t pulled_ = 0;     // rows that the sink took in the last attempt
  bool done_ = false;
};

Status FileWorkers::FileLoad::open() {
  if (Status status = file_.open(job_.path); !status) return status;
  if (file_.file_size() != job_.size) {
    return file_error(job_.path, "its size changed while the task was loading",
                      "Let nobody write into the folder, empty the target tables and start the task with remove_meta.");
  }
  if (!file_.has_rows()) return {};
  place_ = file_.place();
  auto rules = text_rules(file_.settings(), w_.options_.time_zone);
  if (!rules) return file_error(job_.path, rules.error().message, "Dump the table again with other options.");
  auto layout = RowLayout::make(table_.info, table_.names, file_.head(), *rules);
  if (!layout) return file_.error_at(file_.head().offset, layout.error().message);
  layout_ = std::move(*layout);
  const auto mark = FileMark::parse(mark_);
  if (mark && mark->next) place_ = *mark->next;
  return {};
}

/// The first row behind the part that begins at place_; none: the part goes to the end of the file.
Result<std::optional<RowPlace>> FileWorkers::FileLoad::part_end() {
  const uint64_t left = job_.size - place_.row;
  const uint64_t bytes = w_.options_.part_bytes;
  if (most_rows_ == 0 && left <= bytes + bytes / 4) return std::optional<RowPlace>();
  if (!scanner_open_) {
    if (Status status = scanner_.open(job_.path); !status) return status;
    scanner_open_ = true;
  }
  if (Status status = scanner_.seek(place_); !status) return status;
  for (uint64_t rows = 0;; ++rows) {
    if (w_.cancelled_) return make_error(34019, "the load was cancelled");
    auto more = scanner_.next();
    if (!more) return more.status();
    if (!*more) return std::optional<RowPlace>();
    const bool enough = scanner_.place().row - place_.row >= bytes || (most_rows_ > 0 && rows >= most_rows_);
    if (rows > 0 && enough) return std::optional<RowPlace>(scanner_.place());
  }
}

/// Whether the transaction of an attempt whose end was not heard has been committed.
Result<bool> FileWorkers::FileLoad::arrived(const std::string& mark) {
  auto marks = w_.options_.checkpoints->marks(kFileScope);
  if (!marks) return marks.status();
  const auto found = marks->find(job_.key);
  return found != marks->end() && found->second == mark;
}

Status FileWorkers::FileLoad::attempt(const std::optional<RowPlace>& end, const std::string& text, bool& of_the_sink) {
  of_the_sink = false;
  if (Status status = file_.seek(place_); !status) return status;
  FileRows rows(file_, *layout_, {table_.schema, table_.table, end ? end->row : UINT64_MAX}, counters(), w_.cancelled_);
  sluice_mark mark{};
  mark.scope = {kFileScope, std::string_view(kFileScope).size()};
  mark.key = str(job_.key);
  mark.expect = str(mark_);
  mark.value = str(text);
  sluice_load load{};
  load.struct_size = sizeof load;
  load.on_duplicate = w_.options_.on_duplicate;
  load.table = layout_->abi();
  load.self = &rows;
  load.next = &FileRows::pull;
  const bool in_sink = w_.options_.checkpoints->in_sink();
  load.marks = in_sink ? &mark : nullptr;
  load.mark_count = in_sink ? 1 : 0;
  Status status = session_.load(load);
  pulled_ = rows.rows();
  if (status.ok()) return status;
  const bool fenced = (session_.last_flags() & SLUICE_ERROR_FENCED) != 0;
  rows.uncount();
  if (rows.error()) return *rows.error();
  of_the_sink = true;
  if (!in_sink || !fenced) return status;
  // The mark is not what it was: a former attempt was committed, though its end was not heard.
  auto there = arrived(text);
  if (!there) return there.status();
  return *there ? Status() : status;
}

Status FileWorkers::FileLoad::load_part(const std::optional<RowPlace>& end, const std::stop_token& stop) {
  const std::string text = FileMark{job_.size, end}.text();
  const bool in_sink = w_.options_.checkpoints->in_sink();
  for (int count = 1;; ++count) {
    bool of_the_sink = false;
    Status status = attempt(end, text, of_the_sink);
    if (status.ok()) break;
    if (!of_the_sink) return status;
    const bool again = status.error().retryable && count < kAttempts && !stop.stop_requested() && !w_.failed_;
    if (again) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100 * count));
      continue;
    }
    // A row that the target refuses is looked for: the part is halved until it is one row long. What comes before it
    // stays loaded.
    if (in_sink && !status.error().retryable && pulled_ > 1 && !w_.cancelled_) {
      most_rows_ = pulled_ / 2;
      return {};
    }
    const char* const what = pulled_ == 1 ? ", row in " : ", rows from ";
    return std::move(status).with("cannot load the dump file " + job_.path + what + place_in(job_.path, place_.row));
  }
  if (!in_sink) {
    const Mark mark{kFileScope, job_.key, text};
    if (Status status = w_.options_.checkpoints->write({}, {&mark, 1}); !status) return status;
  }
  mark_ = text;
  if (end) place_ = *end;
  done_ = !end;
  return {};
}

Status FileWorkers::FileLoad::load(const std::stop_token& stop) {
  if (Status status = open(); !status) return status;
  if (!file_.has_rows()) {
    const Mark mark{kFileScope, job_.key, FileMark{job_.size, {}}.text()};
    done_ = true;
    counters().bytes += job_.size;
    return w_.options_.checkpoints->write({}, {&mark, 1});
  }
  // What stands around the rows belongs to the file's bytes as well.
  if (mark_.empty()) counters().bytes += place_.row;
  while (!done_ && !stop.stop_requested() && !w_.failed_) {
    auto end = part_end();
    if (!end) return end.status();
    if (Status status = load_part(*end, stop); !status) return status;
  }
  if (done_) counters().bytes += job_.size - file_.position();
  return {};
}

FileWorkers::FileWorkers(Options options, std::vector<LoadedTable> tables, std::vector<FileJob> jobs,
                         LoaderProgress& progress)
    : options_(std::move(options)), tables_(std::move(tables)), jobs_(std::move(jobs)), progress_(progress) {}

void FileWorkers::fail(const Status& status) {
  const std::lock_guard lock(mutex_);
  if (first_failure_.ok()) first_failure_ = status;
  failed_ = true;
}

void FileWorkers::work(const std::stop_token& stop) {
  SinkSession session(options_.sink);
  while (!failed_ && !cancelled_ && !stop.stop_requested()) {
    const size_t index = next_++;
    if (index >= jobs_.size()) return;
    const FileJob& job = jobs_[index];
    progress_.file_begins(job.table);
    FileLoad file(*this, session, job);
    if (Status status = file.run(stop); !status) return fail(status);
    if (file.done()) ++done_;
  }
}

Status FileWorkers::run(const std::stop_token& stop) {
  std::vector<std::thread> threads;
  for (size_t i = 1; i < std::min(options_.threads, jobs_.size()); ++i) {
    threads.emplace_back([this, &stop] { work(stop); });
  }
  work(stop);
  for (std::thread& thread : threads) thread.join();
  const std::lock_guard lock(mutex_);
  return first_failure_;
}

}  // namespace sluice::units::loader
