// A statement that somebody asked to skip, to replace, or to precede by others. The target gets what was asked for;
// the tracked structures follow what the source did, since its rows are read by them.
#include <utility>

#include "core/plugin/log.hpp"
#include "core/units/sync/ddl_applier.hpp"
#include "core/units/sync/ddl_piece.hpp"

namespace sluice::units::sync {
namespace {

bool is_done(const std::optional<RowLocation>& done, const RowLocation& place) {
  return done && place.compare(*done) <= 0;
}

}  // namespace

/// Routed and executed like a statement of the source, at `place` and the ordinals behind it; no filter is asked.
Status DdlApplier::execute_asked(const DdlEvent& event, const std::string& sql, RowLocation& place) {
  auto parsed = sql::parse_ddl(sql, parse_options(event));
  if (!parsed.ok()) return parsed.status();
  const bool one = parsed->kind == sql::StatementKind::AlterTable;
  std::vector<Piece> pieces;
  for (const sql::Clause& clause : parsed->clauses) {
    if (one && !pieces.empty()) {
      pieces.back().clauses.push_back(&clause);
      continue;
    }
    auto piece = piece_of(clause, place);
    if (!piece.ok()) return piece.status();
    pieces.push_back(std::move(*piece));
    ++place.ordinal;
  }
  for (const Piece& piece : pieces) {
    if (is_done(done_, piece.place)) continue;
    if (Status status = execute(event, piece); !status.ok()) return status;
  }
  return {};
}

/// The statement itself behind what was injected, but for what of it had been executed before.
Status DdlApplier::execute_behind(const DdlEvent& event, sql::Statement& statement, const StoredHandling& asked,
                                  const RowLocation& behind) {
  auto planned = plan(event, statement);
  if (!planned.ok()) return planned.status();
  const auto done_before = RowLocation::parse(asked.ddl_mark);
  for (Piece& piece : *planned) {
    const bool was_done = is_done(done_before, piece.place);
    piece.place.ordinal += behind.ordinal - event.place.ordinal;
    if (!was_done && !is_done(done_, piece.place)) {
      if (Status status = execute(event, piece); !status.ok()) return status;
    }
    counters_.applied(piece.clauses.size());
  }
  return {};
}

Result<DdlOutcome> DdlApplier::apply_handled(const DdlEvent& event, const StoredHandling& asked,
                                             Result<sql::Statement> parsed) {
  const model::ErrorHandling& handling = asked.handling;
  const bool inject = handling.action == "inject";
  if (inject && !parsed.ok()) return unreadable(event, std::move(parsed.error()));
  if (Status status = hooks_.barrier(); !status.ok()) return status;
  std::set<std::pair<std::string, std::string>> tables;
  if (parsed.ok()) {
    if (Status status = load_missing(*parsed); !status.ok()) return status;
    tables = tables_of(event, *parsed);
    if (Status status = hooks_.keep(tables); !status.ok()) return status;
  }
  RowLocation place = event.place;
  place.ordinal += kHandledOrdinal;
  for (size_t i = 0; i < handling.sqls.size(); ++i) {
    Status status = execute_asked(event, handling.sqls[i], place);
    if (!status.ok())
      return std::move(status).with("statement " + std::to_string(i + 1) + " given to " + handling.action);
  }
  if (inject) {
    if (Status status = execute_behind(event, *parsed, asked, place); !status.ok()) return status;
  } else {
    const uint64_t clauses = parsed.ok() ? parsed->clauses.size() : 1;
    counters_.read(clauses);
    counters_.filtered(handling.action == "skip" ? kSkippedRule : kReplacedRule, clauses);
  }
  if (parsed.ok()) {
    track(event, *parsed, false);
    if (Status status = note_schemas(event, *parsed); !status.ok()) return status;
  } else {
    log::warn("a statement that cannot be read was handled on request: the tracked structures do not follow it",
              {{"source", options_.source.name}, {"statement", handling.statement}});
  }
  log::info("statement handled on request", {{"task", options_.task.name},
                                             {"source", options_.source.name},
                                             {"action", handling.action},
                                             {"binlog_name", handling.binlog_name},
                                             {"binlog_pos", std::to_string(handling.binlog_pos)},
                                             {"statement", handling.statement}});
  hooks_.handlings->applied(event.place);
  DdlOutcome outcome;
  outcome.executed = true;
  outcome.tables.assign(tables.begin(), tables.end());
  return outcome;
}

}  // namespace sluice::units::sync
