#include "core/units/full/snapshot.hpp"

#include <algorithm>
#include <thread>

#include "core/sql/quote.hpp"

namespace sluice::units::full {
namespace {

using upstream::Connection;

upstream::ConnectionOptions dump_options() {
  upstream::ConnectionOptions options;
  // The target may make the source wait while a batch is written.
  options.read_timeout = std::chrono::seconds(600);
  options.write_timeout = std::chrono::seconds(600);
  options.role = "dump";
  return options;
}

Result<Connection> open_session(const model::Endpoint& endpoint, const upstream::Canceller& canceller) {
  Result<Connection> session = Connection::open(endpoint, dump_options(), canceller);
  if (!session) return session;
  Status status =
      session->exec("SET SESSION time_zone = '+00:00', sql_mode = '', net_write_timeout = 86400, wait_timeout = 86400");
  // Raw bytes of the columns: a conversion could lose characters. Statements go on being utf8mb4.
  if (status) status = session->exec("SET SESSION character_set_results = NULL");
  if (status) status = session->exec("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ");
  if (!status) return status;
  // A limit for people's queries must not end a dump. One name is MySQL's, one MariaDB's: the other one fails.
  (void)session->exec("SET SESSION max_execution_time = 0");
  (void)session->exec("SET SESSION max_statement_time = 0");
  return session;
}

Error no_lock(const Error& cause, const std::string& what) {
  Error error = make_error(32004, "cannot get " + what + " for a consistent dump", cause.one_line(),
                           "Grant RELOAD (consistency flush) or LOCK TABLES (lock), end long statements on the source, "
                           "or set full_migrate_conf.consistency to another value.");
  error.native = cause.native;
  error.retryable = false;
  return error;
}

// The request blocks every writer while it waits for the statements that run. One of these may itself wait for a row
// that a blocked transaction holds, and then nothing moves: so the request gives way after a moment and comes again.
Status lock_everything(Connection& session) {
  constexpr int kLockWaitTimeout = 1205;
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  if (Status status = session.exec("SET SESSION lock_wait_timeout = 2"); !status) return status;
  for (;;) {
    const Status locked = session.exec("FLUSH TABLES WITH READ LOCK");
    if (locked) return {};
    const bool again = locked.error().native == kLockWaitTimeout && std::chrono::steady_clock::now() < give_up;
    if (!again) return no_lock(locked.error(), "the global read lock");
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
  }
}

Status lock_tables(Connection& session, std::vector<upstream::TableName> tables) {
  while (!tables.empty()) {
    std::string sql = "LOCK TABLES ";
    for (size_t i = 0; i < tables.size(); ++i) {
      sql += (i == 0 ? "" : ", ") + sql::quote_table(tables[i].schema, tables[i].table) + " READ";
    }
    const Status status = session.exec(sql);
    if (status.ok()) return {};
    if (status.error().native != 1146) return no_lock(status.error(), "the table locks");
    const auto gone = std::remove_if(tables.begin(), tables.end(), [&](const upstream::TableName& table) {
      return !upstream::show_create_table(session, table.schema, table.table).ok();
    });
    if (gone == tables.end()) return no_lock(status.error(), "the table locks");
    tables.erase(gone, tables.end());
  }
  return {};
}

Result<BinlogLocation> current_location(Connection& session, bool needs_binlog) {
  Result<upstream::BinlogStatus> status = upstream::binlog_status(session);
  if (!status && needs_binlog) return status.status();
  if (!status) return BinlogLocation();
  if (status->file.empty() && needs_binlog) {
    return make_error(11125, "the binary log of the source is off, and the task replicates it", "",
                      "Turn log_bin on at the source and restart it, or use task_mode full.");
  }
  return BinlogLocation{status->file, status->pos, status->executed_gtid_set};
}

Status begin_snapshots(Snapshot& out, bool tidb) {
  for (Connection& session : out.sessions) {
    Status status = tidb ? session.exec("SET SESSION tidb_snapshot = '" + std::to_string(out.location.pos) + "'")
                         : session.exec("START TRANSACTION WITH CONSISTENT SNAPSHOT");
    if (!status) return status;
  }
  return {};
}

std::string resolved(const std::string& consistency, const upstream::ServerInfo& server) {
  if (server.flavor == "tidb") return consistency == "none" ? "none" : "snapshot";
  return consistency.empty() || consistency == "auto" || consistency == "snapshot" ? "flush" : consistency;
}

// Opening tables while every writer of the source waits must end soon; what is left is read later, unprotected.
constexpr auto kLongestHold = std::chrono::seconds(2);
constexpr size_t kTablesPerStatement = 50;

std::string touch(const upstream::TableName& name) {
  return "(SELECT 1 FROM " + sql::quote_table(name.schema, name.table) + " LIMIT 0)";
}

// Makes the session's transaction hold the structures of the tables (their metadata locks): statements that change them
// wait until it ends. Returns those it holds; a table that cannot be opened is left out.
std::vector<upstream::TableName> hold_structures(Connection& session, const std::vector<upstream::TableName>& names) {
  std::vector<upstream::TableName> held;
  const auto end = std::chrono::steady_clock::now() + kLongestHold;
  for (size_t i = 0; i < names.size() && std::chrono::steady_clock::now() < end; i += kTablesPerStatement) {
    const size_t after = std::min(names.size(), i + kTablesPerStatement);
    std::string all;
    for (size_t k = i; k < after; ++k) all += (k == i ? "" : " UNION ALL ") + touch(names[k]);
    const bool together = session.exec(all).ok();
    for (size_t k = i; k < after && (together || std::chrono::steady_clock::now() < end); ++k) {
      if (together || session.exec(touch(names[k])).ok()) held.push_back(names[k]);
    }
  }
  return held;
}

// The tables of the task and their structures, as of the position: the first under the global lock, which is given back
// as soon as the structures cannot change, then the second. In a transaction of its own: MariaDB gives such locks back
// at its end only, and those of the snapshot last as long as the copy.
Status read_structures(Snapshot& out, Connection& control, const SelectTables& select) {
  Result<std::vector<upstream::TableName>> names = select(control);
  if (!names) return names.status();
  Status status = control.exec("SET SESSION lock_wait_timeout = 1");
  if (status) status = control.exec("START TRANSACTION");
  if (!status) return status;
  const std::vector<upstream::TableName> held = hold_structures(control, *names);
  if (status = control.exec("UNLOCK TABLES"); !status) return status;
  for (const upstream::TableName& name : held) {
    auto create = upstream::show_create_table(control, name.schema, name.table);
    if (create) out.structures.emplace(name, std::move(*create));
  }
  out.tables = std::move(*names);
  return control.exec("COMMIT");
}

// With the lock held (or none asked for): the position, then the snapshots, then the lock is given back.
// `select` may be empty: then structures are not read here.
Status fill(Snapshot& out, Connection& control, const std::string& how, const SelectTables& select, bool needs_binlog) {
  Result<BinlogLocation> location = current_location(control, needs_binlog);
  if (!location) return location.status();
  out.location = *location;
  if (Status status = begin_snapshots(out, how == "snapshot"); !status) return status;
  if (how == "none") {
    Result<BinlogLocation> later = current_location(control, needs_binlog);
    if (!later) return later.status();
    if (later->name != location->name || later->pos != location->pos) out.exit_safe = *later;
  }
  if (how != "flush") return {};
  return select ? read_structures(out, control, select) : control.exec("UNLOCK TABLES");
}

}  // namespace

Result<Snapshot> take_snapshot(const model::Endpoint& endpoint, const std::string& consistency, size_t sessions,
                               const SelectTables& select, bool needs_binlog, const upstream::Canceller& canceller) {
  Snapshot out;
  Result<Connection> control =
      open_session(endpoint, canceller);  // structures are read here: the same session settings
  if (!control) return control.status();
  Result<upstream::ServerInfo> server = upstream::server_info(*control);
  if (!server) return server.status();
  out.server = std::move(*server);
  // All sessions before the lock: it stops every writer of the source.
  for (size_t i = 0; i < std::max<size_t>(sessions, 1); ++i) {
    Result<Connection> session = open_session(endpoint, canceller);
    if (!session) return session.status();
    out.sessions.push_back(std::move(*session));
  }
  const std::string how = resolved(consistency, out.server);
  SelectTables under_lock = select;
  if (how == "flush") {
    // Once without the lock: listing the tables of very many schemas would stop the writers for too long.
    const auto began = std::chrono::steady_clock::now();
    if (auto listed = select(*control); !listed) return listed.status();
    if (std::chrono::steady_clock::now() - began > kLongestHold / 2) under_lock = nullptr;
  }
  if (how == "flush") {
    if (Status locked = lock_everything(*control); !locked) return locked;
  } else if (how == "lock") {
    auto names = select(out.sessions.front());
    if (!names) return names.status();
    if (Status locked = lock_tables(*control, std::move(*names)); !locked) return locked;
  }
  if (Status status = fill(out, *control, how, under_lock, needs_binlog); !status) return status;
  if (how == "lock") out.lock = std::move(*control);
  return out;
}

}  // namespace sluice::units::full
