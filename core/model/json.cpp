#include "core/model/json.hpp"

#include <Poco/JSONString.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace sluice::model {

Json::Json(const std::vector<std::string>& values) : v_(Array{}) {
  for (const auto& value : values) push(value);
}

const char* Json::kind() const {
  static constexpr const char* kKinds[] = {"null",     "a boolean", "a number", "a number",
                                           "a number", "a string",  "an array", "an object"};
  return kKinds[v_.index()];
}

const Json* Json::find(std::string_view name) const {
  const Object* object = as_object();
  if (!object) return nullptr;
  const auto it = std::find_if(object->begin(), object->end(), [&](const Member& m) { return m.name == name; });
  return it == object->end() ? nullptr : &it->value;
}

Json* Json::find(std::string_view name) {
  return const_cast<Json*>(static_cast<const Json*>(this)->find(name));  // NOLINT: same object, not const here
}

Json& Json::set(std::string_view name, Json value) {
  if (is_null()) v_ = Object{};
  if (Json* old = find(name)) {
    *old = std::move(value);
  } else {
    std::get<Object>(v_).push_back({std::string(name), std::move(value)});
  }
  return *this;
}

void Json::append(std::string name, Json value) { std::get<Object>(v_).push_back({std::move(name), std::move(value)}); }

void Json::erase(std::string_view name) {
  if (auto* object = std::get_if<Object>(&v_)) std::erase_if(*object, [&](const Member& m) { return m.name == name; });
}

Json& Json::push(Json value) {
  if (is_null()) v_ = Array{};
  std::get<Array>(v_).push_back(std::move(value));
  return *this;
}

bool Json::operator==(const Json& other) const { return v_ == other.v_; }
bool Json::Member::operator==(const Member& other) const { return name == other.name && value == other.value; }

namespace {

void write(const Json& value, int indent, int depth, std::string& out);

void new_line(int indent, int depth, std::string& out) {
  if (indent == 0) return;
  out += '\n';
  out.append(static_cast<size_t>(indent) * static_cast<size_t>(depth), ' ');
}

void write_number(double value, std::string& out) {
  if (!std::isfinite(value)) {
    out += "null";  // JSON has no infinity
    return;
  }
  char text[40];
  std::snprintf(text, sizeof text, "%.17g", value);
  double back = 0;
  for (int digits = 6; digits < 17; ++digits) {
    char shorter[40];
    std::snprintf(shorter, sizeof shorter, "%.*g", digits, value);
    if (std::sscanf(shorter, "%lf", &back) == 1 && back == value) {
      out += shorter;
      return;
    }
  }
  out += text;
}

void write_array(const Json::Array& array, int indent, int depth, std::string& out) {
  out += '[';
  bool first = true;
  for (const Json& item : array) {
    if (!first) out += ',';
    first = false;
    new_line(indent, depth + 1, out);
    write(item, indent, depth + 1, out);
  }
  if (!first) new_line(indent, depth, out);
  out += ']';
}

void write_object(const Json::Object& object, int indent, int depth, std::string& out) {
  out += '{';
  bool first = true;
  for (const Json::Member& member : object) {
    if (!first) out += ',';
    first = false;
    new_line(indent, depth + 1, out);
    out += Poco::toJSON(member.name, Poco::JSON_WRAP_STRINGS);
    out += indent ? ": " : ":";
    write(member.value, indent, depth + 1, out);
  }
  if (!first) new_line(indent, depth, out);
  out += '}';
}

void write(const Json& value, int indent, int depth, std::string& out) {
  if (const auto* array = value.as_array()) return write_array(*array, indent, depth, out);
  if (const auto* object = value.as_object()) return write_object(*object, indent, depth, out);
  if (const auto* text = value.as_string()) {
    out += Poco::toJSON(*text, Poco::JSON_WRAP_STRINGS);
  } else if (const auto* flag = value.as_bool()) {
    out += *flag ? "true" : "false";
  } else if (const auto* number = value.as_int()) {
    out += std::to_string(*number);
  } else if (const auto* big = value.as_uint()) {
    out += std::to_string(*big);
  } else if (const auto* real = value.as_double()) {
    write_number(*real, out);
  } else {
    out += "null";
  }
}

}  // namespace

std::string to_text(const Json& value, int indent) {
  std::string out;
  write(value, indent, 0, out);
  return out;
}

}  // namespace sluice::model
