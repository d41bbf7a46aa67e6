#include "core/api/handlers.hpp"
#include "core/api/task_json.hpp"
#include "core/model/definitions.hpp"
#include "core/model/json_reader.hpp"
#include "core/taskfile/convert.hpp"

namespace sluice::api::handlers {
namespace {

using model::Json;

/// The task of the body, whichever form it has there.
Result<model::Task> given_task(const Json& body) {
  model::JsonReader reader(body, "");
  const Json* task = reader.object("task");
  const auto file = reader.text("task_config_file");
  if (!reader.ok()) return reader.status();
  if (task && file) {
    return make_error(49001, "the body has both task and task_config_file: send one of the two");
  }
  if (!task && !file) return make_error(49001, "the body needs task or task_config_file, it has neither");
  // No files of this machine are read for a client.
  if (file) return taskfile::read_task_file(*file);
  auto request = model::read_task(*task, "task");
  if (!request.ok()) return request.status();
  return std::move(request).value().task;
}

/// The task with what replies show instead of secrets.
Result<model::Task> masked(const model::Task& task) {
  Json json = model::write_task(task);
  model::mask_task(json);
  auto request = model::read_task(json);
  if (!request.ok()) return request.status();
  return std::move(request).value().task;
}

}  // namespace

Result<Reply> convert_task(const Call& call) {
  auto body = call.body();
  if (!body.ok()) return body.status();
  auto task = given_task(*body);
  if (!task.ok()) return task.status();
  for (const auto& conf : task->source_conf) {
    if (auto source = call.node.source(conf.source_name); !source.ok()) return source.status();
  }
  // Refused as it is, before secrets give way: they might be what a file cannot say.
  if (auto file = taskfile::write_task_file(*task); !file.ok()) return file.status();
  auto shown = masked(*task);
  if (!shown.ok()) return shown.status();
  auto file = taskfile::write_task_file(*shown);
  if (!file.ok()) return file.status();
  return call.ok(Json::object().set("task", task_reply(call, *task)).set("task_config_file", *file));
}

}  // namespace sluice::api::handlers
