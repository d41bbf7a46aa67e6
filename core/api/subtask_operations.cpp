// Beyond DM's document: one subtask by itself, and the statement at which it stopped.
#include "core/api/handlers.hpp"
#include "core/model/definitions.hpp"
#include "core/model/json_reader.hpp"

namespace sluice::api::handlers {
namespace {

using model::Json;

Result<Json> ask(const Call& call, const char* kind, Json arguments) {
  return call.node.command(call.path("task-name"), call.path("source-name"), {kind, std::move(arguments)});
}

/// {action, sqls, where, resume} out of a body that may be left out for skip.
Result<Json> read_request(const Call& call, const char* action) {
  const bool skip = std::string(action) == "skip";
  auto body = call.body(skip);
  if (!body.ok()) return body.status();
  const Json object = body->is_null() ? Json::object() : *body;
  model::JsonReader reader(object, "");
  const auto name = reader.text("binlog_name");
  const auto position = reader.integer("binlog_pos", 0, INT64_MAX);
  const auto gtid = reader.text("binlog_gtid");
  const auto sqls = reader.texts("sqls").value_or(std::vector<std::string>{});
  const bool resume = reader.boolean("resume").value_or(true);
  if (!reader.ok()) return reader.status();
  if (skip && !sqls.empty()) return make_error(49001, "sqls must be absent when a statement is skipped");
  if (!skip && sqls.empty()) {
    return make_error(49001, std::string("sqls must hold at least one DDL statement to ") + action);
  }
  Json out = Json::object().set("action", action).set("sqls", Json(sqls)).set("resume", resume);
  if (name) out.set("binlog_name", *name);
  if (position) out.set("binlog_pos", *position);
  if (gtid) out.set("binlog_gtid", *gtid);
  return out;
}

Result<Reply> handle(const Call& call, const char* action) {
  auto arguments = read_request(call, action);
  if (!arguments.ok()) return arguments.status();
  auto stored = ask(call, "handling.set", std::move(*arguments));
  if (!stored.ok()) return stored.status();
  return call.ok(*stored);
}

/// start and stop name a source that is unknown each in DM's own way; here it is part of the path.
Status check_subtask(const Call& call) {
  auto view = call.node.task(call.path("task-name"));
  if (!view.ok()) return view.status();
  const std::string source = call.path("source-name");
  for (const auto& conf : view->task.source_conf) {
    if (conf.source_name == source) return {};
  }
  auto known = call.node.source(source);
  if (!known.ok()) return known.status();
  return make_error(40054, "sub task with name " + view->task.name + " not found on source " + source, {},
                    "Look at GET /api/v1/tasks/" + view->task.name + " for its sources.");
}

}  // namespace

Result<Reply> list_handlings(const Call& call) {
  auto pending = ask(call, "handling.list", Json::object());
  if (!pending.ok()) return pending.status();
  return call.ok(list_of(pending->as_array() ? *pending->as_array() : Json::Array{}));
}

Result<Reply> skip_statement(const Call& call) { return handle(call, "skip"); }
Result<Reply> replace_statement(const Call& call) { return handle(call, "replace"); }
Result<Reply> inject_statements(const Call& call) { return handle(call, "inject"); }

Result<Reply> revert_handlings(const Call& call) {
  auto reverted = ask(call, "handling.revert", Json::object());
  if (!reverted.ok()) return reverted.status();
  return call.ok();
}

Result<Reply> pause_subtask(const Call& call) {
  auto body = call.body(true);
  if (!body.ok()) return body.status();
  const Json object = body->is_null() ? Json::object() : *body;
  model::JsonReader reader(object, "");
  const auto duration = reader.text("timeout_duration");
  if (!reader.ok()) return reader.status();
  std::optional<std::chrono::milliseconds> bound;
  if (duration && !duration->empty()) {
    const auto ms = model::parse_duration_ms(*duration);
    if (!ms) return make_error(49001, "timeout_duration " + *duration + " is not a duration such as 10s or 1m30s");
    bound = std::chrono::milliseconds(*ms);
  }
  if (Status known = check_subtask(call); !known) return known;
  Status paused = call.node.stop_task(call.path("task-name"), bound, {call.path("source-name")});
  if (!paused) return paused;
  return call.ok();
}

Result<Reply> resume_subtask(const Call& call) {
  if (Status known = check_subtask(call); !known) return known;
  Status resumed = call.node.start_task(call.path("task-name"), {}, {call.path("source-name")});
  if (!resumed) return resumed;
  return call.ok();
}

}  // namespace sluice::api::handlers
