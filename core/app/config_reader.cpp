#include "core/app/config_reader.hpp"

#include <toml++/toml.h>
#include <sstream>

namespace sluice::app {
namespace {

using model::Json;

struct Reader {
  const std::string& file;
  std::vector<Mistake>& mistakes;
  RawConfig raw{};

  std::string where(const toml::node& node) const { return file + ":" + std::to_string(node.source().begin.line); }

  void read_root(const toml::table& root);
  void read_section(const toml::table& table, const std::string& prefix);
  void read_transports(const toml::node& node);
  Json to_json(const toml::node& node) const;
};

std::string normal(std::string_view key) {
  std::string out(key);
  for (char& c : out) {
    if (c == '-') c = '_';
  }
  return out;
}

Json Reader::to_json(const toml::node& node) const {
  if (const auto* text = node.as_string()) return Json(text->get());
  if (const auto* number = node.as_integer()) return Json(number->get());
  if (const auto* number = node.as_floating_point()) return Json(number->get());
  if (const auto* flag = node.as_boolean()) return Json(flag->get());
  if (const auto* array = node.as_array()) {
    Json out = Json::array();
    for (const toml::node& item : *array) out.push(to_json(item));
    return out;
  }
  if (const auto* table = node.as_table()) {
    Json out = Json::object();
    for (const auto& [key, value] : *table) out.set(key.str(), to_json(value));
    return out;
  }
  std::ostringstream text;  // dates and times: as written
  text << toml::node_view<const toml::node>(node);
  return Json(text.str());
}

void Reader::read_section(const toml::table& table, const std::string& prefix) {
  raw.sections[prefix] = where(table);
  for (const auto& [key, value] : table) raw.values[prefix + "." + normal(key.str())] = {to_json(value), where(value)};
}

void Reader::read_transports(const toml::node& node) {
  const toml::array* list = node.as_array();
  if (!list || !list->is_homogeneous<toml::table>()) {
    mistakes.push_back({where(node), "`transport` is one section", "write [[transport]], with two pairs of brackets"});
    return;
  }
  for (const toml::node& item : *list) read_section(*item.as_table(), "transport." + std::to_string(raw.transports++));
}

void Reader::read_root(const toml::table& root) {
  for (const auto& [key, value] : root) {
    const std::string name = normal(key.str());
    if (name == "transport") {
      read_transports(value);
    } else if (name == "log" || name == "plugins" || name == "store" || name == "worker") {
      if (const auto* table = value.as_table()) {
        read_section(*table, name);
      } else {
        mistakes.push_back({where(value), "`" + name + "` is a section", "write [" + name + "] and its keys below"});
      }
    } else {
      raw.values[name] = {to_json(value), where(value)};
    }
  }
}

/// Text from a command line or the environment, as the key wants it.
Json typed(const Override& given, const ConfigKey* key) {
  if (key && key->type == ConfigKey::Type::List && !given.value.starts_with('[')) {
    Json list = Json::array();
    std::istringstream parts(given.value);
    for (std::string part; std::getline(parts, part, ',');) list.push(Json(part));
    return list;
  }
  const bool plain = key && key->type != ConfigKey::Type::Bool && key->type != ConfigKey::Type::List;
  if (plain && key->type != ConfigKey::Type::Count) return Json(given.value);
  if (given.value == "true" || given.value == "false") return Json(given.value == "true");
  // A setting of a plugin: numbers and lists as in TOML, everything else is text.
  if (auto parsed = model::parse_json(given.value); parsed && (parsed->as_int() || parsed->is_array())) return *parsed;
  return Json(given.value);
}

}  // namespace

RawConfig read_toml(const std::string& file, std::vector<Mistake>& mistakes) {
  Reader reader{file, mistakes};
  try {
    const toml::table root = toml::parse_file(file);
    reader.read_root(root);
  } catch (const toml::parse_error& failure) {
    const auto line = failure.source().begin.line;
    mistakes.push_back({line > 0 ? file + ":" + std::to_string(line) : file, std::string(failure.description()),
                        line > 0 ? "correct the TOML syntax there" : "name a file that exists and can be read"});
  }
  return std::move(reader.raw);
}

void apply_override(RawConfig& raw, const Override& given, std::vector<Mistake>& mistakes) {
  const std::string path = normal(given.path);
  if (path.starts_with("transport.")) {
    const size_t dot = path.find('.', 10);
    const std::string number = path.substr(10, dot == std::string::npos ? dot : dot - 10);
    const bool digits = !number.empty() && number.size() < 4 && number.find_first_not_of("0123456789") == number.npos;
    const size_t index = digits ? std::stoul(number) : 0;
    if (!digits || dot == std::string::npos || index > raw.transports) {
      mistakes.push_back({given.where, "`" + given.path + "` names no transport",
                          "write transport.N.KEY with N from 0 to " + std::to_string(raw.transports)});
      return;
    }
    if (index == raw.transports) raw.sections["transport." + std::to_string(raw.transports++)] = given.where;
  }
  raw.values[path] = {typed(given, find_key(path)), given.where};
}

const ConfigKey* find_key(const std::string& path) {
  std::string wanted = path;
  if (path.starts_with("transport.")) {
    const size_t dot = path.find('.', 10);
    if (dot != std::string::npos) wanted = "transport" + path.substr(dot);
  }
  for (const ConfigKey& key : config_keys()) {
    if (key.path == wanted) return &key;
  }
  return nullptr;
}

}  // namespace sluice::app
