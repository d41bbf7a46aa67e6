// What a subtask tracks and where its tables go (api.md 6.9 to 6.13): the worker that holds the subtask answers.
#include "core/api/handlers.hpp"
#include "core/model/json_reader.hpp"

namespace sluice::api::handlers {
namespace {

using model::Json;

Result<Json> ask(const Call& call, const char* kind, Json arguments) {
  return call.node.command(call.path("task-name"), call.path("source-name"), {kind, std::move(arguments)});
}

Json table_arguments(const Call& call) {
  return Json::object().set("schema", call.path("schema-name")).set("table", call.path("table-name"));
}

Result<Reply> reply_with(const Call& call, Result<Json> answer) {
  if (!answer.ok()) return answer.status();
  return call.ok(*answer);
}

bool blank(const std::string& text) { return text.find_first_not_of(" \t\r\n;") == std::string::npos; }

/// The combinations that api.md 6.12 refuses before anybody is asked.
Status check_content(const std::string& from, const std::optional<std::string>& content) {
  if (from == "sql") {
    if (content && !blank(*content)) return {};
    return make_error(49001, "sql_content must hold a CREATE TABLE statement when schema_source is sql", {},
                      "Give sql_content, or take the structure from schema_source upstream or downstream.");
  }
  if (from != "upstream" && from != "downstream") {
    return make_error(49001, "schema_source " + from + " is none of sql, upstream, downstream");
  }
  if (!content || content->empty()) return {};
  return make_error(49001, "sql_content must be absent when schema_source is " + from);
}

}  // namespace

Result<Reply> migrate_targets(const Call& call) {
  Json arguments = Json::object();
  for (const char* name : {"schema_pattern", "table_pattern"}) {
    if (const auto text = call.query(name)) arguments.set(name, *text);
  }
  auto answer = ask(call, "targets", std::move(arguments));
  if (!answer.ok()) return answer.status();
  return call.ok(list_of(answer->as_array() ? *answer->as_array() : Json::Array{}));
}

Result<Reply> tracked_schemas(const Call& call) { return reply_with(call, ask(call, "schemas", Json::object())); }

Result<Reply> tracked_tables(const Call& call) {
  return reply_with(call, ask(call, "tables", Json::object().set("schema", call.path("schema-name"))));
}

Result<Reply> get_structure(const Call& call) {
  return reply_with(call, ask(call, "structure.get", table_arguments(call)));
}

Result<Reply> set_structure(const Call& call) {
  auto body = call.body();
  if (!body.ok()) return body.status();
  model::JsonReader reader(*body, "");
  const std::string from = reader.text("schema_source").value_or("sql");
  const auto content = reader.text("sql_content");
  // As in DM a structure is kept in the checkpoint whatever `flush` says, and `sync` concerns a coordinator alone.
  reader.boolean("flush");
  reader.boolean("sync");
  if (!reader.ok()) return reader.status();
  if (Status fits = check_content(from, content); !fits) return fits;
  Json arguments = table_arguments(call).set("schema_source", from);
  if (from == "sql") arguments.set("sql_content", *content);
  auto done = ask(call, "structure.set", std::move(arguments));
  if (!done.ok()) return done.status();
  return call.ok();
}

Result<Reply> forget_structure(const Call& call) {
  auto done = ask(call, "structure.forget", table_arguments(call));
  if (!done.ok()) return done.status();
  return call.ok();
}

}  // namespace sluice::api::handlers
