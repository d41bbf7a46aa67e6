#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/model/error.hpp"
#include "core/schema/abi_table.hpp"
#include "core/units/checkpoints.hpp"
#include "core/units/loader/insert_file.hpp"
#include "core/units/loader/loader_progress.hpp"
#include "core/units/loader/row_layout.hpp"
#include "core/units/sink_session.hpp"

namespace sluice::units::loader {

inline constexpr const char* kFileScope = "file";

/// A table that is loaded.
struct LoadedTable {
  std::string schema;  ///< of the source
  std::string table;
  schema::TablePtr info;
  schema::AbiNames names;
};

/// How far a file has been loaded, as the mark of the file says it: "<size> <statement> <row>", "<size> end".
struct FileMark {
  uint64_t size = 0;
  std::optional<RowPlace> next;  ///< none: the whole file is in the target
  std::string text() const;
  static std::optional<FileMark> parse(const std::string& text);
};

struct FileJob {
  std::string path;
  uint64_t size = 0;
  size_t table = 0;
  std::string key;   ///< of its mark
  std::string mark;  ///< that an earlier run left; "" = none
};

/// Loads files side by side, each in parts of which every one is a transaction together with the file's mark.
class FileWorkers {
 public:
  struct Options {
    std::shared_ptr<host::Sink> sink;
    Checkpoints* checkpoints = nullptr;
    int32_t on_duplicate = 0;
    std::string time_zone;  ///< of TIMESTAMPs, for files that do not say it
    size_t threads = 1;
    uint64_t part_bytes = 32ULL << 20;
  };
  FileWorkers(Options options, std::vector<LoadedTable> tables, std::vector<FileJob> jobs, LoaderProgress& progress);

  /// Ends when all files are done, at the first failure (of which it returns the first), or when `stop` is asked for
  /// and the parts in hand are done.
  Status run(const std::stop_token& stop);
  /// Makes run() end soon, with an error. [any thread]
  void cancel() { cancelled_ = true; }
  bool all_done() const { return done_ == jobs_.size(); }

 private:
  class FileLoad;
  void work(const std::stop_token& stop);
  void fail(const Status& status);

  Options options_;
  std::vector<LoadedTable> tables_;
  std::vector<FileJob> jobs_;
  LoaderProgress& progress_;
  std::atomic<size_t> next_{0};
  std::atomic<size_t> done_{0};
  std::atomic<bool> failed_{false};
  std::atomic<bool> cancelled_{false};
  std::mutex mutex_;
  Status first_failure_;
};

}  // namespace sluice::units::loader
