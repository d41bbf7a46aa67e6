#include "core/units/sync/ddl_applier.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <set>
#include <thread>
#include <utility>

#include "core/plugin/log.hpp"
#include "core/rules/filter_chain.hpp"
#include "core/sql/events.hpp"
#include "core/units/sync/ddl_piece.hpp"

namespace sluice::units::sync {
namespace {

sluice_str str(const std::string& s) { return {s.empty() ? "" : s.data(), s.size()}; }

// Errors that say that the effect is there already (behaviour.md 12.3); a statement of several clauses is then
// executed clause by clause, since the others may not be.
bool says_done(int native) {
  constexpr std::array kDone = {1007, 1008, 1049, 1050, 1051, 1054, 1060, 1061, 1068, 1091, 1146, 1176, 1507, 1517};
  return std::find(kDone.begin(), kDone.end(), native) != kDone.end();
}

std::string shortened(const std::string& sql) { return sql.size() <= 1024 ? sql : sql.substr(0, 1024) + " ..."; }

}  // namespace

DdlApplier::DdlApplier(const SyncOptions& options, const rules::Selection& selection, const rules::Router& router,
                       schema::Tracker& tracker, Counters& counters, DdlHooks hooks)
    : options_(options),
      selection_(selection),
      router_(router),
      tracker_(tracker),
      counters_(counters),
      hooks_(std::move(hooks)),
      session_(options.sink),
      charsets_(options.source.endpoint, tracker, options.canceller) {}

Result<std::string> DdlApplier::not_wanted(const DdlEvent& event, const sql::Clause& clause) {
  if (rules::is_system_schema(clause.schema)) return std::string("system schema");
  if (clause.table.empty()) return std::string(selection_.schema(clause.schema) ? "" : "schema not selected");
  const bool selected = selection_.table(clause.schema, clause.table);
  for (const sql::OtherTable& other : clause.others) {
    if (other.role != sql::OtherRole::RenameTo) continue;
    const bool new_selected = selection_.table(other.schema, other.table);
    if (new_selected == selected) continue;
    if (new_selected) {
      Error error = make_error(36068,
                               "a table that is not selected is renamed to one that is: `" + clause.schema + "`.`" +
                                   clause.table + "` to `" + other.schema + "`.`" + other.table +
                                   "`, whose rows the target does not have",
                               {},
                               "select both names in the task, or bring the target table in line by hand and "
                               "ignore the statement with a filter rule");
      error.statement = shortened(event.sql);
      return error;
    }
    log::warn("a selected table is renamed to a name that is not selected; the target table stays as it is",
              {{"source", options_.source.name}, {"statement", shortened(event.sql)}});
    return std::string("renamed to a table not selected");
  }
  return std::string(selected ? "" : "table not selected");
}

Result<std::string> DdlApplier::filter_rule(const DdlEvent& event, const sql::Clause& clause) {
  const std::vector<std::string> names = sql::event_names(clause, tracker_.lookup());
  auto decision = options_.filters->decide_statement({clause.schema, clause.table, names, event.sql});
  if (!decision.ok()) return decision.status();
  return decision.value().ignore ? std::move(decision.value().rule) : std::string();
}

Result<DdlApplier::Piece> DdlApplier::piece_of(const sql::Clause& clause, const RowLocation& place) const {
  Piece piece{{&clause}, place, {}, {}};
  if (clause.table.empty()) {
    auto target = router_.route_schema(clause.schema);
    if (!target.ok()) return target.status();
    piece.target_schema = target.value();
  } else {
    auto target = router_.route(clause.schema, clause.table);
    if (!target.ok()) return target.status();
    std::tie(piece.target_schema, piece.target_table) = target.value();
  }
  return piece;
}

Result<std::vector<DdlApplier::Piece>> DdlApplier::plan(const DdlEvent& event, sql::Statement& statement) {
  std::vector<Piece> pieces;
  RowLocation place = event.place;
  for (const sql::Clause& clause : statement.clauses) {
    const RowLocation here = place;
    ++place.ordinal;
    counters_.read(1);
    if (clause.temporary) {
      counters_.filtered("temporary table", 1);
      continue;
    }
    auto reason = not_wanted(event, clause);
    if (!reason.ok()) return reason.status();
    if (reason.value().empty()) {
      reason = filter_rule(event, clause);
      if (!reason.ok()) return reason.status();
    }
    if (!reason.value().empty()) {
      counters_.filtered(reason.value(), 1);
      continue;
    }
    if (!clause.table.empty() && hooks_.loaded_later(clause.schema, clause.table, here)) {
      counters_.applied(1);
      continue;
    }
    if (!options_.task.shard_mode.empty()) {
      Error error = make_error(36068,
                               "DDL in a task with shard_mode " + options_.task.shard_mode +
                                   " is not supported yet: rows of merged shards are migrated, their structure "
                                   "changes are not coordinated",
                               {},
                               "apply the statement to the target by hand and ignore it with a filter rule, or leave "
                               "shard_mode out so that each statement is executed as it is met");
      error.statement = shortened(event.sql);
      return error;
    }
    // Clauses of one ALTER TABLE stay one statement: DROP a, ADD a only works together.
    const bool joins = statement.kind == sql::StatementKind::AlterTable && !pieces.empty();
    if (joins) {
      pieces.back().clauses.push_back(&clause);
      pieces.back().place = here;
      continue;
    }
    auto piece = piece_of(clause, here);
    if (!piece.ok()) return piece.status();
    pieces.push_back(std::move(piece.value()));
  }
  return pieces;
}

Status DdlApplier::send(const DdlEvent& event, const Piece& piece, const std::string& sql, bool tolerate, bool last) {
  const std::string place = piece.place.to_string();
  const sluice_mark mark{{kDdlScope, 3}, {kDdlKey, 4}, {nullptr, 0}, str(place)};
  sluice_statement out{};
  out.struct_size = sizeof(out);
  out.flags = SLUICE_STATEMENT_HAS_SQL_MODE | (tolerate ? SLUICE_STATEMENT_TOLERATE_DONE : 0) |
              (options_.task.target.foreign_key_checks == "1" ? 0 : SLUICE_STATEMENT_NO_FK_CHECKS);
  out.sql = str(sql);
  // Names are qualified in full; a default schema that is about to be made or dropped would only be in the way.
  out.schema = {"", 0};
  out.table = str(piece.target_table);
  out.time_zone = str(event.time_zone);
  out.sql_mode = event.sql_mode;
  out.timestamp_us = event.timestamp_us;
  if (last && session_.holds_marks()) {
    out.marks = &mark;
    out.mark_count = 1;
  }
  for (int attempt = 0;; ++attempt) {
    Status status = session_.execute(out);
    if (status.ok()) return status;
    if (!status.error().retryable || attempt >= 4) return status;
    // Whether a statement whose connection was lost has been executed shows when it is sent again.
    if ((session_.last_flags() & SLUICE_ERROR_OUTCOME_UNKNOWN) != 0) out.flags |= SLUICE_STATEMENT_TOLERATE_DONE;
    std::this_thread::sleep_for(std::chrono::milliseconds(100 << attempt));
  }
}

Status DdlApplier::execute(const DdlEvent& event, const Piece& piece) {
  Status routing;
  const sql::NameMap names = [&](const std::string& schema, const std::string& table) {
    if (table.empty()) {
      auto target = router_.route_schema(schema);
      if (target.ok()) return std::make_pair(target.value(), std::string());
      routing = target.status();
    } else {
      auto target = router_.route(schema, table);
      if (target.ok()) return target.value();
      routing = target.status();
    }
    return std::make_pair(schema, table);
  };
  const sql::RenderOptions render{options_.target_mariadb};
  const bool several = piece.clauses.size() > 1;
  const std::string sql = sql::render(piece.clauses, names, render);
  if (!routing.ok()) return routing;
  log::info("executing DDL",
            {{"task", options_.task.name}, {"source", options_.source.name}, {"statement", shortened(sql)}});
  Status status = send(event, piece, sql, !several, true);
  if (!status.ok() && several && says_done(status.error().native)) {
    status = Status();
    for (size_t i = 0; i < piece.clauses.size() && status.ok(); ++i) {
      status = send(event, piece, sql::render(*piece.clauses[i], names, render), true, i + 1 == piece.clauses.size());
    }
  }
  if (!status.ok()) {
    status.error().statement = shortened(sql);
    status.error().table = piece.target_schema + "." + piece.target_table;
    if (status.error().workaround.empty()) {
      status.error().workaround =
          "change the target so that the statement can be executed, or ignore the statement with "
          "a filter rule, then start the task again";
    }
  }
  return status;
}

Result<DdlOutcome> DdlApplier::unreadable(const DdlEvent& event, Error error) {
  counters_.read(1);
  const bool selected = event.schema.empty() || selection_.schema(event.schema);
  if (!selected) {
    counters_.filtered("schema not selected", 1);
    return DdlOutcome{};
  }
  sql::Clause whole;
  whole.schema = event.schema;
  auto rule = filter_rule(event, whole);
  if (!rule.ok()) return rule.status();
  if (!rule.value().empty()) {
    counters_.filtered(rule.value(), 1);
    return DdlOutcome{};
  }
  error.statement = shortened(event.sql);
  if (error.workaround.empty()) {
    error.workaround = "apply the statement to the target by hand and ignore it with an ignore_sql rule";
  }
  return error;
}

Status DdlApplier::load_missing(const sql::Statement& statement) {
  for (const auto& [schema, table] : tracker_.missing(statement)) {
    if (!selection_.table(schema, table)) continue;
    auto info = hooks_.load(schema, table);
    if (!info.ok()) return info.status();
    if (info.value()) tracker_.set(info.value());
  }
  return {};
}

void DdlApplier::track(const DdlEvent& event, const sql::Statement& statement, bool replayed) {
  const sql::Clause& first = statement.clauses.front();
  if (!first.table.empty() && hooks_.loaded_later(first.schema, first.table, event.place)) return;
  Status status = tracker_.apply(statement);
  if (status.ok()) return;
  // The structure that was known is not the one before the statement: after a crash it may have been read back from
  // the target when the statement had been executed already. It is read again when the table is met.
  if (!replayed) {
    log::warn(
        "the tracked structure did not fit a statement and is read again",
        {{"source", options_.source.name}, {"statement", shortened(event.sql)}, {"error", status.error().one_line()}});
  }
  for (const sql::Clause& clause : statement.clauses) {
    tracker_.forget(clause.schema, clause.table);
    for (const sql::OtherTable& other : clause.others) {
      if (other.role == sql::OtherRole::RenameTo) tracker_.forget(other.schema, other.table);
    }
  }
}

sql::ParseOptions DdlApplier::parse_options(const DdlEvent& event) {
  sql::ParseOptions options;
  options.sql_mode = event.sql_mode;
  options.default_schema = event.schema;
  options.dialect = event.dialect;
  return options;
}

/// What a CREATE TABLE leaves unsaid comes from the schema of the table, which need not be the default schema.
Result<sql::Statement> DdlApplier::parse(const DdlEvent& event) {
  sql::ParseOptions options = parse_options(event);
  auto parsed = sql::parse_ddl(event.sql, options);
  if (!parsed.ok()) return parsed;
  const sql::Clause& first = parsed.value().clauses.front();
  if (first.statement != sql::StatementKind::CreateTable || !selection_.table(first.schema, first.table)) return parsed;
  if (Status status = charsets_.know(first.schema); !status.ok()) return status;
  std::tie(options.default_charset, options.default_collation) = tracker_.schema_charset(first.schema);
  return sql::parse_ddl(event.sql, options);
}

Status DdlApplier::note_schemas(const DdlEvent& event, const sql::Statement& statement) {
  for (const sql::Clause& clause : statement.clauses) {
    const bool unsaid = clause.charset.empty() && clause.collation.empty();
    if (clause.statement != sql::StatementKind::CreateDatabase || !unsaid || !selection_.schema(clause.schema))
      continue;
    // IF NOT EXISTS may have found one that was there before.
    Status status =
        clause.if_not_exists ? charsets_.know(clause.schema) : charsets_.created(clause.schema, event.server_collation);
    if (!status.ok()) return status;
  }
  return {};
}

std::set<std::pair<std::string, std::string>> DdlApplier::tables_of(const DdlEvent& event,
                                                                    const sql::Statement& statement) const {
  std::set<std::pair<std::string, std::string>> tables;
  for (const sql::Clause& clause : statement.clauses) {
    if (!clause.table.empty() && hooks_.loaded_later(clause.schema, clause.table, event.place)) continue;
    if (!clause.table.empty() && selection_.table(clause.schema, clause.table))
      tables.emplace(clause.schema, clause.table);
    for (const sql::OtherTable& other : clause.others) {
      if (other.role == sql::OtherRole::RenameTo && selection_.table(other.schema, other.table)) {
        tables.emplace(other.schema, other.table);
      }
    }
  }
  return tables;
}

Result<DdlOutcome> DdlApplier::apply(const DdlEvent& event) {
  auto parsed = parse(event);
  // The source could not be asked: that says nothing about the statement.
  if (!parsed.ok() && parsed.error().retryable) return parsed.status();
  if (const StoredHandling* asked = hooks_.handlings->find(event.place)) {
    return apply_handled(event, *asked, std::move(parsed));
  }
  if (!parsed.ok()) return unreadable(event, std::move(parsed.error()));
  sql::Statement& statement = parsed.value();

  RowLocation last = event.place;
  last.ordinal += statement.clauses.size() - 1;
  const bool replayed = done_ && last.compare(*done_) <= 0;
  // Before planning: what kind of change a MODIFY COLUMN is depends on the column as it was.
  if (!replayed) {
    if (Status status = load_missing(statement); !status.ok()) return status;
  }
  auto planned = plan(event, statement);
  if (!planned.ok()) return planned.status();
  const std::set<std::pair<std::string, std::string>> tables = tables_of(event, statement);
  DdlOutcome outcome;
  // Also for a statement that is only tracked: the checkpoint that follows must not stand before it.
  if (!planned.value().empty() || !tables.empty()) {
    outcome.executed = true;
    if (Status status = hooks_.barrier(); !status.ok()) return status;
  }
  if (!planned.value().empty() && !replayed) {
    if (Status status = hooks_.keep(tables); !status.ok()) return status;
  }
  for (const Piece& piece : planned.value()) {
    if (!done_ || piece.place.compare(*done_) > 0) {
      if (Status status = execute(event, piece); !status.ok()) return status;
    }
    counters_.applied(piece.clauses.size());
    counters_.ddl.fetch_add(piece.clauses.size(), std::memory_order_relaxed);
  }
  track(event, statement, replayed);
  if (Status status = note_schemas(event, statement); !status.ok()) return status;
  outcome.tables.assign(tables.begin(), tables.end());
  return outcome;
}

}  // namespace sluice::units::sync
