#include "core/cluster/records.hpp"

#include "core/model/definitions.hpp"
#include "core/model/json.hpp"
#include "core/model/json_reader.hpp"
#include "core/model/status_json.hpp"
#include "core/plugin/secret_box.hpp"

namespace sluice::cluster {
namespace {

using model::Json;

constexpr int kVersion = 1;

Result<Json> open_record(const std::string& text) {
  auto json = model::parse_json(text);
  if (!json.ok()) return json;
  const Json* version = json->find("version");
  if (!version || !version->as_int()) return make_error(42502, "the record has no version");
  if (*version->as_int() > kVersion) {
    return make_error(42502,
                      "the record was written by a newer release (version " + std::to_string(*version->as_int()) + ")");
  }
  return json;
}

Json new_record() { return Json::object().set("version", kVersion); }

Json seal(const Json& value, const plugin::SecretBox* secrets) {
  return secrets ? Json(secrets->seal(to_text(value))) : value;
}

Result<Json> unseal(const Json& value, const plugin::SecretBox* secrets) {
  const std::string* sealed = value.as_string();
  if (!sealed) return value;
  if (!secrets) return make_error(20010, "a stored secret cannot be opened without the node's key");
  auto opened = secrets->open(*sealed);
  if (!opened.ok()) return opened.status();
  return model::parse_json(*opened);
}

/// Moves `names` out of `from` into one sealed member.
void seal_members(Json& from, std::initializer_list<const char*> names, const plugin::SecretBox* secrets) {
  Json hidden = Json::object();
  for (const char* name : names) {
    if (const Json* found = from.find(name)) {
      hidden.set(name, *found);
      from.erase(name);
    }
  }
  from.set("secrets", seal(hidden, secrets));
}

Status unseal_members(Json& into, const plugin::SecretBox* secrets) {
  const Json* sealed = into.find("secrets");
  if (!sealed) return {};
  auto hidden = unseal(*sealed, secrets);
  if (!hidden.ok()) return hidden.status();
  into.erase("secrets");
  if (const auto* members = hidden->as_object()) {
    for (const auto& member : *members) into.set(member.name, member.value);
  }
  return {};
}

Json source_json(const model::Source& source, const plugin::SecretBox* secrets) {
  Json json = model::write_source(source);
  seal_members(json, {"password", "security"}, secrets);
  return json;
}

/// The whole target is sealed: the settings of a sink plugin may hold secrets of any name.
Json task_json(const model::Task& task, const plugin::SecretBox* secrets) {
  Json json = model::write_task(task);
  Json* config = json.find("source_config");
  if (Json* full = config ? config->find("full_migrate_conf") : nullptr) seal_members(*full, {"security"}, secrets);
  seal_members(json, {"target_config"}, secrets);
  return json;
}

Result<model::Source> source_of(Json json, const plugin::SecretBox* secrets) {
  if (Status opened = unseal_members(json, secrets); !opened) return opened;
  auto read = model::read_source(json);
  if (!read.ok()) return read.status();
  return std::move(read).value().source;
}

Result<model::Task> task_of(Json json, const plugin::SecretBox* secrets) {
  if (Status opened = unseal_members(json, secrets); !opened) return opened;
  Json* config = json.find("source_config");
  if (Json* full = config ? config->find("full_migrate_conf") : nullptr) {
    if (Status opened = unseal_members(*full, secrets); !opened) return opened;
  }
  auto read = model::read_task(json);
  if (!read.ok()) return read.status();
  return std::move(read).value().task;
}

}  // namespace

Result<std::string> encode_source(const model::Source& source, const plugin::SecretBox* secrets) {
  return to_text(new_record().set("source", source_json(source, secrets)));
}

Result<model::Source> decode_source(const std::string& text, const plugin::SecretBox* secrets) {
  auto record = open_record(text);
  if (!record.ok()) return record.status();
  const Json* json = record->find("source");
  return source_of(json ? *json : Json(), secrets);
}

Result<std::string> encode_task(const model::Task& task, const plugin::SecretBox* secrets) {
  return to_text(new_record().set("task", task_json(task, secrets)));
}

Result<model::Task> decode_task(const std::string& text, const plugin::SecretBox* secrets) {
  auto record = open_record(text);
  if (!record.ok()) return record.status();
  const Json* json = record->find("task");
  return task_of(json ? *json : Json(), secrets);
}

Result<std::string> encode_removal(const RemovalRecord& removal, const plugin::SecretBox* secrets) {
  Json sources = Json::array();
  for (const auto& source : removal.sources) sources.push(source_json(source, secrets));
  return to_text(new_record().set("task", task_json(removal.task, secrets)).set("sources", std::move(sources)));
}

Result<RemovalRecord> decode_removal(const std::string& text, const plugin::SecretBox* secrets) {
  auto record = open_record(text);
  if (!record.ok()) return record.status();
  RemovalRecord out;
  const Json* json = record->find("task");
  auto task = task_of(json ? *json : Json(), secrets);
  if (!task.ok()) return task.status();
  out.task = std::move(task).value();
  if (const Json* sources = record->find("sources"); sources && sources->is_array()) {
    for (const Json& item : *sources->as_array()) {
      auto source = source_of(item, secrets);
      if (!source.ok()) return source.status();
      out.sources.push_back(std::move(source).value());
    }
  }
  return out;
}

std::string encode_transfer(const TransferRecord& transfer) {
  Json tasks = Json::array();
  for (const auto& [name, request] : transfer.tasks) {
    tasks.push(Json::object().set("task", name).set("request", request));
  }
  return to_text(new_record().set("owner", transfer.owner).set("paused", std::move(tasks)));
}

Result<TransferRecord> decode_transfer(const std::string& text) {
  auto record = open_record(text);
  if (!record.ok()) return record.status();
  model::JsonReader reader(*record, "");
  TransferRecord out;
  out.owner = reader.required_text("owner");
  const Json* tasks = reader.array("paused");
  for (size_t i = 0; tasks && i < tasks->as_array()->size(); ++i) {
    model::JsonReader item(tasks->as_array()->at(i), reader.path_of("paused"));
    std::string name = item.required_text("task");
    out.tasks.emplace_back(std::move(name), item.required_integer("request", 0, INT64_MAX));
    reader.absorb(item);
  }
  if (!reader.ok()) return reader.status();
  return out;
}

namespace {

Json until_json(const model::Until& until) {
  Json out = Json::object().set("binlog_name", until.binlog_name);
  out.set("binlog_pos", static_cast<int64_t>(until.binlog_pos)).set("binlog_gtid", until.binlog_gtid);
  return out.set("time", until.time);
}

model::Until until_of(const Json& json) {
  model::JsonReader reader(json, "until");
  model::Until out;
  out.binlog_name = reader.text("binlog_name").value_or("");
  out.binlog_pos = static_cast<uint64_t>(reader.integer("binlog_pos", 0, INT64_MAX).value_or(0));
  out.binlog_gtid = reader.text("binlog_gtid").value_or("");
  out.time = reader.text("time").value_or("");
  return out;
}

}  // namespace

std::string encode_stage(const StageRecord& stage) {
  Json json = new_record();
  json.set("desired", stage.run ? "Running" : "Stopped").set("started", stage.started).set("request", stage.request);
  if (stage.bound_ms >= 0) json.set("bound_ms", stage.bound_ms);
  if (stage.arguments.remove_meta) json.set("remove_meta", true);
  if (!stage.arguments.start_time.empty()) json.set("start_time", stage.arguments.start_time);
  if (!stage.arguments.safe_mode_time_duration.empty()) {
    json.set("safe_mode_time_duration", stage.arguments.safe_mode_time_duration);
  }
  if (!stage.arguments.token.empty()) json.set("token", stage.arguments.token);
  if (!stage.arguments.until.empty()) json.set("until", until_json(stage.arguments.until));
  return to_text(json);
}

Result<StageRecord> decode_stage(const std::string& text) {
  auto record = open_record(text);
  if (!record.ok()) return record.status();
  model::JsonReader reader(*record, "");
  StageRecord out;
  out.run = reader.required_text("desired") == "Running";
  out.started = reader.boolean("started").value_or(false);
  out.request = reader.integer("request", 0, INT64_MAX).value_or(0);
  out.bound_ms = reader.integer("bound_ms", 0, INT64_MAX).value_or(-1);
  out.arguments.remove_meta = reader.boolean("remove_meta").value_or(false);
  out.arguments.start_time = reader.text("start_time").value_or("");
  out.arguments.safe_mode_time_duration = reader.text("safe_mode_time_duration").value_or("");
  out.arguments.token = reader.text("token").value_or("");
  if (const Json* until = reader.object("until")) out.arguments.until = until_of(*until);
  if (!reader.ok()) return reader.status();
  return out;
}

std::string encode_observed(const ObservedRecord& observed) {
  Json json = new_record().set("at_ms", observed.at_ms).set("request", observed.request);
  json.set("stage", model::stage_name(observed.status.stage)).set("status", model::write_status(observed.status));
  return to_text(json);
}

Result<ObservedRecord> decode_observed(const std::string& text) {
  auto record = open_record(text);
  if (!record.ok()) return record.status();
  model::JsonReader reader(*record, "");
  ObservedRecord out;
  out.at_ms = reader.integer("at_ms", 0, INT64_MAX).value_or(0);
  out.request = reader.integer("request", -1, INT64_MAX).value_or(-1);
  const Json* status = reader.object("status");
  if (!reader.ok() || !status) return make_error(42502, "the report has no status");
  out.status = model::read_status(*status);
  return out;
}

std::string encode_text(const std::string& text) { return to_text(new_record().set("value", text)); }

Result<std::string> decode_text(const std::string& text) {
  auto record = open_record(text);
  if (!record.ok()) return record.status();
  model::JsonReader reader(*record, "");
  std::string value = reader.required_text("value");
  if (!reader.ok()) return reader.status();
  return value;
}

}  // namespace sluice::cluster
