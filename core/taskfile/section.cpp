#include "core/taskfile/section.hpp"

#include <algorithm>
#include <charconv>

namespace sluice::taskfile {
namespace {

const char* kind_of(const Value& value) {
  switch (value.kind) {
    case Value::Kind::List: return "a list";
    case Value::Kind::Map: return "a mapping";
    default: return "a text";
  }
}

std::optional<bool> to_bool(const Value& value) {
  if (value.quoted) return std::nullopt;
  for (const char* yes : {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y"}) {
    if (value.text == yes) return true;
  }
  for (const char* no : {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N"}) {
    if (value.text == no) return false;
  }
  return std::nullopt;
}

}  // namespace

Section::Section(const Value* value, std::string path, Status& status)
    : value_(value), path_(std::move(path)), status_(status) {}

std::string Section::path_of(const std::string& key) const { return path_.empty() ? key : path_ + "." + key; }

std::string Section::where(const std::string& key) const {
  const Value* found = value_ ? value_->find(key) : nullptr;
  const int line = found ? found->line : value_ ? value_->line : 0;
  return "`" + path_of(key) + "`" + (line > 0 ? " (line " + std::to_string(line) + ")" : "");
}

void Section::fail(int32_t code, const std::string& key, const std::string& what, const std::string& remedy) {
  if (status_.ok()) status_ = make_error(code, "task file: " + where(key) + " " + what, {}, remedy);
}

const Value* Section::member(const std::string& key) {
  asked_.insert(key);
  if (!value_ || !status_.ok()) return nullptr;
  const Value* found = value_->find(key);
  return found && found->kind != Value::Kind::Null ? found : nullptr;
}

bool Section::has(const std::string& key) const {
  const Value* found = value_ ? value_->find(key) : nullptr;
  return found && found->kind != Value::Kind::Null;
}

const Value* Section::scalar(const std::string& key, const char* wanted) {
  const Value* found = member(key);
  if (!found || found->kind == Value::Kind::Scalar) return found;
  fail(20003, key, std::string("must be ") + wanted + ", not " + kind_of(*found));
  return nullptr;
}

std::optional<std::string> Section::text(const std::string& key) {
  const Value* found = scalar(key, "a text");
  return found ? std::optional<std::string>(found->text) : std::nullopt;
}

std::optional<bool> Section::boolean(const std::string& key) {
  const Value* found = scalar(key, "true or false");
  if (!found) return std::nullopt;
  const auto value = to_bool(*found);
  if (!value) fail(20003, key, "must be true or false, not " + found->text);
  return value;
}

std::optional<int64_t> Section::integer(const std::string& key, int64_t minimum, int64_t maximum) {
  const Value* found = scalar(key, "a number");
  if (!found) return std::nullopt;
  int64_t value = 0;
  const char* end = found->text.data() + found->text.size();
  const auto [at, problem] = std::from_chars(found->text.data(), end, value);
  if (found->quoted || problem != std::errc() || at != end || value < minimum || value > maximum) {
    fail(
        20003, key,
        "must be a number from " + std::to_string(minimum) + " to " + std::to_string(maximum) + ", not " + found->text);
    return std::nullopt;
  }
  return value;
}

std::vector<std::string> Section::texts(const std::string& key) {
  std::vector<std::string> out;
  const Value* found = list(key);
  if (!found) return out;
  for (const Value& item : found->items) {
    if (item.kind == Value::Kind::Scalar) {
      out.push_back(item.text);
    } else {
      fail(20003, key, "must be a list of texts");
    }
  }
  return out;
}

const Value* Section::any(const std::string& key) { return member(key); }

const Value* Section::map(const std::string& key) {
  const Value* found = member(key);
  if (!found || found->kind == Value::Kind::Map) return found;
  fail(20003, key, std::string("must be a mapping, not ") + kind_of(*found));
  return nullptr;
}

const Value* Section::list(const std::string& key) {
  const Value* found = member(key);
  if (!found || found->kind == Value::Kind::List) return found;
  fail(20003, key, std::string("must be a list, not ") + kind_of(*found));
  return nullptr;
}

std::string Section::required(const std::string& key) {
  auto value = text(key);
  if (status_.ok() && (!value || value->empty())) fail(20003, key, "is missing");
  return value.value_or("");
}

void Section::only(const std::string& key, const std::string& usual, const std::string& why) {
  const Value* found = member(key);
  if (!found) return;
  const bool empty = found->items.empty() && found->members.empty() && found->text.empty();
  if (found->kind == Value::Kind::Scalar) {
    const auto flag = to_bool(*found);
    if (found->text == usual || (usual.empty() && flag == false) || (flag && usual == (*flag ? "true" : "false")))
      return;
  } else if (empty) {
    return;
  }
  fail(20003, key, "cannot be expressed: " + why, "Remove the key.");
}

void Section::finish() {
  if (!value_ || !status_.ok()) return;
  for (const auto& [key, value] : value_->members) {
    if (asked_.count(key) == 0) return fail(20003, key, "is no key of a task file", "Correct or remove it.");
  }
}

}  // namespace sluice::taskfile
