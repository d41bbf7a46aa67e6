#include "core/model/json_reader.hpp"

#include <utility>

namespace sluice::model {

JsonReader::JsonReader(const Json& value, std::string path) : value_(value), path_(std::move(path)) {
  if (!value_.is_object()) {
    fail(make_error(49001, (path_.empty() ? "the body" : path_) + " must be an object, not " + value_.kind()));
  }
}

std::string JsonReader::path_of(const std::string& name) const { return path_.empty() ? name : path_ + "." + name; }

void JsonReader::fail(Error error) {
  if (status_.ok()) status_ = Status(std::move(error));
}

void JsonReader::fail(const std::string& name, const std::string& what) {
  fail(make_error(49001, path_of(name) + " " + what));
}

void JsonReader::absorb(const JsonReader& nested) {
  if (!nested.ok()) fail(nested.status().error());
}

const Json* JsonReader::member(const char* name) const {
  if (!status_.ok()) return nullptr;
  const Json* found = value_.find(name);
  return found && !found->is_null() ? found : nullptr;
}

const Json* JsonReader::wrong(const char* name, const char* wanted, const Json& found) {
  fail(name, std::string("must be ") + wanted + ", not " + found.kind());
  return nullptr;
}

bool JsonReader::has(const char* name) const { return member(name) != nullptr; }

std::optional<std::string> JsonReader::text(const char* name) {
  const Json* found = member(name);
  if (!found) return std::nullopt;
  if (const auto* text = found->as_string()) return *text;
  wrong(name, "a string", *found);
  return std::nullopt;
}

std::optional<bool> JsonReader::boolean(const char* name) {
  const Json* found = member(name);
  if (!found) return std::nullopt;
  if (const auto* flag = found->as_bool()) return *flag;
  wrong(name, "true or false", *found);
  return std::nullopt;
}

std::optional<int64_t> JsonReader::integer(const char* name, int64_t minimum, int64_t maximum) {
  const Json* found = member(name);
  if (!found) return std::nullopt;
  const auto* number = found->as_int();
  if (number && *number >= minimum && *number <= maximum) return *number;
  const bool is_number = number || found->as_uint() || found->as_double();
  std::string range = "must be an integer";
  if (maximum != INT64_MAX) {
    range += " from " + std::to_string(minimum) + " to " + std::to_string(maximum);
  } else if (minimum != INT64_MIN) {
    range += " of at least " + std::to_string(minimum);
  }
  fail(name, is_number ? range + ", not " + to_text(*found) : range + ", not " + found->kind());
  return std::nullopt;
}

std::optional<std::vector<std::string>> JsonReader::texts(const char* name) {
  const Json* found = array(name);
  if (!found) return std::nullopt;
  std::vector<std::string> out;
  for (const Json& item : *found->as_array()) {
    if (const auto* text = item.as_string()) {
      out.push_back(*text);
    } else {
      fail(name, std::string("must hold strings only, not ") + item.kind());
      return std::nullopt;
    }
  }
  return out;
}

const Json* JsonReader::object(const char* name) {
  const Json* found = member(name);
  if (found && !found->is_object()) return wrong(name, "an object", *found);
  return found;
}

const Json* JsonReader::array(const char* name) {
  const Json* found = member(name);
  if (found && !found->is_array()) return wrong(name, "an array", *found);
  return found;
}

std::string JsonReader::required_text(const char* name) {
  auto found = text(name);
  if (!found) fail(name, "is missing: the member is required");
  return found.value_or("");
}

int64_t JsonReader::required_integer(const char* name, int64_t minimum, int64_t maximum) {
  auto found = integer(name, minimum, maximum);
  if (!found) fail(name, "is missing: the member is required");
  return found.value_or(0);
}

}  // namespace sluice::model
