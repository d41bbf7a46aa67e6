#include "core/rules/selection.hpp"

#include <algorithm>
#include <array>

namespace sluice::rules {
namespace {

constexpr std::array kSystemSchemas = {"information_schema", "performance_schema", "mysql",       "sys",
                                       "metrics_schema",     "inspection_schema",  "dm_heartbeat"};

bool equals_ignore_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

bool is_system_schema(std::string_view schema) {
  return std::any_of(kSystemSchemas.begin(), kSystemSchemas.end(),
                     [&](const char* name) { return equals_ignore_case(schema, name); });
}

Result<Selection> Selection::build(const std::vector<model::TableMigrateRule>& rules, const std::string& source,
                                   bool case_sensitive) {
  Selection selection;
  for (const model::TableMigrateRule& rule : rules) {
    if (rule.source_name != source) continue;
    Rule compiled;
    auto schema = Pattern::compile(rule.schema, case_sensitive);
    if (!schema.ok()) return schema.status().with("schema of a table_migrate_rule of source " + source);
    compiled.schema = std::move(*schema);
    compiled.whole_schema = rule.table.empty();
    if (!compiled.whole_schema) {
      auto table = Pattern::compile(rule.table, case_sensitive);
      if (!table.ok()) return table.status().with("table of a table_migrate_rule of source " + source);
      compiled.table = std::move(*table);
    }
    selection.rules_.push_back(std::move(compiled));
  }
  return selection;
}

bool Selection::table(std::string_view schema, std::string_view name) const {
  if (is_system_schema(schema)) return false;
  return rules_.empty() || std::any_of(rules_.begin(), rules_.end(), [&](const Rule& rule) {
           return rule.schema.matches(schema) && (rule.whole_schema || rule.table.matches(name));
         });
}

bool Selection::schema(std::string_view name) const {
  if (is_system_schema(name)) return false;
  return rules_.empty() ||
         std::any_of(rules_.begin(), rules_.end(), [&](const Rule& rule) { return rule.schema.matches(name); });
}

}  // namespace sluice::rules
