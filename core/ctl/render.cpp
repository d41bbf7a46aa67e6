#include "core/ctl/render.hpp"

#include <map>
#include <sstream>
#include <vector>

#include "core/ctl/table.hpp"

namespace sluice::ctl {
namespace {

using model::Json;

/// What a table shows of an object: a member, perhaps of a member, below a heading.
struct Column {
  const char* heading;
  std::vector<const char*> path;
};

const std::vector<Column>* columns_of(const std::string& type) {
  static const std::map<std::string, std::vector<Column>> all{
      {"Source",
       {{"NAME", {"source_name"}},
        {"HOST", {"host"}},
        {"PORT", {"port"}},
        {"USER", {"user"}},
        {"ENABLED", {"enable"}},
        {"GTID", {"enable_gtid"}},
        {"FLAVOR", {"flavor"}},
        {"TASKS", {"task_name_list"}}}},
      {"Plugin",
       {{"NODE", {"node"}},
        {"KIND", {"kind"}},
        {"NAME", {"name"}},
        {"VERSION", {"version"}},
        {"ABI", {"abi"}},
        {"STATE", {"state"}},
        {"INSTANCES", {"instances", "name"}},
        {"FILE", {"file"}},
        {"REASON", {"reason"}}}},
      {"Task",
       {{"NAME", {"name"}},
        {"MODE", {"task_mode"}},
        {"SHARD", {"shard_mode"}},
        {"TARGET", {"target_config", "host"}},
        {"PORT", {"target_config", "port"}},
        {"META", {"meta_schema"}},
        {"SOURCES", {"source_config", "source_conf", "source_name"}}}},
  };
  const auto found = all.find(type);
  return found == all.end() ? nullptr : &found->second;
}

std::string cell(const Json* value) {
  if (!value || value->is_null()) return "-";
  if (const auto* text = value->as_string()) return text->empty() ? "-" : printable(*text);
  if (const auto* flag = value->as_bool()) return *flag ? "yes" : "no";
  if (const auto* list = value->as_array()) {
    std::string out;
    for (const Json& element : *list) out += (out.empty() ? "" : ",") + cell(&element);
    return out.empty() ? "-" : out;
  }
  return printable(model::to_text(*value));
}

/// Follows a path; an array on the way gives the values of its elements.
Json at_path(const Json& object, const std::vector<const char*>& path, size_t from = 0) {
  if (from == path.size()) return object;
  if (const auto* list = object.as_array()) {
    Json out = Json::array();
    for (const Json& element : *list) out.push(at_path(element, path, from));
    return out;
  }
  const Json* member = object.find(path[from]);
  return member ? at_path(*member, path, from + 1) : Json();
}

std::string list_text(const std::string& type, const Json::Array& items) {
  if (items.empty()) return "none\n";
  std::vector<std::string> headings;
  std::vector<std::vector<const char*>> paths;
  if (const auto* columns = columns_of(type)) {
    for (const Column& column : *columns) {
      headings.emplace_back(column.heading);
      paths.push_back(column.path);
    }
  } else if (items[0].is_object()) {
    for (const auto& member : *items[0].as_object()) {
      if (member.value.is_object()) continue;
      headings.push_back(Command::placeholder(member.name));
      paths.push_back({member.name.c_str()});
    }
  }
  Table table(headings);
  for (const Json& item : items) {
    std::vector<std::string> row;
    for (const auto& path : paths) {
      const Json value = at_path(item, path);
      row.push_back(cell(&value));
    }
    table.add(std::move(row));
  }
  return table.text();
}

/// "a.b: value" lines; the SQL of a table keeps its lines.
void object_text(const Json& value, const std::string& prefix, std::vector<std::pair<std::string, std::string>>& out) {
  if (const auto* object = value.as_object()) {
    for (const auto& member : *object) {
      object_text(member.value, prefix.empty() ? member.name : prefix + "." + member.name, out);
    }
    return;
  }
  const auto* list = value.as_array();
  const bool nested = list && !list->empty() && (list->front().is_object() || list->front().is_array());
  if (!nested) return out.emplace_back(prefix, cell(&value)), void();
  for (size_t i = 0; i < list->size(); ++i) object_text((*list)[i], prefix + "[" + std::to_string(i) + "]", out);
}

std::string lines_of(const Json& value) {
  std::vector<std::pair<std::string, std::string>> lines;
  object_text(value, {}, lines);
  size_t width = 0;
  for (const auto& line : lines) width = std::max(width, line.first.size());
  std::string out;
  for (const auto& [name, text] : lines) out += name + ":" + std::string(width - name.size() + 1, ' ') + text + "\n";
  return out;
}

/// Text of several lines, each without control characters.
std::string printable_lines(const std::string& text) {
  std::istringstream lines(text);
  std::string out;
  for (std::string line; std::getline(lines, line);) out += printable(line) + "\n";
  return out;
}

const std::string* text_member(const Json& json, const char* name) {
  const Json* found = json.find(name);
  return found ? found->as_string() : nullptr;
}

std::string render_json(const Command& command, const Json& json) {
  const std::string type = command.operation->reply;
  if (command.is("getTaskStatus")) return render_task_status(json);
  // A task file is for a file: as it is, without a word around it.
  if (const auto* file = text_member(json, "task_config_file"); file && !file->empty() && command.is("convertTask")) {
    return file->back() == '\n' ? *file : *file + "\n";
  }
  if (const auto* sql = text_member(json, "schema_create_sql"); sql && !json.find("data")) return printable_lines(*sql);
  if (type == "Object" || command.is("convertTask")) return model::to_text(json, 2) + "\n";
  const Json* data = type.starts_with("[") ? json.find("data") : &json;
  if (!data) return model::to_text(json, 2) + "\n";
  if (const auto* list = data->as_array()) {
    if (type.starts_with("[")) return list_text(type.substr(1, type.size() - 2), *list);
    std::string out;
    for (const Json& element : *list) out += cell(&element) + "\n";
    return list->empty() ? "none\n" : out;
  }
  return lines_of(*data);
}

/// The part of DM's one-line form behind `name`, up to `next`.
std::string part(const std::string& line, const std::string& name, const std::vector<std::string>& next) {
  const size_t at = line.find(name);
  if (at == std::string::npos) return {};
  const size_t begin = at + name.size();
  size_t end = line.size();
  for (const std::string& stop : next) end = std::min(end, line.find(stop, begin));
  return line.substr(begin, end - begin);
}

}  // namespace

std::string render(const Command& command, const std::string& body) {
  if (body.empty()) return command.name() + ": done\n";
  auto json = model::parse_json(body);
  if (!json.ok() || std::string_view(command.operation->reply) == "Text") {
    return body.back() == '\n' ? body : body + "\n";
  }
  return render_json(command, *json);
}

std::string render_refusal(int status, const std::string& body) {
  const auto json = model::parse_json(body);
  const std::string* text = json.ok() ? text_member(*json, "error_msg") : nullptr;
  if (!text)
    return "the API answered with status " + std::to_string(status) + (body.empty() ? "" : ": " + printable(body));
  const Json* code = json->find("error_code");
  std::string out = code ? "error " + cell(code) + ": " : "";
  const std::string message = part(*text, "Message: ", {", RawCause: ", ", Workaround: "});
  if (message.empty()) return out + printable(*text);
  out += printable(message);
  const std::string cause = part(*text, ", RawCause: ", {", Workaround: "});
  if (!cause.empty()) out += "\n  cause:  " + printable(cause);
  const std::string remedy = part(*text, ", Workaround: ", {});
  if (!remedy.empty()) out += "\n  remedy: " + printable(remedy);
  return out;
}

}  // namespace sluice::ctl
