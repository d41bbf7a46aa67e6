#include "tests/openapi/schema_check.hpp"

#include <algorithm>
#include <cmath>

namespace sluice::test {
namespace {

using model::Json;

bool flag(const Json& schema, const char* name) {
  const Json* found = schema.find(name);
  return found && found->as_bool() && *found->as_bool();
}

bool number_of(const Json& value, double& out) {
  if (const auto* i = value.as_int()) {
    out = static_cast<double>(*i);
  } else if (const auto* u = value.as_uint()) {
    out = static_cast<double>(*u);
  } else if (const auto* d = value.as_double()) {
    out = *d;
  } else {
    return false;
  }
  return true;
}

bool is_type(const Json& value, const std::string& type) {
  double number = 0;
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.as_bool() != nullptr;
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "number") return number_of(value, number);
  return type == "integer" && number_of(value, number) && number == std::floor(number);
}

size_t length_of(const std::string& text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

std::string lines_of(const std::vector<std::string>& problems) {
  std::string out;
  for (const auto& problem : problems) out += problem + "\n";
  return out;
}

const Json* SchemaCheck::resolve(const std::string& reference) const {
  if (!reference.starts_with("#/")) return nullptr;
  const Json* at = &document_;
  size_t begin = 2;
  while (at && begin <= reference.size()) {
    const size_t end = std::min(reference.find('/', begin), reference.size());
    at = at->find(reference.substr(begin, end - begin));
    begin = end + 1;
  }
  return at;
}

std::vector<std::string> SchemaCheck::problems(const Json& value, const Json& schema, const std::string& path) {
  Problems out;
  check(value, schema, path, out);
  return out;
}

void SchemaCheck::check(const Json& value, const Json& schema, const std::string& path, Problems& out) {
  if (const Json* reference = schema.find("$ref")) {
    const Json* target = resolve(*reference->as_string());
    if (!target) return out.push_back(path + ": no schema at " + *reference->as_string());
    return check(value, *target, path, out);
  }
  check_combined(value, schema, path, out);
  // Null is judged by the schemas of an allOf; a type of its own must allow it.
  if (value.is_null()) {
    if (schema.find("type") && !flag(schema, "nullable")) out.push_back(path + ": null is not allowed");
  } else {
    check_type(value, schema, path, out);
  }
  if (const Json* values = schema.find("enum")) {
    const auto& all = *values->as_array();
    if (std::find(all.begin(), all.end(), value) == all.end()) {
      out.push_back(path + ": " + to_text(value) + " is not one of " + to_text(*values));
    }
  }
}

void SchemaCheck::check_combined(const Json& value, const Json& schema, const std::string& path, Problems& out) {
  if (const Json* all = schema.find("allOf")) {
    for (const Json& part : *all->as_array()) check(value, part, path, out);
  }
  for (const char* word : {"oneOf", "anyOf"}) {
    const Json* parts = schema.find(word);
    if (!parts) continue;
    size_t fitting = 0;
    std::string reasons;
    for (const Json& part : *parts->as_array()) {
      const Problems found = problems(value, part, path);
      fitting += found.empty() ? 1 : 0;
      for (const auto& problem : found) reasons += "; " + problem;
    }
    if (fitting == 0) out.push_back(path + ": fits nothing of " + word + reasons);
    if (fitting > 1 && std::string(word) == "oneOf") out.push_back(path + ": fits several of oneOf");
  }
}

void SchemaCheck::check_type(const Json& value, const Json& schema, const std::string& path, Problems& out) {
  const Json* type = schema.find("type");
  if (type && !is_type(value, *type->as_string())) {
    return out.push_back(path + ": is " + value.kind() + ", the schema says " + *type->as_string());
  }
  double number = 0;
  double limit = 0;
  if (number_of(value, number)) {
    const Json* least = schema.find("minimum");
    const Json* most = schema.find("maximum");
    if (least && number_of(*least, limit) && number < limit) out.push_back(path + ": is below the minimum");
    if (most && number_of(*most, limit) && number > limit) out.push_back(path + ": is above the maximum");
  }
  if (const auto* text = value.as_string()) {
    const Json* least = schema.find("minLength");
    const Json* most = schema.find("maxLength");
    if (least && number_of(*least, limit) && static_cast<double>(length_of(*text)) < limit) {
      out.push_back(path + ": is shorter than minLength");
    }
    if (most && number_of(*most, limit) && static_cast<double>(length_of(*text)) > limit) {
      out.push_back(path + ": is longer than maxLength");
    }
  }
  if (value.is_object()) check_object(value, schema, path, out);
  if (value.is_array()) check_array(value, schema, path, out);
}

void SchemaCheck::check_object(const Json& value, const Json& schema, const std::string& path, Problems& out) {
  if (const Json* required = schema.find("required")) {
    for (const Json& name : *required->as_array()) {
      if (!value.find(*name.as_string())) out.push_back(path + ": " + *name.as_string() + " is missing");
    }
  }
  const Json* properties = schema.find("properties");
  const Json* others = schema.find("additionalProperties");
  for (const auto& member : *value.as_object()) {
    const std::string inner = path + "." + member.name;
    if (const Json* declared = properties ? properties->find(member.name) : nullptr) {
      check(member.value, *declared, inner, out);
    } else if (others && others->is_object()) {
      check(member.value, *others, inner, out);
    } else if (!others && properties) {
      out.push_back(inner + ": is not declared");
    }
  }
}

void SchemaCheck::check_array(const Json& value, const Json& schema, const std::string& path, Problems& out) {
  const auto& items = *value.as_array();
  double limit = 0;
  const Json* least = schema.find("minItems");
  if (least && number_of(*least, limit) && static_cast<double>(items.size()) < limit) {
    out.push_back(path + ": has fewer items than minItems");
  }
  const Json* schema_of_items = schema.find("items");
  for (size_t i = 0; schema_of_items && i < items.size(); ++i) {
    check(items[i], *schema_of_items, path + "[" + std::to_string(i) + "]", out);
  }
}

}  // namespace sluice::test
