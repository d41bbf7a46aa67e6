#include "rule.hpp"

#include <algorithm>
#include <array>

namespace binlog_event {

using sluice::plugin::Failure;
using sluice::plugin::Json;

namespace {

std::string text_of(const Json& json, const char* key) {
  const Json* value = json.find(key);
  return value && value->is_string() ? value->text() : std::string();
}

}  // namespace

Rule::Rule(const Json& json, size_t index, bool case_sensitive) : name_("rule " + std::to_string(index + 1)) {
  if (!json.is_object()) refuse("must be an object with name, schema, table, action, ignore_event and ignore_sql");
  for (const std::string& key : json.keys()) {
    constexpr std::array kKnown = {"name", "schema", "table", "action", "ignore_event", "ignore_sql"};
    if (std::find(kKnown.begin(), kKnown.end(), key) == kKnown.end()) refuse("has the unknown member `" + key + "`");
  }
  for (const char* key : {"name", "schema", "table", "action"}) {
    if (const Json* value = json.find(key); value && !value->is_null() && !value->is_string()) {
      refuse(std::string(key) + " must be a text");
    }
  }
  if (std::string name = text_of(json, "name"); !name.empty()) name_ = std::move(name);
  const auto compile = [&](const char* key, std::optional<Pattern>& into) {
    const std::string text = text_of(json, key);
    try {
      into.emplace(text, case_sensitive);
    } catch (const std::invalid_argument& problem) {
      refuse(std::string(key) + " pattern \"" + text + "\": " + problem.what());
    }
  };
  const std::string action = text_of(json, "action");
  if (!action.empty() && action != "Ignore" && action != "Do")
    refuse(
        "action "
        " + action + "
        " is not Ignore or Do");
  only_ = action == "Do";
  compile("schema", schema_);
  if (!text_of(json, "table").empty()) compile("table", table_);
  read_events(json);
  read_expressions(json);
  if (only_ && events_.empty()) refuse("action Do needs ignore_event: without an event everything would be ignored");
}

void Rule::refuse(const std::string& problem) const {
  throw Failure(20037, "config", "internal", "high", "binlog filter rule `" + name_ + "`: " + problem)
      .workaround("correct the rule in binlog_filter_rule of the task");
}

std::vector<std::string> Rule::texts(const Json& json, const char* key) const {
  std::vector<std::string> out;
  const Json* list = json.find(key);
  if (!list || list->is_null()) return out;
  if (!list->is_array()) refuse(std::string(key) + " must be a list of texts");
  for (const Json& item : list->items()) {
    if (!item.is_string()) refuse(std::string(key) + " must be a list of texts");
    out.push_back(item.text());
  }
  return out;
}

void Rule::read_events(const Json& json) {
  for (const std::string& text : texts(json, "ignore_event")) {
    if (text.empty()) continue;  // accepted, matches nothing
    std::string event = canonical_event(text);
    if (event.empty()) refuse("ignore_event \"" + text + "\" is no event name");
    events_.push_back(std::move(event));
  }
}

void Rule::read_expressions(const Json& json) {
  RE2::Options options(RE2::Quiet);
  options.set_case_sensitive(false);
  options.set_max_mem(8 << 20);
  for (const std::string& text : texts(json, "ignore_sql")) {
    if (text.empty()) refuse("ignore_sql has an empty expression, which would match every statement");
    auto expression = std::make_unique<RE2>(text, options);
    if (!expression->ok()) refuse("ignore_sql \"" + text + "\": " + expression->error());
    expressions_.push_back(std::move(expression));
  }
}

bool Rule::concerns(std::string_view schema, std::string_view table) const {
  if (!schema_->matches(schema)) return false;
  return !table_ || ((!table.empty() || schema.empty()) && table_->matches(table));
}

bool Rule::ignores(Family family, std::span<const std::string_view> names, std::string_view sql) const {
  if (!only_) return matches_event(family, names) || (!sql.empty() && matches_sql(sql));
  if (!names.empty() && !matches_event(family, names)) return true;
  return !sql.empty() && !expressions_.empty() && !matches_sql(sql);
}

bool Rule::matches_event(Family family, std::span<const std::string_view> names) const {
  const bool dml = family == Family::Dml;
  for (const std::string& event : events_) {
    if (event == "all" || event == (dml ? "all dml" : "all ddl")) return true;
    if (event == "none" || event == (dml ? "none dml" : "none ddl")) return false;
    const bool group = event == "incompatible ddl changes";
    for (const std::string_view name : names) {
      if (name == event || (group && is_incompatible(name))) return true;
    }
  }
  return false;
}

bool Rule::matches_sql(std::string_view sql) const {
  return std::any_of(expressions_.begin(), expressions_.end(), [sql](const auto& e) {
    return RE2::PartialMatch({sql.data(), sql.size()}, *e);
  });
}

}  // namespace binlog_event
