#include "core/api/handlers.hpp"
#include "core/api/task_json.hpp"
#include "core/cluster/dry_run.hpp"
#include "core/model/definitions.hpp"
#include "core/model/json_reader.hpp"

// A template is a stored task that runs nowhere (api.md 8.4): its definition, its filters and its target are checked,
// its sources are not looked at.
namespace sluice::api::handlers {
namespace {

using model::Json;
using TemplateWrite = cluster::Node::TemplateWrite;

Status check(const Call& call, const model::Task& task) {
  if (Status target = call.servers.check_target(task); !target) return target;
  return call.servers.check_filters(task);
}

}  // namespace

Result<Reply> create_template(const Call& call) {
  auto body = call.body();
  if (!body.ok()) return body.status();
  auto task = read_task_body(*body, nullptr);
  if (!task.ok()) return task.status();
  fill_defaults(*task);
  if (Status checked = check(call, *task); !checked) return checked;
  if (Status put = call.node.put_template(*task, TemplateWrite::Create); !put) return put;
  return call.ok(task_reply(call, *task));
}

Result<Reply> list_templates(const Call& call) {
  auto tasks = call.node.templates();
  if (!tasks.ok()) return tasks.status();
  Json::Array items;
  for (const auto& task : *tasks) items.push_back(task_reply(call, task));
  return call.ok(list_of(std::move(items)));
}

Result<Reply> get_template(const Call& call) {
  auto task = call.node.task_template(call.path("task-name"));
  if (!task.ok()) return task.status();
  return call.ok(task_reply(call, *task));
}

Result<Reply> update_template(const Call& call) {
  auto body = call.body();
  if (!body.ok()) return body.status();
  const std::string name = call.path("task-name");
  auto old = call.node.task_template(name);
  auto task = read_task_body(*body, old.ok() ? &*old : nullptr);
  if (!task.ok()) return task.status();
  if (task->name != name) {
    return make_error(49001, "name " + task->name + " in the body differs from " + name +
                                 " in the path; the name of a template cannot be changed");
  }
  if (!old.ok()) return old.status();
  fill_defaults(*task);
  if (Status checked = check(call, *task); !checked) return checked;
  if (Status put = call.node.put_template(*task, TemplateWrite::Replace); !put) return put;
  return call.ok(task_reply(call, *task));
}

Result<Reply> delete_template(const Call& call) {
  if (Status done = call.node.delete_template(call.path("task-name")); !done) return done;
  return call.ok();
}

Result<Reply> import_templates(const Call& call) {
  auto body = call.body(true);
  if (!body.ok()) return body.status();
  const Json object = body->is_null() ? Json::object() : *body;
  model::JsonReader reader(object, "");
  const bool overwrite = reader.boolean("overwrite").value_or(false);
  if (!reader.ok()) return reader.status();
  auto tasks = call.node.tasks();
  if (!tasks.ok()) return tasks.status();
  Json::Array done;
  Json::Array failed;
  for (const auto& view : *tasks) {
    Status put = call.node.put_template(view.task, overwrite ? TemplateWrite::Either : TemplateWrite::Create);
    if (put || cluster::is_dry_run_end(put.error())) {
      done.push_back(view.task.name);
    } else {
      failed.push_back(Json::object().set("task_name", view.task.name).set("error_msg", put.error().one_line()));
    }
  }
  return call.ok(Json::object().set("success_task_list", std::move(done)).set("failed_task_list", std::move(failed)));
}

}  // namespace sluice::api::handlers
