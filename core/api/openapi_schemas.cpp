#include <stdexcept>
#include <string>
#include <utility>

#include "core/api/openapi.hpp"
#include "core/api/openapi_types.hpp"

namespace sluice::api {
namespace {

using model::Json;

Json reference(const std::string& type) { return Json::object().set("$ref", "#/components/schemas/" + type); }

Json expand(std::string type) {
  if (type.back() == '?') {
    type.pop_back();
    return expand(type).set("nullable", true);
  }
  if (type == "s") return Json::object().set("type", "string");
  if (type == "i") return Json::object().set("type", "integer").set("format", "int64");
  if (type == "b") return Json::object().set("type", "boolean");
  if (type == "n") return Json::object().set("type", "number").set("format", "double");
  const std::string inner = type.size() > 2 ? type.substr(1, type.size() - 2) : "";
  if (type.front() == '[') return Json::object().set("type", "array").set("items", expand(inner));
  if (type.front() == '{') return Json::object().set("type", "object").set("additionalProperties", expand(inner));
  return reference(type);
}

void merge(Json& schema, const Json& more) {
  for (const auto& member : *more.as_object()) schema.set(member.name, member.value);
}

/// [type, description, {more}]. What stands beside a "$ref" is ignored by readers, hence the allOf.
Json expand_described(const Json::Array& given) {
  Json schema = expand(*given.at(0).as_string());
  if (schema.find("$ref")) schema = Json::object().set("allOf", Json::Array{std::move(schema)});
  if (given.size() > 1) schema.set("description", given[1]);
  if (given.size() > 2) merge(schema, given[2]);
  return schema;
}

Json expand_member(const Json& given) {
  return given.is_string() ? expand(*given.as_string()) : expand_described(*given.as_array());
}

bool take_mark(std::string& name, char mark) {
  const size_t at = name.find(mark);
  if (at != std::string::npos) name.erase(at, 1);
  return at != std::string::npos;
}

Json expand_object(const Json::Object& members) {
  Json out = Json::object().set("type", "object");
  Json properties = Json::object();
  Json required = Json::array();
  for (const auto& member : members) {
    if (member.name.empty()) {
      merge(out, member.value);
      continue;
    }
    std::string name = member.name;
    const bool extension = take_mark(name, '+');
    const bool reply_only = take_mark(name, '>');
    if (take_mark(name, '!')) required.push(name);
    Json schema = expand_member(member.value);
    if (reply_only) schema.set("readOnly", true);
    if (extension) schema.set("x-sluice-extension", true);
    properties.set(name, std::move(schema));
  }
  if (!required.as_array()->empty()) out.set("required", std::move(required));
  if (!properties.as_object()->empty()) out.set("properties", std::move(properties));
  return out;
}

/// Both shapes of a body: the wrapper, or the object itself (api.md 1.3).
Json either(const char* wrapper, Json wrapped) {
  return Json::object().set("oneOf", Json::Array{std::move(wrapped), reference(wrapper)});
}

Json expand_type(const Json::Member& type) {
  if (!type.value.is_object()) return expand_member(type.value);
  Json schema = expand_object(*type.value.as_object());
  if (type.name == "CreateSourceRequest" || type.name == "UpdateSourceRequest") {
    return either("Source", std::move(schema));
  }
  if (type.name == "CreateTaskRequest") return either("Task", std::move(schema));
  return schema;
}

/// Where the dialects differ (api.md section 2).
void speak(Dialect dialect, Json& schemas) {
  const bool docs = dialect == Dialect::Docs;
  Json& code = *schemas.find("ErrorWithMessage")->find("properties")->find("error_code");
  if (!docs) code.set("type", "integer").set("format", "int32");
  code.set("example", docs ? Json("46008") : Json(46008));
  Json& unit = *schemas.find("SubTaskStatus")->find("properties")->find("unit");
  unit.set("enum", docs ? Json::Array{"dump", "load", "sync"} : Json::Array{"Dump", "Load", "Sync"});
  unit.set("example", docs ? "sync" : "Sync");
}

}  // namespace

Json open_api_schemas(Dialect dialect) {
  Json out = Json::object();
  for (const char* text : {kSourceTypes, kTaskTypes, kStatusTypes, kRequestTypes, kSystemTypes}) {
    auto types = model::parse_json(text);
    if (!types.ok()) throw std::logic_error(types.error().message);
    for (const auto& type : *types->as_object()) out.set(type.name, expand_type(type));
  }
  speak(dialect, out);
  return out;
}

}  // namespace sluice::api
