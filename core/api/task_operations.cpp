#include <algorithm>
#include <set>

#include "core/api/handlers.hpp"
#include "core/api/source_json.hpp"
#include "core/api/task_json.hpp"
#include "core/model/definitions.hpp"
#include "core/model/json_reader.hpp"
#include "core/plugin/log.hpp"
#include "core/precheck/run.hpp"
#include "core/task/task_check.hpp"

namespace sluice::api::handlers {
namespace {

using model::Json;

/// Physical import is a way into TiDB's storage that the sinks of this release do not have.
Status check_import_mode(const model::Task& task) {
  if (!task.full_migrate_conf || task.full_migrate_conf->import_mode == "logical" || !task.loads()) return {};
  return make_error(20053,
                    "invalid load mode '" + task.full_migrate_conf->import_mode + "': the target plugin " +
                        task.target.plugin + " cannot do it",
                    {}, "Use import_mode logical.");
}

Result<std::vector<model::Source>> sources_of(const Call& call, const model::Task& task) {
  std::vector<model::Source> out;
  for (const auto& conf : task.source_conf) {
    auto view = call.node.source(conf.source_name);
    if (!view.ok()) return view.status();
    out.push_back(view->source);
  }
  return out;
}

/// Everything that needs servers or plugins, in the order of api.md 6.1. Stores nothing. `fresh` is false for a task
/// that has begun.
Result<precheck::Report> examine(const Call& call, const model::Task& task, bool fresh) {
  if (Status mode = check_import_mode(task); !mode) return mode;
  if (Status target = call.servers.check_target(task); !target) return target;
  auto sources = sources_of(call, task);
  if (!sources.ok()) return sources.status();
  if (Status rules = task::check_rules(task, *sources); !rules) return rules;
  if (Status filters = call.servers.check_filters(task); !filters) return filters;
  return call.servers.precheck({task, *sources, fresh});
}

/// The same as a verdict: E26005, or the text of check_result.
Result<std::string> check(const Call& call, const model::Task& task, bool fresh) {
  auto report = examine(call, task, fresh);
  if (!report.ok()) return report.status();
  if (!report->passed()) return precheck::to_error(*report);
  if (report->items.empty()) return std::string();
  const std::string warnings = report->text(precheck::State::Warn);
  if (call.docs() && !warnings.empty()) {
    log::warn("pre-check of a task has warnings", {{"task", task.name}, {"result", warnings}});
  }
  return "pre-check is passed. " + warnings;
}

Result<Reply> reply_with(const Call& call, const std::string& name, const std::string& check_result) {
  auto view = call.node.task(name);
  if (!view.ok()) return view.status();
  Json task = task_reply(call, view->task);
  if (call.docs()) return call.ok(task);
  return call.ok(Json::object().set("task", std::move(task)).set("check_result", check_result));
}

bool all_in_stage(const cluster::TaskView& view, const std::string& stage) {
  return std::all_of(view.statuses.begin(), view.statuses.end(),
                     [&](const auto& status) { return model::api_stage_name(status.stage) == stage; });
}

bool same_sources(const model::Task& task, const std::vector<std::string>& names) {
  std::set<std::string> have;
  for (const auto& conf : task.source_conf) have.insert(conf.source_name);
  return have == std::set<std::string>(names.begin(), names.end());
}

std::vector<std::string> source_names(const model::Task& task) {
  std::vector<std::string> out;
  for (const auto& conf : task.source_conf) out.push_back(conf.source_name);
  return out;
}

Result<std::string> stage_filter(const Call& call) {
  const auto text = call.query("stage");
  return text && !text->empty() ? read_stage(*text) : Result<std::string>(std::string());
}

Result<model::Until> read_until(const Json& json) {
  model::JsonReader reader(json, "until");
  model::Until out;
  out.binlog_name = reader.text("binlog_name").value_or("");
  const auto pos = reader.integer("binlog_pos", 0, INT64_MAX);
  out.binlog_pos = std::max<uint64_t>(static_cast<uint64_t>(pos.value_or(4)), 4);
  out.binlog_gtid = reader.text("binlog_gtid").value_or("");
  out.time = reader.text("time").value_or("");
  if (!reader.ok()) return reader.status();
  const int ways = (out.binlog_name.empty() ? 0 : 1) + (out.binlog_gtid.empty() ? 0 : 1) + (out.time.empty() ? 0 : 1);
  if (ways != 1 || (pos && out.binlog_name.empty())) {
    return make_error(49001, "until names no end, or more than one", {},
                      "Give binlog_name and binlog_pos, or binlog_gtid, or time.");
  }
  if (!out.binlog_name.empty() && !model::looks_like_binlog_name(out.binlog_name)) {
    return make_error(49001, "until.binlog_name " + out.binlog_name + " is not a binlog file such as mysql-bin.000001");
  }
  if (Status gtid = task::check_until(out); !gtid) return gtid;
  if (!out.time.empty() && !model::looks_like_start_time(out.time)) {
    return make_error(
        49001, "until.time " + out.time + " is not a time such as 2006-01-02 15:04:05 or 2006-01-02T15:04:05+09:00");
  }
  return out;
}

Result<model::StartArguments> read_start(model::JsonReader& reader) {
  model::StartArguments out;
  out.remove_meta = reader.boolean("remove_meta").value_or(false);
  out.start_time = reader.text("start_time").value_or("");
  out.safe_mode_time_duration = reader.text("safe_mode_time_duration").value_or("");
  if (!reader.ok()) return reader.status();
  if (!out.start_time.empty() && !model::looks_like_start_time(out.start_time)) {
    return make_error(49001, "start_time " + out.start_time +
                                 " is not a time such as 2006-01-02 15:04:05 or 2006-01-02T15:04:05+09:00");
  }
  if (!out.safe_mode_time_duration.empty() && !model::parse_duration_ms(out.safe_mode_time_duration)) {
    return make_error(20060, "invalid safe-mode-duration " + out.safe_mode_time_duration, {},
                      "Use a duration such as 10s or 1m30s.");
  }
  if (const Json* json = reader.object("until")) {
    auto until = read_until(*json);
    if (!until.ok()) return until.status();
    out.until = std::move(until).value();
  }
  if (!reader.ok()) return reader.status();
  return out;
}

}  // namespace

Result<Reply> create_task(const Call& call) {
  auto body = call.body();
  if (!body.ok()) return body.status();
  auto task = read_task_body(*body, nullptr);
  if (!task.ok()) return task.status();
  if (call.node.task(task->name).ok()) {
    return make_error(46014, "subtasks with name " + task->name + " already exist", {},
                      "Delete the task first, or choose another name.");
  }
  fill_defaults(*task);
  auto checked = check(call, *task, true);
  if (!checked.ok()) return checked.status();
  if (Status created = call.node.create_task(*task); !created) return created;
  return reply_with(call, task->name, *checked);
}

Result<Reply> check_task(const Call& call) {
  auto body = call.body();
  if (!body.ok()) return body.status();
  auto task = read_task_body(*body, nullptr);
  if (!task.ok()) return task.status();
  auto report = examine(call, *task, true);
  if (!report.ok()) return report.status();
  return call.ok(precheck::to_json(*report));
}

Result<Reply> list_tasks(const Call& call) {
  auto with_status = call.flag("with_status");
  if (!with_status.ok()) return with_status.status();
  auto stage = stage_filter(call);
  if (!stage.ok()) return stage.status();
  auto known = call.node.sources();
  if (!known.ok()) return known.status();
  std::vector<std::string> known_names;
  for (const auto& view : *known) known_names.push_back(view.source.name);
  const auto names = call.names("source_name_list", known_names);
  auto views = call.node.tasks();
  if (!views.ok()) return views.status();
  Json::Array items;
  for (const auto& view : *views) {
    if (!stage->empty() && !all_in_stage(view, *stage)) continue;
    if (!names.empty() && !same_sources(view.task, names)) continue;
    items.push_back(task_reply(call, view, with_status->value_or(false)));
  }
  return call.ok(list_of(std::move(items)));
}

Result<Reply> get_task(const Call& call) {
  auto with_status = call.flag("with_status");
  if (!with_status.ok()) return with_status.status();
  auto view = call.node.task(call.path("task-name"));
  if (!view.ok()) return view.status();
  return call.ok(task_reply(call, *view, with_status->value_or(false)));
}

Result<Reply> update_task(const Call& call) {
  auto body = call.body();
  if (!body.ok()) return body.status();
  const std::string name = call.path("task-name");
  auto old = call.node.task(name);
  auto task = read_task_body(*body, old.ok() ? &old->task : nullptr);
  if (!task.ok()) return task.status();
  if (task->name != name) {
    return make_error(
        49001, "name " + task->name + " in the body differs from " + name + " in the path; a name cannot be changed");
  }
  if (!old.ok()) return old.status();
  // What is not allowed at all is refused before servers are asked.
  if (Status allowed = call.node.check_task_update(*task); !allowed) return allowed;
  fill_defaults(*task);
  auto checked = check(call, *task, false);
  if (!checked.ok()) return checked.status();
  if (Status updated = call.node.update_task(*task); !updated) return updated;
  return reply_with(call, name, *checked);
}

Result<Reply> delete_task(const Call& call) {
  auto force = call.flag("force");
  if (!force.ok()) return force.status();
  auto keep_meta = call.flag("keep_meta");
  if (!keep_meta.ok()) return keep_meta.status();
  Status done = call.node.delete_task(call.path("task-name"), force->value_or(false), keep_meta->value_or(false));
  if (!done) return done;
  return call.ok();
}

Result<Reply> task_status(const Call& call) {
  auto stage = stage_filter(call);
  if (!stage.ok()) return stage.status();
  auto view = call.node.task(call.path("task-name"));
  if (!view.ok()) return view.status();
  const auto names = call.names("source_name_list", source_names(view->task));
  Json::Array items;
  for (const auto& status : view->statuses) {
    if (!stage->empty() && model::api_stage_name(status.stage) != *stage) continue;
    if (!names.empty() && std::find(names.begin(), names.end(), status.source) == names.end()) continue;
    items.push_back(status_reply(call, status));
  }
  return call.ok(list_of(std::move(items)));
}

Result<Reply> start_task(const Call& call) {
  auto body = call.body(true);
  if (!body.ok()) return body.status();
  const Json object = body->is_null() ? Json::object() : *body;
  model::JsonReader reader(object, "");
  const auto sources = reader.texts("source_name_list").value_or(std::vector<std::string>{});
  auto arguments = read_start(reader);
  if (!arguments.ok()) return arguments.status();
  const std::string name = call.path("task-name");
  if (!arguments->safe_mode_time_duration.empty() &&
      *model::parse_duration_ms(arguments->safe_mode_time_duration) == 0) {
    auto view = call.node.task(name);
    if (!view.ok()) return view.status();
    if (view->task.incr_migrate_conf && view->task.incr_migrate_conf->safe_mode) {
      return make_error(20061, "safe-mode-duration 0 conflicts with safe_mode true of task " + name);
    }
  }
  if (Status started = call.node.start_task(name, *arguments, sources); !started) return started;
  return call.ok();
}

Result<Reply> stop_task(const Call& call) {
  auto body = call.body(true);
  if (!body.ok()) return body.status();
  const Json object = body->is_null() ? Json::object() : *body;
  model::JsonReader reader(object, "");
  const auto sources = reader.texts("source_name_list").value_or(std::vector<std::string>{});
  const auto duration = reader.text("timeout_duration");
  if (!reader.ok()) return reader.status();
  std::optional<std::chrono::milliseconds> bound;
  if (duration && !duration->empty()) {
    const auto ms = model::parse_duration_ms(*duration);
    if (!ms) return make_error(49001, "timeout_duration " + *duration + " is not a duration such as 10s or 1m30s");
    bound = std::chrono::milliseconds(*ms);
  }
  if (Status stopped = call.node.stop_task(call.path("task-name"), bound, sources); !stopped) return stopped;
  return call.ok();
}

}  // namespace sluice::api::handlers
