#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "files.hpp"
#include "journal.hpp"

namespace sluice::file_sink {

struct StoreOptions {
  std::string directory;
  uint64_t rotate_size = 64 * 1024 * 1024;
  bool sync = true;
};

/// "a%2Eb" for "a.b": file names hold letters, digits, `_` and `-`; all other bytes are escaped.
std::string percent_encoded(std::string_view name);

/// The data files of a directory and their journal. What a Transaction has written counts once `commit` has returned;
/// anything else is cut off, at once or when the directory is opened again. One Store per directory and process,
/// whatever the number of instances; other processes are kept out by a lock. All members but `mutex` need the mutex.
class Store {
 public:
  /// The open store of the directory, or a new one. Throws Failure when another process has it, or when files and
  /// journal do not fit.
  static std::shared_ptr<Store> open(const StoreOptions& options);
  explicit Store(const StoreOptions& options);
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  std::timed_mutex mutex;
  const State& state() const { return journal_.state(); }

  class Transaction {
   public:
    explicit Transaction(Store& store) : store_(store) {}
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    /// Cuts off what was not committed.
    ~Transaction();
    /// Appends whole lines to the file of a table; `stem` is "schema.table", encoded.
    void append(const std::string& stem, std::string_view lines);
    void commit(Change change);
    uint64_t bytes() const { return bytes_; }

   private:
    Store& store_;
    std::map<std::string, uint64_t> lengths_;     ///< of files written to, as they are now
    std::map<std::string, std::string> current_;  ///< stem -> file, for those that rotated within
    uint64_t bytes_ = 0;
    bool committed_ = false;
  };

  /// Makes all that was committed durable.
  void flush();

 private:
  void recover();
  File& file(const std::string& name);
  void close_some();
  uint64_t committed_length(const std::string& name) const;
  void cut(const std::string& name);

  StoreOptions options_;
  File lock_;
  Journal journal_;
  std::map<std::string, File> open_;
  std::set<std::string> dirty_;
  std::map<std::string, std::string> newest_;  ///< stem -> file
};

}  // namespace sluice::file_sink
