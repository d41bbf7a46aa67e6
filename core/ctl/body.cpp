#include "core/ctl/body.hpp"

#include <algorithm>

#include "core/ctl/failure.hpp"
#include "core/ctl/source_file.hpp"

namespace sluice::ctl {
namespace {

using model::Json;

bool looks_like_json(const std::string& text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string::npos && (text[first] == '{' || text[first] == '[');
}

Json parse(const std::string& text, const std::string& where) {
  auto json = model::parse_json(text, {.trailing_commas = true});
  if (!json.ok()) throw usage_error(where + ": " + json.error().message);
  if (!json->is_object()) throw usage_error(where + ": the body must be an object, not " + json->kind());
  return std::move(json).value();
}

/// A secret on the command line is in the process list and in the shell's history.
void refuse_secrets(const Json& json) {
  if (const auto* list = json.as_array()) {
    for (const Json& element : *list) refuse_secrets(element);
  }
  if (!json.is_object()) return;
  for (const auto& [name, value] : *json.as_object()) {
    const bool secret = name == "password" || name == "ssl_key_content";
    if (secret && value.as_string() && !value.as_string()->empty()) {
      throw usage_error("--body must not hold a " + name + ": every user of this machine could read it. " +
                        "Use --file, or --password-file or --ask-password.");
    }
    refuse_secrets(value);
  }
}

/// DM's own files; each kind for the operations that take what it describes.
Json from_yaml(const Command& command, const std::string& text, const std::string& where, const BodySources& sources) {
  if (command.is("convertTask")) return Json::object().set("task_config_file", text);
  const std::string_view request = command.operation->request;
  if (request == "CreateTaskRequest" || request == "Task") return sources.convert_task(text);
  if (request != "CreateSourceRequest" && request != "UpdateSourceRequest") {
    throw usage_error(where + ": the body must be a JSON object");
  }
  try {
    return source_from_yaml(text, sources.read);
  } catch (const Failure& failure) {
    throw Failure(failure.code(), where + ": " + failure.what());
  }
}

/// The converter takes {"task": ...} or {"task_config_file": ...}; the task alone is what users have.
void wrap_for_converter(Json& body) {
  if (body.find("task") || body.find("task_config_file")) return;
  Json task = std::move(body);
  body = Json::object().set("task", std::move(task));
}

void set_password(Json& body, std::string password) {
  password.erase(std::find_if(password.begin(), password.end(), [](char c) { return c == '\n' || c == '\r'; }),
                 password.end());
  Json* object = &body;
  for (const char* wrapper : {"source", "task"}) {
    if (Json* inner = body.find(wrapper); inner && inner->is_object()) object = inner;
  }
  if (Json* target = object->find("target_config"); target && target->is_object()) object = target;
  object->set("password", std::move(password));
}

}  // namespace

std::string make_body(const Invocation& invocation, const BodySources& sources) {
  const Command& command = *invocation.command;
  const bool members = !invocation.members.as_object()->empty();
  if (!invocation.file && !invocation.body && !members) return {};
  Json body = Json::object();
  if (invocation.file) {
    const std::string where = *invocation.file == "-" ? "standard input" : *invocation.file;
    const std::string text = sources.read(*invocation.file);
    if (text.find_first_not_of(" \t\r\n") == std::string::npos) throw usage_error(where + " is empty");
    body = looks_like_json(text) ? parse(text, where) : from_yaml(command, text, where, sources);
  } else if (invocation.body) {
    body = parse(*invocation.body, "--body");
    refuse_secrets(body);
  }
  if (command.is("convertTask")) wrap_for_converter(body);
  for (const auto& [name, value] : *invocation.members.as_object()) body.set(name, value);
  if (!invocation.password_file.empty()) set_password(body, sources.read(invocation.password_file));
  if (invocation.ask_password) set_password(body, sources.ask_password());
  return model::to_text(body);
}

}  // namespace sluice::ctl
