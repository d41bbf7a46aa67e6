#include "core/cluster/command_records.hpp"

#include "core/cluster/keys.hpp"
#include "core/model/json_reader.hpp"
#include "core/model/status_json.hpp"

namespace sluice::cluster {
namespace {

using model::Json;

constexpr int kVersion = 1;

Result<Json> open_record(const std::string& text) {
  auto json = model::parse_json(text);
  if (!json.ok()) return json;
  const Json* version = json->find("version");
  if (!version || !version->as_int() || *version->as_int() != kVersion) {
    return make_error(42502, "a command in the state store was written by another release");
  }
  return json;
}

}  // namespace

std::string request_prefix(const std::string& worker) {
  return std::string(kCommandRoot) + "requests/" + key_part(worker) + "/";
}

std::string request_key(const std::string& worker, const std::string& id) { return request_prefix(worker) + id; }

std::string reply_key(const std::string& id) { return std::string(kCommandRoot) + "replies/" + id; }

std::string_view command_id(std::string_view key) {
  const size_t slash = key.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : key.substr(slash + 1);
}

std::string encode_request(const RequestRecord& request) {
  Json json = Json::object();
  json.set("version", kVersion).set("task", request.command.task).set("source", request.command.source);
  json.set("kind", request.command.command.kind).set("arguments", request.command.command.arguments);
  return to_text(json.set("lease", request.lease));
}

Result<RequestRecord> decode_request(const std::string& text) {
  auto record = open_record(text);
  if (!record.ok()) return record.status();
  model::JsonReader reader(*record, "");
  RequestRecord out;
  out.command.task = reader.required_text("task");
  out.command.source = reader.required_text("source");
  out.command.command.kind = reader.required_text("kind");
  out.lease = reader.required_integer("lease", INT64_MIN, INT64_MAX);
  if (const Json* arguments = reader.object("arguments")) out.command.command.arguments = *arguments;
  if (!reader.ok()) return reader.status();
  return out;
}

std::string encode_begun() { return to_text(Json::object().set("version", kVersion).set("begun", true)); }

std::string encode_reply(const Result<Json>& outcome) {
  Json json = Json::object().set("version", kVersion);
  return to_text(outcome.ok() ? json.set("value", *outcome) : json.set("error", model::write_error(outcome.error())));
}

Result<std::optional<Result<Json>>> decode_reply(const std::string& text) {
  auto record = open_record(text);
  if (!record.ok()) return record.status();
  if (record->find("begun")) return std::optional<Result<Json>>();
  if (const Json* error = record->find("error")) return std::optional<Result<Json>>(model::read_error(*error));
  const Json* value = record->find("value");
  return std::optional<Result<Json>>(value ? *value : Json());
}

}  // namespace sluice::cluster
