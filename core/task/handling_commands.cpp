#include "core/task/handling_commands.hpp"

#include <algorithm>

#include "core/model/json_reader.hpp"
#include "core/model/status_json.hpp"
#include "core/model/utc_text.hpp"
#include "core/plugin/log.hpp"
#include "core/sql/statement.hpp"
#include "core/task/command_session.hpp"
#include "core/units/sync/error_handling.hpp"

namespace sluice::task {
namespace {

using model::Json;
using units::Mark;
using units::sync::StoredHandling;
namespace sync = units::sync;

/// What a request says; the place where the subtask stopped is told by its error.
struct Asked {
  std::string action;
  std::vector<std::string> sqls;
  std::optional<std::string> binlog_name;
  std::optional<int64_t> binlog_pos;
  std::optional<std::string> binlog_gtid;
};

Result<Asked> read_asked(const Json& arguments) {
  model::JsonReader reader(arguments, "");
  Asked out;
  out.action = reader.required_text("action");
  out.sqls = reader.texts("sqls").value_or(std::vector<std::string>{});
  out.binlog_name = reader.text("binlog_name");
  out.binlog_pos = reader.integer("binlog_pos", 0, INT64_MAX);
  out.binlog_gtid = reader.text("binlog_gtid");
  if (!reader.ok()) return reader.status();
  return out;
}

std::string place_of(const Error& error) {
  std::string out = "(" + error.binlog_name + ", " + std::to_string(error.binlog_pos) + ")";
  return error.gtid.empty() ? out : out + ", GTID " + error.gtid;
}

Status stopped_at(const Asked& asked, const model::SubtaskStatus& status, Error& out) {
  const auto at = std::find_if(status.errors.begin(), status.errors.end(),
                               [](const Error& e) { return !e.event.empty() && !e.binlog_name.empty(); });
  if (at == status.errors.end()) {
    return make_error(49001, "task " + status.task + " is not stopped at a statement of source " + status.source, {},
                      "Only a statement that failed can be skipped or replaced: look at the errors in its status.");
  }
  const bool elsewhere = (asked.binlog_name && *asked.binlog_name != at->binlog_name) ||
                         (asked.binlog_pos && static_cast<uint64_t>(*asked.binlog_pos) != at->binlog_pos) ||
                         (asked.binlog_gtid && *asked.binlog_gtid != at->gtid);
  if (elsewhere) {
    return make_error(49001, "the request is for another place than that where the subtask stopped: " + place_of(*at),
                      {}, "Look at the status again; a request that names no place is for where the subtask stopped.");
  }
  if (at->event != "ddl" && asked.action != "skip") {
    return make_error(49001, "the subtask stopped at a change of rows, which can be skipped but not replaced", {},
                      "Repair the rows in the target by hand, then skip the statement.");
  }
  out = *at;
  return {};
}

/// Everything that can be known to be wrong before it is executed.
Status check_sqls(const Asked& asked, const SubtaskConfig& config, const units::full::TableRules& rules) {
  for (const std::string& text : asked.sqls) {
    sql::ParseOptions options;
    options.dialect = config.source.flavor == "mariadb" ? sql::Dialect::MariaDb : sql::Dialect::MySql;
    auto statement = sql::parse_ddl(text, options);
    if (!statement.ok()) return statement.status();
    for (const sql::Clause& clause : statement->clauses) {
      if (clause.schema.empty()) {
        return make_error(49001, "the statement names a table without its schema: " + text, {},
                          "Write tables as `schema`.`table`, with the names they have at the source.");
      }
      const bool ours = clause.table.empty() ? rules.selection.schema(clause.schema)
                                             : rules.selection.table(clause.schema, clause.table);
      if (!ours) {
        return make_error(44015, "the task does not migrate what the statement changes: " + text, {},
                          "Write tables with the names they have at the source; they are routed as the task says.");
      }
    }
  }
  return {};
}

Result<std::vector<StoredHandling>> read_pending(CommandSession& session) {
  auto rows = session.rows();
  if (!rows.ok()) return rows.status();
  units::BinlogLocation checkpoint;
  for (const auto& row : *rows) {
    if (row.is_global) checkpoint = row.location;
  }
  auto marks = session.checkpoints().marks(sync::kHandlingScope);
  if (!marks.ok()) return marks.status();
  return sync::pending_handlings(*marks, checkpoint);
}

Json list_json(const std::vector<StoredHandling>& all) {
  Json out = Json::array();
  for (const StoredHandling& stored : all) out.push(model::write_handling(stored.handling));
  return out;
}

void tell(const CommandContext& context, const std::vector<StoredHandling>& all) {
  std::vector<model::ErrorHandling> handlings;
  for (const StoredHandling& stored : all) handlings.push_back(stored.handling);
  context.handlings(std::move(handlings));
}

/// How far the statement had been executed before anything was asked.
Result<std::string> ddl_mark(CommandSession& session) {
  auto marks = session.checkpoints().marks(sync::kDdlScope);
  if (!marks.ok()) return marks.status();
  const auto it = marks->find(sync::kDdlKey);
  return it == marks->end() ? std::string() : it->second;
}

bool same_place(const StoredHandling& stored, const Error& error) {
  return stored.handling.binlog_name == error.binlog_name && stored.handling.binlog_pos == error.binlog_pos;
}

}  // namespace

Result<Json> list_handlings(const Json& /*arguments*/, const CommandContext& context) {
  auto session = CommandSession::open(context);
  if (!session.ok()) return session.status();
  auto pending = read_pending(*session);
  if (!pending.ok()) return pending.status();
  return list_json(*pending);
}

Result<Json> set_handling(const Json& arguments, const CommandContext& context) {
  auto asked = read_asked(arguments);
  if (!asked.ok()) return asked.status();
  Error error;
  if (Status known = stopped_at(*asked, context.status, error); !known) return known;
  auto session = CommandSession::open(context);
  if (!session.ok()) return session.status();
  if (Status sqls = check_sqls(*asked, context.config, session->rules()); !sqls) return sqls;
  auto pending = read_pending(*session);
  if (!pending.ok()) return pending.status();
  const auto former = std::find_if(pending->begin(), pending->end(),
                                   [&](const StoredHandling& stored) { return same_place(stored, error); });
  auto before = former == pending->end() ? ddl_mark(*session) : Result<std::string>(former->ddl_mark);
  if (!before.ok()) return before.status();
  StoredHandling stored;
  stored.handling.action = asked->action;
  stored.handling.binlog_name = error.binlog_name;
  stored.handling.binlog_pos = error.binlog_pos;
  stored.handling.binlog_gtid = error.gtid;
  stored.handling.statement = error.statement;
  stored.handling.sqls = asked->sqls;
  stored.handling.requested_at = model::utc_text();
  stored.ddl_mark = *before;
  std::vector<Mark> marks{
      {sync::kHandlingScope, sync::handling_key(error.binlog_name, error.binlog_pos), sync::encode_handling(stored)}};
  // What an earlier request had got done says nothing about this one.
  if (former != pending->end()) marks.push_back({sync::kDdlScope, sync::kDdlKey, *before});
  if (context.trial) return Json();
  if (Status written = session->checkpoints().write({}, marks); !written) return written;
  if (former == pending->end()) {
    pending->push_back(stored);
  } else {
    *former = stored;
  }
  tell(context, *pending);
  log::info("a statement is to be handled on request", {{"task", context.config.task.name},
                                                        {"source", context.config.source.name},
                                                        {"action", asked->action},
                                                        {"place", place_of(error)},
                                                        {"statement", error.statement}});
  return model::write_handling(stored.handling);
}

Result<Json> revert_handlings(const Json& /*arguments*/, const CommandContext& context) {
  auto session = CommandSession::open(context);
  if (!session.ok()) return session.status();
  auto pending = read_pending(*session);
  if (!pending.ok()) return pending.status();
  if (pending->empty()) {
    return make_error(49001, "nothing that was asked for a statement of task " + context.config.task.name +
                                 " is pending on source " + context.config.source.name);
  }
  std::vector<Mark> marks;
  for (const StoredHandling& stored : *pending) {
    marks.push_back(
        {sync::kHandlingScope, sync::handling_key(stored.handling.binlog_name, stored.handling.binlog_pos), ""});
  }
  // The first one's: those behind it have not been met.
  marks.push_back({sync::kDdlScope, sync::kDdlKey, pending->front().ddl_mark});
  if (context.trial) return Json();
  if (Status written = session->checkpoints().write({}, marks); !written) return written;
  tell(context, {});
  log::info("requests to handle statements were taken back",
            {{"task", context.config.task.name}, {"source", context.config.source.name}});
  return list_json(*pending);
}

}  // namespace sluice::task
