#include "core/task/structure_commands.hpp"

#include <algorithm>
#include <cctype>
#include <set>

#include "core/model/json_reader.hpp"
#include "core/plugin/log.hpp"
#include "core/rules/pattern.hpp"
#include "core/schema/table_json.hpp"
#include "core/sql/table_def.hpp"
#include "core/task/command_session.hpp"

namespace sluice::task {
namespace {

using model::Json;
using units::CheckpointRow;

struct TableName {
  std::string schema;
  std::string table;
};

Result<TableName> table_of(const Json& arguments) {
  model::JsonReader reader(arguments, "");
  TableName out{reader.required_text("schema"), reader.required_text("table")};
  if (!reader.ok()) return reader.status();
  return out;
}

bool same_name(const std::string& a, const std::string& b, const model::Source& source) {
  return source.case_sensitive ? a == b : sql::to_lower(a) == sql::to_lower(b);
}

bool tracked(const CheckpointRow& row) {
  return !row.is_global && !row.table_info.empty() && row.table_info != "null" && row.table_info != "{}";
}

/// A source that hangs is told of before the caller gives up waiting.
Result<upstream::Connection> connect_to_source(const CommandContext& context) {
  upstream::ConnectionOptions options;
  options.read_timeout = std::chrono::seconds(15);
  options.role = "command";
  return upstream::Connection::open(context.config.source.endpoint, options, context.canceller);
}

/// The row of a table; a new one when there is none.
CheckpointRow row_of(const std::vector<CheckpointRow>& rows, const TableName& name, const model::Source& source) {
  for (const CheckpointRow& row : rows) {
    if (!row.is_global && same_name(row.schema, name.schema, source) && same_name(row.table, name.table, source)) {
      return row;
    }
  }
  CheckpointRow out;
  out.schema = name.schema;
  out.table = name.table;
  return out;
}

Error not_tracked(const TableName& name, const std::string& why) {
  Error error = make_error(44015, "table `" + name.schema + "`.`" + name.table + "` is not tracked: " + why, {},
                           "Look at GET .../schemas for the tables that the subtask tracks.");
  error.table = name.schema + "." + name.table;
  return error;
}

Status check_selected(const CommandSession& session, const TableName& name) {
  if (session.rules().selection.table(name.schema, name.table)) return {};
  return not_tracked(name, "the task does not migrate it");
}

bool begins_with_create(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \t\r\n(");
  return begin != std::string::npos && sql::to_lower(text.substr(begin, 6)) == "create";
}

/// Character sets that the text leaves out are those of the source's schema; unknown while the source is away.
Result<schema::TablePtr> structure_from_text(const std::string& text, const TableName& name,
                                             const CommandContext& context) {
  const SubtaskConfig& config = context.config;
  units::full::SourceTable table;
  table.schema = name.schema;
  table.table = name.table;
  table.create_sql = text;
  table.mariadb = config.source.flavor == "mariadb";
  auto connection = connect_to_source(context);
  const Status known = connection.ok() ? units::full::read_defaults(*connection, table) : connection.status();
  if (!known.ok()) {
    log::warn("the source's default character sets are not known for a structure that was set",
              {{"task", config.task.name}, {"source", config.source.name}, {"error", known.error().one_line()}});
  }
  auto parsed = units::full::parse_structure(table);
  if (!parsed.ok() && parsed.error().code == 44008 && !begins_with_create(text)) {
    return make_error(44009, "expected a CREATE TABLE statement", parsed.error().message);
  }
  return parsed;
}

Result<schema::TablePtr> structure_from_source(const TableName& name, const CommandContext& context) {
  auto connection = connect_to_source(context);
  if (!connection.ok()) return connection.status();
  auto server = upstream::server_variables(*connection);
  if (!server.ok()) return server.status();
  auto described = units::full::describe_table(*connection, *server, {name.schema, name.table});
  if (!described.ok() && described.error().native == 1146) {
    return make_error(44005, "the source has no table `" + name.schema + "`.`" + name.table + "`",
                      described.error().message);
  }
  if (!described.ok()) return described.status();
  return std::move(described->info);
}

Result<schema::TablePtr> structure_from_target(CommandSession& session, const TableName& name) {
  auto found = session.target_structure(name.schema, name.table);
  if (!found.ok() || *found) return found;
  return make_error(44007, "the target has no table for `" + name.schema + "`.`" + name.table + "`");
}

Result<rules::Pattern> pattern_of(model::JsonReader& reader, const char* name) {
  const std::string text = reader.text(name).value_or("");
  auto pattern = rules::Pattern::compile(text.empty() ? "*" : "~" + text, true);
  if (pattern.ok()) return pattern;
  return make_error(49001, std::string(name) + " is not a regular expression: " + text, pattern.error().message);
}

Json target_json(const upstream::TableName& name, const std::pair<std::string, std::string>& target) {
  Json out = Json::object();
  out.set("source_schema", name.schema).set("source_table", name.table);
  return out.set("target_schema", target.first).set("target_table", target.second);
}

}  // namespace

Result<Json> migrate_targets(const Json& arguments, const CommandContext& context) {
  model::JsonReader reader(arguments, "");
  auto schemas = pattern_of(reader, "schema_pattern");
  if (!schemas.ok()) return schemas.status();
  auto tables = pattern_of(reader, "table_pattern");
  if (!tables.ok()) return tables.status();
  if (!reader.ok()) return reader.status();
  auto rules = units::full::TableRules::build(context.config.task, context.config.source);
  if (!rules.ok()) return rules.status();
  auto connection = connect_to_source(context);
  if (!connection.ok()) return connection.status();
  auto names = units::full::selected_tables(*connection, *rules);
  if (!names.ok()) return names.status();
  Json out = Json::array();
  for (const upstream::TableName& name : *names) {
    if (!schemas->matches(name.schema) || !tables->matches(name.table)) continue;
    auto target = rules->router.route(name.schema, name.table);
    if (!target.ok()) return target.status();
    out.push(target_json(name, *target));
  }
  return out;
}

Result<Json> tracked_schemas(const CommandContext& context) {
  auto session = CommandSession::open(context);
  if (!session.ok()) return session.status();
  auto rows = session->rows();
  if (!rows.ok()) return rows.status();
  std::set<std::string> names;
  for (const CheckpointRow& row : *rows) {
    if (tracked(row)) names.insert(row.schema);
  }
  return Json(std::vector<std::string>(names.begin(), names.end()));
}

Result<Json> tracked_tables(const Json& arguments, const CommandContext& context) {
  model::JsonReader reader(arguments, "");
  const std::string schema = reader.required_text("schema");
  if (!reader.ok()) return reader.status();
  auto session = CommandSession::open(context);
  if (!session.ok()) return session.status();
  auto rows = session->rows();
  if (!rows.ok()) return rows.status();
  std::set<std::string> names;
  for (const CheckpointRow& row : *rows) {
    if (tracked(row) && same_name(row.schema, schema, context.config.source)) names.insert(row.table);
  }
  if (!names.empty()) return Json(std::vector<std::string>(names.begin(), names.end()));
  return make_error(44005, "schema `" + schema + "` is not tracked by task " + context.config.task.name, {},
                    "Look at GET .../schemas for the schemas that the subtask tracks.");
}

Result<Json> get_structure(const Json& arguments, const CommandContext& context) {
  auto name = table_of(arguments);
  if (!name.ok()) return name.status();
  auto session = CommandSession::open(context);
  if (!session.ok()) return session.status();
  if (Status selected = check_selected(*session, *name); !selected) return selected;
  auto rows = session->rows();
  if (!rows.ok()) return rows.status();
  const CheckpointRow row = row_of(*rows, *name, context.config.source);
  auto info = tracked(row) ? schema::table_from_json(row.table_info)
                           : session->target_structure(name->schema, name->table);  // as sync does when it meets it
  if (!info.ok()) return info.status();
  if (!*info) return not_tracked(*name, "no statement or row change of it was met, and the target has no such table");
  schema::TableInfo named = **info;
  named.schema = row.schema;
  named.name = row.table;
  Json out = Json::object().set("schema_name", row.schema).set("table_name", row.table);
  return out.set("schema_create_sql", schema::to_create_sql(named));
}

Result<Json> set_structure(const Json& arguments, const CommandContext& context) {
  auto name = table_of(arguments);
  if (!name.ok()) return name.status();
  model::JsonReader reader(arguments, "");
  const std::string from = reader.text("schema_source").value_or("sql");
  const std::string text = reader.text("sql_content").value_or("");
  if (!reader.ok()) return reader.status();
  auto session = CommandSession::open(context);
  if (!session.ok()) return session.status();
  if (Status selected = check_selected(*session, *name); !selected) return selected;
  auto found = from == "upstream"     ? structure_from_source(*name, context)
               : from == "downstream" ? structure_from_target(*session, *name)
                                      : structure_from_text(text, *name, context);
  if (!found.ok()) return found.status();
  auto rows = session->rows();
  if (!rows.ok()) return rows.status();
  CheckpointRow row = row_of(*rows, *name, context.config.source);
  schema::TableInfo info = **found;
  info.schema = row.schema;
  info.name = row.table;
  row.table_info = schema::to_json(info);
  if (context.trial) return Json();
  if (Status written = session->checkpoints().write({&row, 1}, {}); !written) return written;
  log::info("structure of a table was set", {{"task", context.config.task.name},
                                             {"source", context.config.source.name},
                                             {"table", row.schema + "." + row.table},
                                             {"from", from},
                                             {"structure", schema::to_create_sql(info)}});
  return Json();
}

Result<Json> forget_structure(const Json& arguments, const CommandContext& context) {
  auto name = table_of(arguments);
  if (!name.ok()) return name.status();
  auto session = CommandSession::open(context);
  if (!session.ok()) return session.status();
  auto rows = session->rows();
  if (!rows.ok()) return rows.status();
  CheckpointRow row = row_of(*rows, *name, context.config.source);
  if (!tracked(row) || context.trial) return Json();
  // Up to where the table is in the target already is not part of its structure.
  row.table_info = "null";
  Status done = row.location.empty() ? session->checkpoints().remove_table(row.schema, row.table)
                                     : session->checkpoints().write({&row, 1}, {});
  if (!done) return done;
  log::info("structure of a table was forgotten", {{"task", context.config.task.name},
                                                   {"source", context.config.source.name},
                                                   {"table", row.schema + "." + row.table}});
  return Json();
}

}  // namespace sluice::task
