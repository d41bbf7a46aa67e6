#include "database.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace sluice::sqlite_store {
namespace {

namespace fs = std::filesystem;
using plugin::Failure;

// "SLUI" as a number: says in the file's header whose file it is.
constexpr int64_t kApplicationId = 0x534c5549;
constexpr int64_t kSchemaVersion = 1;

constexpr const char* kSchema = R"sql(
CREATE TABLE meta (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  revision INTEGER NOT NULL,
  compacted INTEGER NOT NULL
);
INSERT INTO meta VALUES (1, 1, 0);
CREATE TABLE kv (
  key BLOB PRIMARY KEY,
  value BLOB NOT NULL,
  create_revision INTEGER NOT NULL,
  mod_revision INTEGER NOT NULL,
  version INTEGER NOT NULL,
  lease INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX kv_lease ON kv (lease) WHERE lease <> 0;
CREATE TABLE history (
  revision INTEGER NOT NULL,
  number INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  key BLOB NOT NULL,
  value BLOB NOT NULL,
  create_revision INTEGER NOT NULL,
  version INTEGER NOT NULL,
  lease INTEGER NOT NULL,
  PRIMARY KEY (revision, number)
) WITHOUT ROWID;
CREATE TABLE leases (id INTEGER PRIMARY KEY, ttl_ms INTEGER NOT NULL);
)sql";

Failure failure(sqlite3* handle, int code, std::string_view what) {
  const int extended = handle != nullptr ? sqlite3_extended_errcode(handle) : code;
  const char* file = handle != nullptr ? sqlite3_db_filename(handle, "main") : nullptr;
  std::string text(what);
  if (file != nullptr && *file != '\0') text += " (state file " + std::string(file) + ")";
  text += ": ";
  text += handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
  const int primary = extended & 0xff;
  const bool may_pass = primary == SQLITE_FULL || primary == SQLITE_IOERR || primary == SQLITE_BUSY;
  return Failure(text).native(extended).retryable(may_pass);
}

Failure refused(const fs::path& file, const std::string& why) {
  return Failure("the state file " + file.string() + " is refused: " + why)
      .workaround(
          "Put a good copy of the file in its place. To begin with an empty state move the file and its -wal "
          "away; sources and tasks must then be created again.");
}

Failure system_failure(const std::string& what, const fs::path& path) {
  return Failure(what + " " + path.string() + ": " + std::strerror(errno));
}

int64_t pragma(sqlite3* handle, const char* sql) {
  Statement statement(handle, sql);
  return statement.step() ? statement.number(0) : 0;
}

void sync_folder(const fs::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  ::fsync(fd);
  ::close(fd);
}

void run(sqlite3* handle, const char* sql) {
  const int code = sqlite3_exec(handle, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) throw failure(handle, code, std::string_view(sql).substr(0, 60));
}

// The file appears under its name only when it is complete, so that an empty file is never one of ours that a crash
// left behind but always damage.
void create(const fs::path& file) {
  const fs::path folder = file.parent_path();
  if (std::error_code error; !fs::exists(folder, error)) {
    fs::create_directories(folder, error);
    if (error) throw Failure("cannot make the folder " + folder.string() + ": " + error.message());
    fs::permissions(folder, fs::perms::owner_all, error);
  }
  std::string scratch = file.string() + ".new.XXXXXX";
  const int fd = ::mkostemp(scratch.data(), O_CLOEXEC);  // mode 0600
  if (fd < 0) throw system_failure("cannot make the state file", file);
  ::close(fd);
  struct Remove {
    const std::string& name;
    ~Remove() { ::unlink(name.c_str()); }
  } const remove{scratch};
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(scratch.c_str(), &raw, SQLITE_OPEN_READWRITE, nullptr);
  const std::unique_ptr<sqlite3, decltype(&sqlite3_close)> handle(raw, sqlite3_close);
  if (code != SQLITE_OK) throw failure(raw, code, "create the state file");
  const std::string head = "PRAGMA application_id=" + std::to_string(kApplicationId) +
                           "; PRAGMA user_version=" + std::to_string(kSchemaVersion) + ";";
  run(raw, ("PRAGMA synchronous=FULL;BEGIN;" + head + kSchema + "COMMIT").c_str());
  // link() instead of rename(): when another process was faster its file stays, and the lock decides.
  if (::link(scratch.c_str(), file.c_str()) != 0 && errno != EEXIST) {
    throw system_failure("cannot make the state file", file);
  }
  sync_folder(folder);
}

// By path and without opening: closing a descriptor of a file drops all of this process's POSIX locks on it.
void check_file(const fs::path& file) {
  struct stat info {};
  if (::stat(file.c_str(), &info) != 0) throw system_failure("cannot look at the state file", file);
  if (!S_ISREG(info.st_mode)) throw refused(file, "it is not a regular file");
  if (info.st_size == 0)
    throw refused(file, "it is empty; something has cut it off (a full disk, a lost power supply)");
  if ((info.st_mode & 077) != 0 && ::chmod(file.c_str(), 0600) != 0) {
    throw system_failure("others may read the state file, and it cannot be changed to mode 0600:", file);
  }
}

void check_content(sqlite3* handle, const fs::path& file) {
  if (pragma(handle, "PRAGMA application_id") != kApplicationId) {
    throw refused(file, "it is an SQLite file, but not one of sluice");
  }
  const int64_t version = pragma(handle, "PRAGMA user_version");
  if (version != kSchemaVersion) {
    throw refused(
        file, "its format is " + std::to_string(version) + ", this program knows " + std::to_string(kSchemaVersion));
  }
  Statement check(handle, "PRAGMA integrity_check(1)");
  const std::string verdict = check.step() ? check.bytes(0) : "no answer";
  if (verdict != "ok") throw refused(file, "it is damaged: " + verdict);
  if (pragma(handle, "SELECT count(*) FROM meta") != 1) throw refused(file, "its revision is missing");
}

}  // namespace

void Statement::Close::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
void Database::Close::operator()(sqlite3* handle) const { sqlite3_close(handle); }

Statement::Statement(sqlite3* database, const char* sql) {
  sqlite3_stmt* raw = nullptr;
  const int code = sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  statement_.reset(raw);
  if (code != SQLITE_OK) throw failure(database, code, sql);
}

bool Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  sqlite3* database = sqlite3_db_handle(statement_.get());
  if (code != SQLITE_DONE) {
    const Failure error = failure(database, code, sqlite3_sql(statement_.get()));
    reset();
    throw error;
  }
  reset();
  return false;
}

void Statement::reset() { sqlite3_reset(statement_.get()); }

int64_t Statement::number(int column) const { return sqlite3_column_int64(statement_.get(), column); }

std::string Statement::bytes(int column) const {
  const void* data = sqlite3_column_blob(statement_.get(), column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
  return size == 0 ? std::string() : std::string(static_cast<const char*>(data), size);
}

void Statement::bind_one(int at, int64_t value) { sqlite3_bind_int64(statement_.get(), at, value); }

void Statement::bind_one(int at, std::string_view value) {
  // An empty blob needs a non-null pointer: null would bind NULL.
  const int code =
      sqlite3_bind_blob64(statement_.get(), at, value.empty() ? "" : value.data(), value.size(), SQLITE_STATIC);
  if (code != SQLITE_OK) {
    throw failure(sqlite3_db_handle(statement_.get()), code, "bind " + std::to_string(value.size()) + " bytes");
  }
}

Database::Database(const fs::path& given) {
  const fs::path file = fs::absolute(given);
  if (std::error_code error; !fs::exists(file, error)) create(file);
  check_file(file);
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  handle_.reset(raw);
  if (code != SQLITE_OK) throw failure(raw, code, "open the state file " + file.string());
  sqlite3_busy_timeout(raw, 1000);  // the process before us may be about to end
  try {
    exec("PRAGMA locking_mode=EXCLUSIVE");
    exec("PRAGMA journal_mode=WAL");
    exec("PRAGMA synchronous=FULL");
    exec("BEGIN IMMEDIATE; COMMIT");  // takes the lock for the life of the connection
    check_content(raw, file);
  } catch (const Failure& error) {
    switch (error.native() & 0xff) {
      case SQLITE_BUSY:
      case SQLITE_LOCKED:
        throw Failure("the state file " + file.string() + " is in use by another process")
            .native(error.native())
            .workaround("End the other sluiced (`fuser " + file.string() +
                        "` names it), or give this one another file.");
      case SQLITE_CORRUPT:
      case SQLITE_NOTADB: throw refused(file, error.message());
      default: throw;
    }
  }
}

void Database::exec(const char* sql) const { run(handle_.get(), sql); }

Transaction::~Transaction() {
  if (open_) sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
  database_.exec("COMMIT");
  open_ = false;
}

}  // namespace sluice::sqlite_store
