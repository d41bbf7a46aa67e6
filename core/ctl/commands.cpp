#include "core/ctl/commands.hpp"

#include <algorithm>
#include <cctype>
#include <sstream>

#include "core/api/openapi.hpp"
#include "core/model/json.hpp"

namespace sluice::ctl {
namespace {

using model::Json;

std::string dashed(std::string member) {
  std::replace(member.begin(), member.end(), '_', '-');
  return member;
}

std::vector<std::string> path_parameters(std::string_view path) {
  std::vector<std::string> out;
  for (size_t open = path.find('{'); open != std::string_view::npos; open = path.find('{', open + 1)) {
    out.emplace_back(path.substr(open + 1, path.find('}', open) - open - 1));
  }
  return out;
}

/// From the table's "name:type name:type".
std::vector<CommandOption> query_options(const char* query) {
  std::vector<CommandOption> out;
  std::istringstream words(query);
  for (std::string word; words >> word;) {
    const size_t colon = word.find(':');
    CommandOption option;
    option.member = word.substr(0, colon);
    option.name = dashed(option.member);
    const std::string type = word.substr(colon + 1);
    option.type = type == "boolean"   ? CommandOption::Type::Flag
                  : type == "strings" ? CommandOption::Type::List
                                      : CommandOption::Type::Text;
    out.push_back(std::move(option));
  }
  return out;
}

const std::string& text_of(const Json& json, const char* name) {
  static const std::string none;
  const Json* found = json.find(name);
  return found && found->as_string() ? *found->as_string() : none;
}

/// A member of a body that fits on a command line; objects do not, and secrets must not.
bool as_option(const std::string& member, const Json& schema, CommandOption& out) {
  if (member.find("password") != std::string::npos) return false;
  const std::string& type = text_of(schema, "type");
  if (type == "boolean") {
    out.type = CommandOption::Type::Flag;
  } else if (type == "string") {
    out.type = CommandOption::Type::Text;
  } else if (type == "integer") {
    out.type = CommandOption::Type::Integer;
  } else if (const Json* items = schema.find("items"); items && text_of(*items, "type") == "string") {
    out.type = CommandOption::Type::List;
  } else {
    return false;
  }
  out.place = CommandOption::Place::Body;
  out.member = member;
  out.name = dashed(member);
  out.help = text_of(schema, "description");
  return true;
}

void read_body(const Json& schemas, Command& command) {
  const Json* schema = schemas.find(command.operation->request);
  if (!*command.operation->request || !schema) return;
  // Sources and tasks: an object with objects in it, for which there are files.
  const Json* required = schema->find("required");
  const bool whole = schema->find("oneOf") || std::string_view(command.operation->request) == "Task";
  command.body = whole || required ? Command::Body::Required : Command::Body::Optional;
  const Json* properties = schema->find("properties");
  if (whole || !properties || !properties->is_object()) return;
  for (const auto& [member, type] : *properties->as_object()) {
    CommandOption option;
    const auto same = [&](const CommandOption& other) { return other.member == member; };
    if (std::any_of(command.options.begin(), command.options.end(), same)) continue;
    if (as_option(member, type, option)) command.options.push_back(std::move(option));
  }
}

std::vector<Command> derive() {
  const Json schemas = api::open_api_schemas(api::Dialect::Docs);
  std::vector<Command> out;
  for (const api::Operation& operation : api::operations()) {
    Command command;
    command.operation = &operation;
    std::istringstream(operation.command) >> command.group >> command.verb;
    command.arguments = path_parameters(operation.path);
    command.options = query_options(operation.query);
    read_body(schemas, command);
    out.push_back(std::move(command));
  }
  return out;
}

}  // namespace

std::string Command::placeholder(const std::string& argument) {
  std::string out = argument.ends_with("-name") ? argument.substr(0, argument.size() - 5) : argument;
  for (char& c : out) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

const std::vector<Command>& commands() {
  static const std::vector<Command> all = derive();
  return all;
}

const Command* find_command(std::string_view group, std::string_view verb) {
  for (const Command& command : commands()) {
    if (command.group == group && command.verb == verb) return &command;
  }
  return nullptr;
}

bool is_group(std::string_view group) {
  return std::any_of(commands().begin(), commands().end(), [&](const Command& c) { return c.group == group; });
}

}  // namespace sluice::ctl
