#include "core/api/task_json.hpp"

#include <algorithm>
#include <cctype>

#include "core/api/source_json.hpp"
#include "core/model/definitions.hpp"
#include "core/model/status_json.hpp"
#include "core/plugin/registry.hpp"

namespace sluice::api {
namespace {

using model::Json;

void mask_settings(const plugin::Registry* plugins, const model::Task& task, Json& json) {
  const plugin::PluginInfo* info = plugins ? plugins->find("sink", task.target.plugin) : nullptr;
  Json* target = json.find("target_config");
  if (!info || !target) return;
  for (const auto& setting : info->settings) {
    Json* value = setting.secret() ? target->find(setting.name) : nullptr;
    if (value && !value->is_null() && !value->is_object()) *value = model::kMasked;
  }
}

void keep_task_secrets(Json& task, const Json& stored) {
  Json* target = task.find("target_config");
  if (target && target->is_object()) keep_secrets(*target, *stored.find("target_config"));
  // The security of full_migrate_conf is blanked in replies too.
  const auto full_of = [](auto& json) {
    auto* config = json.find("source_config");
    auto* full = config ? config->find("full_migrate_conf") : nullptr;
    return full && full->is_object() ? full : nullptr;
  };
  Json* full = full_of(task);
  const Json* old = full_of(stored);
  if (full && old) keep_secrets(*full, *old);
}

}  // namespace

Json task_reply(const Call& call, const model::Task& task) {
  Json out = model::write_task(task);
  model::mask_task(out);
  mask_settings(call.node.plugins(), task, out);
  if (call.docs() && task.on_duplicate == "replace") out.set("on_duplicate", "overwrite");
  return out;
}

Json task_reply(const Call& call, const cluster::TaskView& view, bool with_status) {
  Json out = task_reply(call, view.task);
  if (!with_status) return out;
  Json list = Json::array();
  for (const auto& status : view.statuses) list.push(status_reply(call, status));
  return out.set("status_list", std::move(list));
}

Json status_reply(const Call& call, const model::SubtaskStatus& status) {
  Json out = model::write_status(status);
  out.set("status_age_seconds", status.age_seconds);
  if (!call.docs() && !status.unit.empty()) {
    std::string unit = status.unit;
    unit[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(unit[0])));
    out.set("unit", unit);
  }
  return out;
}

Result<model::Task> read_task_body(const Json& body, const model::Task* stored) {
  auto unwrapped = unwrap(body, "task", "name");
  if (!unwrapped.ok()) return unwrapped.status();
  if (stored) keep_task_secrets(unwrapped->object, model::write_task(*stored));
  auto request = model::read_task(unwrapped->object, unwrapped->path);
  if (!request.ok()) return request.status();
  if (Status allowed = model::check_request(request->task); !allowed) return allowed;
  return std::move(request).value().task;
}

void fill_defaults(model::Task& task) {
  if ((task.dumps() || task.loads()) && !task.full_migrate_conf) task.full_migrate_conf.emplace();
  if (task.syncs() && !task.incr_migrate_conf) task.incr_migrate_conf.emplace();
}

Result<std::string> read_stage(const std::string& text) {
  std::string lower = text;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  if (lower == "runing" || lower == "running") return std::string("Running");
  if (lower == "stopped") return std::string("Stopped");
  if (lower == "finished") return std::string("Finished");
  if (lower == "paused") return std::string("Paused");
  return make_error(49001, "stage must be Stopped, Running, Finished or Paused, not " + text);
}

}  // namespace sluice::api
