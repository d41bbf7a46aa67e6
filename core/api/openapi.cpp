#include "core/api/openapi.hpp"

#include <string>
#include <string_view>
#include <vector>

#include "core/api/handlers.hpp"

namespace sluice::api {
namespace {

using model::Json;

constexpr std::string_view kBase = "/api/v1";

Json reference(const std::string& schema) { return Json::object().set("$ref", "#/components/schemas/" + schema); }

Json content_of(Json schema) {
  Json media = Json::object().set("schema", std::move(schema));
  return Json::object().set("application/json", std::move(media));
}

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

Json parameter(const std::string& name, const char* in, const std::string& type) {
  Json schema = Json::object();
  if (type == "strings") {
    schema.set("type", "array").set("items", Json::object().set("type", "string"));
  } else {
    schema.set("type", type);
  }
  Json out = Json::object().set("name", name).set("in", in);
  out.set("required", std::string_view(in) == "path");
  return out.set("schema", std::move(schema));
}

Json parameters(const Operation& operation) {
  Json out = Json::array();
  const std::string_view path = operation.path;
  for (size_t open = path.find('{'); open != std::string_view::npos; open = path.find('{', open + 1)) {
    const size_t close = path.find('}', open);
    out.push(parameter(std::string(path.substr(open + 1, close - open - 1)), "path", "string"));
  }
  for (const auto& word : words(operation.query)) {
    const size_t colon = word.find(':');
    out.push(parameter(word.substr(0, colon), "query", word.substr(colon + 1)));
  }
  return out;
}

/// The schema of a reply; that of task creation and update has an envelope in the dialect of DM's own description.
Json reply_schema(const Operation& operation, Dialect dialect) {
  const std::string_view name = operation.reply;
  const std::string_view id = operation.id;
  if (dialect == Dialect::Spec && (id == "createTask" || id == "updateTask")) return reference("CreateTaskReply");
  if (name.front() != '[') return reference(std::string(name));
  Json data = Json::object().set("type", "array").set("items", reference(std::string(name.substr(1, name.size() - 2))));
  Json properties = Json::object().set("total", Json::object().set("type", "integer")).set("data", std::move(data));
  Json out = Json::object().set("type", "object").set("required", Json::Array{"total", "data"});
  return out.set("properties", std::move(properties));
}

Json responses(const Operation& operation, Dialect dialect) {
  Json success = Json::object().set("description", "success");
  if (std::string_view(operation.reply) == "Text") {
    success.set("content", Json::object().set("text/plain", Json::object().set("schema", reference("Text"))));
  } else if (*operation.reply) {
    success.set("content", content_of(reply_schema(operation, dialect)));
  }
  Json out = Json::object();
  const auto failure = [](const char* text) {
    return Json::object().set("description", text).set("content", content_of(reference("ErrorWithMessage")));
  };
  if (handler_of(operation)) {
    out.set(std::to_string(dialect == Dialect::Docs ? operation.docs_status : operation.spec_status),
            std::move(success));
    out.set("400", failure("refused: the message says what, where and what to do"));
    if (operation.missing_code) out.set("404", failure("there is no such object"));
  } else {
    out.set("501", failure("not available in this release"));
  }
  return out;
}

Json describe(const Operation& operation, Dialect dialect) {
  Json out = Json::object().set("operationId", operation.id).set("summary", operation.summary);
  const std::string_view path = operation.path;
  const char* tag = path.starts_with("/tasks")     ? "task"
                    : path.starts_with("/sources") ? "source"
                    : path.starts_with("/cluster") ? "cluster"
                                                   : "node";
  out.set("tags", Json::Array{tag});
  if (Json list = parameters(operation); !list.as_array()->empty()) out.set("parameters", std::move(list));
  if (*operation.request)
    out.set("requestBody", Json::object().set("content", content_of(reference(operation.request))));
  out.set("responses", responses(operation, dialect));
  if (!handler_of(operation)) out.set("x-not-built", true);
  if (operation.extension) out.set("x-extension", true);
  return out;
}

}  // namespace

Json open_api_document(Dialect dialect) {
  Json paths = Json::object();
  for (const Operation& operation : operations()) {
    const std::string_view path = operation.path;
    const std::string full = path.starts_with("//") ? std::string(path.substr(1)) : std::string(kBase).append(path);
    Json item = paths.find(full) ? *paths.find(full) : Json::object();
    std::string method = operation.method;
    for (char& c : method) c = static_cast<char>(c - 'A' + 'a');
    item.set(method, describe(operation, dialect));
    paths.set(full, std::move(item));
  }
  Json info = Json::object().set("title", "Sluice: the DM API").set("version", kVersion);
  info.set("description", "Migrates and replicates MySQL-family databases. Operations with x-not-built answer 501.");
  Json out = Json::object().set("openapi", "3.0.0").set("info", std::move(info));
  out.set("servers", Json::Array{Json::object().set("url", "/")}).set("paths", std::move(paths));
  return out.set("components", Json::object().set("schemas", open_api_schemas(dialect)));
}

}  // namespace sluice::api
