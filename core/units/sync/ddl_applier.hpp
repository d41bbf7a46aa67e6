#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/binlog/events.hpp"
#include "core/model/error.hpp"
#include "core/rules/router.hpp"
#include "core/rules/selection.hpp"
#include "core/schema/tracker.hpp"
#include "core/sql/statement.hpp"
#include "core/units/sink_session.hpp"
#include "core/units/sync/counters.hpp"
#include "core/units/sync/error_handling.hpp"
#include "core/units/sync/row_location.hpp"
#include "core/units/sync/schema_charsets.hpp"
#include "core/units/sync/sync_options.hpp"
#include "core/units/sync/table_cache.hpp"

namespace sluice::units::sync {

/// A DDL statement of the stream, in UTF-8.
struct DdlEvent {
  std::string sql;
  std::string schema;  ///< default schema
  uint64_t sql_mode = 0;
  std::string time_zone;
  uint64_t timestamp_us = 0;
  RowLocation place;  ///< of the statement; its pieces count `ordinal` up from here
  sql::Dialect dialect = sql::Dialect::MySql;
  std::optional<uint16_t> server_collation;  ///< number of the session's collation_server
};

/// What the applier needs of the unit.
struct DdlHooks {
  std::function<Status()> barrier;  ///< everything read so far is in the target
  /// Structure of a table that the tracker does not know, as it is before the statement; null when there is none.
  std::function<Result<schema::TablePtr>(const std::string&, const std::string&)> load;
  /// True when the table was loaded at a later location than this: the statement is part of what was loaded.
  std::function<bool(const std::string& schema, const std::string& table, const RowLocation& at)> loaded_later;
  /// Writes the structures that the checkpoint does not have yet, as they are before the statement.
  std::function<Status(const std::set<std::pair<std::string, std::string>>& tables)> keep;
  Handlings* handlings = nullptr;  ///< what was asked for statements of this run; never null
};

/// What a statement did to the structures, for the checkpoint that follows it.
struct DdlOutcome {
  bool executed = false;  ///< something went to the target: the caller writes a checkpoint
  std::vector<std::pair<std::string, std::string>> tables;  ///< source tables whose structure may be new or gone
};

/// Executes the DDL of the stream: split, select, filter, route, barrier, execute, track (behaviour.md 12). One thread.
class DdlApplier {
 public:
  DdlApplier(const SyncOptions& options, const rules::Selection& selection, const rules::Router& router,
             schema::Tracker& tracker, Counters& counters, DdlHooks hooks);

  /// `done`: pieces at or before it had been executed before this run.
  void set_done(std::optional<RowLocation> done) { done_ = std::move(done); }
  Result<DdlOutcome> apply(const DdlEvent& event);
  /// The target session of the dispatching thread; structures are read over it too.
  SinkSession& session() { return session_; }

 private:
  struct Piece;
  static sql::ParseOptions parse_options(const DdlEvent& event);
  std::set<std::pair<std::string, std::string>> tables_of(const DdlEvent& event, const sql::Statement& statement) const;
  Result<Piece> piece_of(const sql::Clause& clause, const RowLocation& place) const;
  Result<std::vector<Piece>> plan(const DdlEvent& event, sql::Statement& statement);
  // ddl_handling.cpp
  Result<DdlOutcome> apply_handled(const DdlEvent& event, const StoredHandling& asked, Result<sql::Statement> parsed);
  Status execute_asked(const DdlEvent& event, const std::string& sql, RowLocation& place);
  Status execute_behind(const DdlEvent& event, sql::Statement& statement, const StoredHandling& asked,
                        const RowLocation& behind);
  Result<std::string> filter_rule(const DdlEvent& event, const sql::Clause& clause);
  Result<std::string> not_wanted(const DdlEvent& event, const sql::Clause& clause);
  Status execute(const DdlEvent& event, const Piece& piece);
  Status send(const DdlEvent& event, const Piece& piece, const std::string& sql, bool tolerate, bool last);
  Result<DdlOutcome> unreadable(const DdlEvent& event, Error error);
  Result<sql::Statement> parse(const DdlEvent& event);
  Status note_schemas(const DdlEvent& event, const sql::Statement& statement);
  Status load_missing(const sql::Statement& statement);
  void track(const DdlEvent& event, const sql::Statement& statement, bool replayed);

  const SyncOptions& options_;
  const rules::Selection& selection_;
  const rules::Router& router_;
  schema::Tracker& tracker_;
  Counters& counters_;
  DdlHooks hooks_;
  SinkSession session_;
  SchemaCharsets charsets_;
  std::optional<RowLocation> done_;
};

}  // namespace sluice::units::sync
