#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "sluice/plugin/failure.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace sluice::sqlite_store {

/// A prepared statement. Not thread-safe; the store's mutex guards it. Throws plugin::Failure.
class Statement {
 public:
  Statement(sqlite3* database, const char* sql);

  /// Starts over with new parameters (1, 2, ...). Blobs are borrowed until the statement is reset.
  template <typename... Values>
  Statement& bind(const Values&... values) {
    reset();
    int at = 0;
    (bind_one(++at, values), ...);
    return *this;
  }
  /// The next row; false at the end (the statement is reset then).
  bool step();
  /// Runs it to the end.
  void run() {
    while (step()) {
    }
  }
  void reset();
  /// Columns count from 0. Bytes are copied.
  [[nodiscard]] int64_t number(int column) const;
  [[nodiscard]] std::string bytes(int column) const;

 private:
  void bind_one(int at, int64_t value);
  void bind_one(int at, std::string_view value);
  struct Close {
    void operator()(sqlite3_stmt* statement) const;
  };
  std::unique_ptr<sqlite3_stmt, Close> statement_;
};

/// The state file: opened for this process alone, checked, in WAL mode with a sync at each commit. Throws
/// plugin::Failure that names the file, what is wrong with it and what to do.
class Database {
 public:
  /// Makes the file (mode 0600) and its folder when there is none. A file that is there but empty, damaged, of another
  /// program or of a newer version is refused and left as it is.
  explicit Database(const std::filesystem::path& file);
  [[nodiscard]] sqlite3* handle() const { return handle_.get(); }
  void exec(const char* sql) const;

 private:
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  std::unique_ptr<sqlite3, Close> handle_;
};

/// BEGIN ... COMMIT; rolled back when it goes out of scope before commit.
class Transaction {
 public:
  explicit Transaction(const Database& database) : database_(database) { database_.exec("BEGIN IMMEDIATE"); }
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  /// Durable when it returns.
  void commit();

 private:
  const Database& database_;
  bool open_ = true;
};

}  // namespace sluice::sqlite_store
