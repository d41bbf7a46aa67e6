#include <algorithm>
#include <array>

#include "quote.hpp"
#include "writer.hpp"

namespace sluice::mysql {
namespace {

using plugin::Failure;

/// "The effect is there already": the object exists, or is gone (behaviour of DM's syncer).
constexpr std::array<int, 13> kDone = {1007 /* database exists */,
                                       1008 /* no such database to drop */,
                                       1050 /* table exists */,
                                       1051 /* unknown table */,
                                       1054 /* unknown column */,
                                       1060 /* column exists */,
                                       1061 /* key exists */,
                                       1068 /* primary key exists */,
                                       1091 /* no such column or key to drop */,
                                       1176 /* no such key */,
                                       1507 /* no such partition */,
                                       1508 /* last partition */,
                                       1517 /* partition exists */};

/// The bits of sql_mode that MySQL and MariaDB share. Left out: combinations (their parts have bits of their own)
/// and bits from 32 on, which the two use differently.
struct ModeBit {
  int bit;
  const char* name;
};
constexpr std::array<ModeBit, 26> kModes = {{{0, "REAL_AS_FLOAT"},
                                             {1, "PIPES_AS_CONCAT"},
                                             {2, "ANSI_QUOTES"},
                                             {3, "IGNORE_SPACE"},
                                             {5, "ONLY_FULL_GROUP_BY"},
                                             {6, "NO_UNSIGNED_SUBTRACTION"},
                                             {7, "NO_DIR_IN_CREATE"},
                                             {8, "POSTGRESQL"},
                                             {9, "ORACLE"},
                                             {10, "MSSQL"},
                                             {11, "DB2"},
                                             {12, "MAXDB"},
                                             {13, "NO_KEY_OPTIONS"},
                                             {14, "NO_TABLE_OPTIONS"},
                                             {15, "NO_FIELD_OPTIONS"},
                                             {19, "NO_AUTO_VALUE_ON_ZERO"},
                                             {20, "NO_BACKSLASH_ESCAPES"},
                                             {21, "STRICT_TRANS_TABLES"},
                                             {22, "STRICT_ALL_TABLES"},
                                             {23, "NO_ZERO_IN_DATE"},
                                             {24, "NO_ZERO_DATE"},
                                             {25, "ALLOW_INVALID_DATES"},
                                             {26, "ERROR_FOR_DIVISION_BY_ZERO"},
                                             {28, "NO_AUTO_CREATE_USER"},
                                             {29, "HIGH_NOT_PRECEDENCE"},
                                             {30, "NO_ENGINE_SUBSTITUTION"}}};

std::string mode_names(uint64_t bits) {
  std::string names;
  for (const ModeBit& mode : kModes) {
    if ((bits >> mode.bit & 1) == 0) continue;
    if (!names.empty()) names += ',';
    names += mode.name;
  }
  return names;
}

/// Seconds with six digits: DDL that fills columns from the clock sees the source's.
std::string timestamp_text(uint64_t micros) {
  const std::string fraction = std::to_string(micros % 1000000);
  return std::to_string(micros / 1000000) + "." + std::string(6 - fraction.size(), '0') + fraction;
}

/// Sets up the session for one statement and puts it back, whatever happened in between.
class DdlSession {
 public:
  DdlSession(Connection& connection, const Settings& settings, const plugin::Statement& statement)
      : connection_(connection), settings_(settings) {
    try {
      enter(statement);
    } catch (...) {
      leave();
      throw;
    }
  }
  DdlSession(const DdlSession&) = delete;
  DdlSession& operator=(const DdlSession&) = delete;
  ~DdlSession() { leave(); }

 private:
  void set(const std::string& sql, const std::string& back, const std::string& what) {
    connection_.execute(sql, what);
    undo_.push_back(back);
  }

  void enter(const plugin::Statement& statement) {
    if (!statement.schema().empty() && !statement.table().empty()) {
      connection_.execute("USE " + quoted_name(statement.schema()), "select the schema of a DDL");
    }
    if (!statement.time_zone().empty()) {
      set("SET SESSION time_zone=" + quoted_string(statement.time_zone(), connection_.backslash_escapes()),
          "SET SESSION time_zone='+00:00'", "set the time zone of a DDL");
    }
    if (statement.timestamp_us() != 0) {
      set("SET SESSION timestamp=" + timestamp_text(statement.timestamp_us()), "SET SESSION timestamp=DEFAULT",
          "set the time of a DDL");
    }
    if (statement.no_fk_checks() && settings_.foreign_key_checks) {
      set("SET SESSION foreign_key_checks=0", "SET SESSION foreign_key_checks=1", "set foreign_key_checks");
    }
    if (statement.has_sql_mode()) {
      restore_mode_ = true;
      set_sql_mode(connection_, mode_names(statement.sql_mode()));
    }
    if (!statement.charset().empty() && text_form(statement.charset()) != TextForm::kPlain) {
      set("SET character_set_client=" + introducer(statement.charset()).substr(1), "SET NAMES utf8mb4",
          "set the character set of a DDL");
    }
  }

  void leave() noexcept {
    plugin::guard_silent([this] {
      for (auto back = undo_.rbegin(); back != undo_.rend(); ++back) connection_.try_execute(*back);
      if (restore_mode_) set_sql_mode(connection_, session_sql_mode(settings_, true));
    });
  }

  Connection& connection_;
  const Settings& settings_;
  std::vector<std::string> undo_;
  bool restore_mode_ = false;
};

std::string shortened(std::string_view sql) {
  constexpr size_t kMost = 300;
  if (sql.size() <= kMost) return std::string(sql);
  size_t end = kMost;
  while (end > 0 && (static_cast<unsigned char>(sql[end]) & 0xC0u) == 0x80u) --end;
  return std::string(sql.substr(0, end)) + "...";
}

}  // namespace

void Writer::run_ddl(const plugin::Statement& statement) {
  set_strict(true);  // what the session goes back to
  const DdlSession session(*connection_, shared_.settings, statement);
  const unsigned error = connection_->try_execute(statement.sql());
  if (error == 0) return;
  const std::string text = connection_->last_error();
  const bool done = std::find(kDone.begin(), kDone.end(), static_cast<int>(error)) != kDone.end();
  if (done && statement.tolerate_done()) {
    const std::string number = std::to_string(error);
    shared_.log.warn("a DDL was taken as done: the target says that its effect is there already",
                     {{"error", number}, {"text", text}});
    return;
  }
  throw server_failure(error, text, "execute `" + shortened(statement.sql()) + "`")
      .outcome_unknown(is_connection_error(error));
}

void Writer::execute(const plugin::Statement& statement) {
  guarded([&] {
    need_marks(statement.marks());
    run_ddl(statement);
    ++shared_.structure_epoch;
    if (statement.marks().empty()) return;
    transaction(true, [&](Pipeline& pipeline) {
      shared_.metadata.append_marks(pipeline, statement.marks(), connection_->backslash_escapes());
    });
  });
}

}  // namespace sluice::mysql
