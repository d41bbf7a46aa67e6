#include "core/api/openapi.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "core/api/handlers.hpp"
#include "core/api/operation_docs.hpp"

namespace sluice::api {
namespace {

using model::Json;

constexpr std::string_view kBase = "/api/v1";

Json reference(const std::string& schema) { return Json::object().set("$ref", "#/components/schemas/" + schema); }

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
  Json docs = parameter_docs(name);
  Json schema = Json::object();
  if (type == "strings") {
    schema.set("type", "array").set("items", Json::object().set("type", "string"));
  } else {
    schema.set("type", type);
  }
  for (const char* member : {"enum", "default", "minimum", "maximum"}) {
    if (const Json* value = docs.find(member)) schema.set(member, *value);
  }
  Json out = Json::object().set("name", name).set("in", in);
  out.set("required", std::string_view(in) == "path");
  for (const char* member : {"description", "example", "x-sluice-extension"}) {
    if (const Json* value = docs.find(member)) out.set(member, *value);
  }
  if (type == "strings") out.set("style", "form").set("explode", true);
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
  if (std::string_view(operation.method) != "GET") out.push(idempotency_key_parameter());
  return out;
}

/// Task creation and update have an envelope in the dialect of DM's own description.
std::string reply_type(const Operation& operation, Dialect dialect) {
  const std::string_view id = operation.id;
  const bool envelope = dialect == Dialect::Spec && (id == "createTask" || id == "updateTask");
  return envelope ? "CreateTaskReply" : operation.reply;
}

/// "[X]" = {total, data: [X]}.
Json list_schema(const std::string& item) {
  Json data = Json::object().set("type", "array").set("items", reference(item));
  Json total = Json::object().set("type", "integer").set("description", "number of entries in data");
  Json properties = Json::object().set("total", std::move(total)).set("data", std::move(data));
  Json out = Json::object().set("type", "object").set("required", Json::Array{"total", "data"});
  return out.set("properties", std::move(properties));
}

Json content_of(const char* media_type, Json schema, Json example) {
  Json media = Json::object().set("schema", std::move(schema));
  if (!example.is_null()) media.set("example", std::move(example));
  return Json::object().set(media_type, std::move(media));
}

Json success(const Operation& operation, Dialect dialect) {
  Json out = Json::object();
  const std::string type = reply_type(operation, dialect);
  if (type.empty()) return out.set("description", "done; no body");
  out.set("description", "success");
  if (type == "Text" || type == "Page") {
    return out.set("content", content_of(type == "Text" ? "text/plain" : "text/html", reference(type), Json()));
  }
  const bool docs = dialect == Dialect::Docs;
  if (type.front() != '[') {
    return out.set("content",
                   content_of("application/json", reference(type), example_of(type, ExampleOf::Reply, docs)));
  }
  const std::string item = type.substr(1, type.size() - 2);
  Json example = example_of(item, ExampleOf::Reply, docs);
  if (!example.is_null()) {
    example = Json::object().set("total", 1).set("data", Json::Array{std::move(example)});
  }
  return out.set("content", content_of("application/json", list_schema(item), std::move(example)));
}

Json error_example(int code, Dialect dialect) {
  const Error error = make_error(code, error_meaning(code));
  auto body = model::parse_json(Api::refuse(dialect, 400, error).body);
  return Json::object().set("summary", error_meaning(code)).set("value", std::move(body).value());
}

/// A refusal with one example for each number that is documented.
Json failure(const std::string& description, const std::vector<int>& codes, Dialect dialect) {
  Json media = Json::object().set("schema", reference("ErrorWithMessage"));
  Json examples = Json::object();
  for (const int code : codes) examples.set("E" + std::to_string(code), error_example(code, dialect));
  if (!codes.empty()) media.set("examples", std::move(examples));
  Json out = Json::object().set("description", description);
  return out.set("content", Json::object().set("application/json", std::move(media)));
}

std::string describe_errors(const std::vector<int>& codes) {
  std::string out = "Refused; the message says what, why and what to do.";
  for (const int code : codes) out += "\n- " + std::to_string(code) + ": " + error_meaning(code);
  return out;
}

/// The reply to dry_run=true is 200, beside whatever else 200 means.
void add_dry_run(Json& responses) {
  Json* known = responses.find("200");
  Json* content = known ? known->find("content") : nullptr;
  if (Json* media = content ? content->find("application/json") : nullptr) {
    Json schema = *media->find("schema");
    media->set("schema", Json::object().set("oneOf", Json::Array{std::move(schema), reference("DryRunReply")}));
    return;
  }
  Json out = Json::object().set(
      "description", known ? "done, no body; with dry_run=true the outcome of the trial" : "with dry_run=true");
  responses.set("200", out.set("content", content_of("application/json", reference("DryRunReply"),
                                                     example_of("DryRunReply", ExampleOf::Reply, true))));
}

Json responses(const Operation& operation, Dialect dialect) {
  Json out = Json::object();
  if (!handler_of(operation)) {
    out.set("501", failure("Not available in this release.", {49001}, dialect));
    return out;
  }
  std::vector<int> codes = documented_errors(operation.id);
  const int missing = operation.missing_code;
  std::erase(codes, missing);
  // Any request can be malformed, and a name in the path cannot be all wrong.
  if (*operation.request && std::find(codes.begin(), codes.end(), 49001) == codes.end()) codes.push_back(49001);
  out.set(std::to_string(dialect == Dialect::Docs ? operation.docs_status : operation.spec_status),
          success(operation, dialect));
  if (takes_dry_run(operation)) add_dry_run(out);
  out.set("400", failure(describe_errors(codes), codes, dialect));
  if (missing != 0) {
    out.set("404", failure("- " + std::to_string(missing) + ": " + error_meaning(missing), {missing}, dialect));
  }
  if (std::string_view(operation.id) == "getHealth") {
    out.set("503", Json::object()
                       .set("description", "not healthy")
                       .set("content",
                            content_of("application/json", reference("Health"), Json::object().set("health", false))));
  }
  return out;
}

bool optional_body(std::string_view id) {
  constexpr std::string_view kOptional[] = {"startTask",    "stopTask",           "enableRelay",  "disableRelay",
                                            "pauseSubtask", "importTaskTemplate", "skipStatement"};
  return std::find(std::begin(kOptional), std::end(kOptional), id) != std::end(kOptional);
}

Json describe(const Operation& operation, Dialect dialect) {
  Json out = Json::object().set("operationId", operation.id).set("summary", operation.summary);
  const OperationDocs* docs = find_operation_docs(operation.id);
  if (docs && *docs->description) out.set("description", docs->description);
  const std::string_view path = operation.path;
  const char* tag = path.starts_with("/tasks")     ? "task"
                    : path.starts_with("/sources") ? "source"
                    : path.starts_with("/cluster") ? "cluster"
                    : path.starts_with("/plugins") ? "plugin"
                                                   : "node";
  out.set("tags", Json::Array{tag});
  if (Json list = parameters(operation); !list.as_array()->empty()) out.set("parameters", std::move(list));
  if (*operation.request) {
    Json content = content_of("application/json", reference(operation.request),
                              example_of(operation.request, ExampleOf::Request, dialect == Dialect::Docs));
    out.set("requestBody",
            Json::object().set("required", !optional_body(operation.id)).set("content", std::move(content)));
  }
  out.set("responses", responses(operation, dialect));
  if (!handler_of(operation)) out.set("x-not-built", true);
  if (operation.extension) out.set("x-sluice-extension", true);
  return out;
}

Json tags() {
  Json out = Json::array();
  const auto add = [&out](const char* name, const char* text) {
    out.push(Json::object().set("name", name).set("description", text));
  };
  add("cluster", "Masters and workers");
  add("source", "Upstream servers");
  add("task", "What moves which tables of which sources where");
  add("plugin", "What is loaded into this process");
  add("node", "This process");
  return out;
}

Json paths(Dialect dialect, const std::vector<Contributed>& more) {
  Json out = Json::object();
  for (const Operation& operation : operations()) {
    const std::string_view path = operation.path;
    const std::string full = path.starts_with("//") ? std::string(path.substr(1)) : std::string(kBase).append(path);
    Json item = out.find(full) ? *out.find(full) : Json::object();
    std::string method = operation.method;
    for (char& c : method) c = static_cast<char>(c - 'A' + 'a');
    item.set(method, describe(operation, dialect));
    out.set(full, std::move(item));
  }
  describe_contributed(more, std::string(kBase), out);
  return out;
}

}  // namespace

Json open_api_document(Dialect dialect, const std::vector<Contributed>& more) {
  Json info = Json::object().set("title", "Sluice: the DM API").set("version", kVersion);
  info.set("description", std::string("Migrates and replicates MySQL-family databases. This is the dialect `") +
                              (dialect == Dialect::Docs ? "docs" : "spec") +
                              "`. Operations with x-not-built answer 501; what DM's own API does not have is marked "
                              "x-sluice-extension, what plugins add while they are loaded x-sluice-contributed. "
                              "Besides the refusals listed, every operation can answer 42501 (the state store "
                              "failed) and 50000 (unclassified).");
  Json out = Json::object().set("openapi", "3.0.3").set("info", std::move(info));
  out.set("servers", Json::Array{Json::object().set("url", "/")})
      .set("tags", tags())
      .set("paths", paths(dialect, more));
  return out.set("components", Json::object().set("schemas", open_api_schemas(dialect)));
}

}  // namespace sluice::api
