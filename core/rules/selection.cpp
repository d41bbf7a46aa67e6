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

bool any_matches(const std::vector<Pattern>& patterns, std::string_view name) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const Pattern& pattern) { return pattern.matches(name); });
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

Result<Selection> Selection::build(const model::Task& task, const std::string& source, bool case_sensitive) {
  const auto conf = std::find_if(task.source_conf.begin(), task.source_conf.end(),
                                 [&](const model::SourceConf& c) { return c.source_name == source; });
  if (conf == task.source_conf.end() || !conf->block_allow_list) {
    return build(task.table_migrate_rule, source, case_sensitive);
  }
  const auto list = task.block_allow_list.find(*conf->block_allow_list);
  return build(list == task.block_allow_list.end() ? model::BlockAllowList() : list->second, *conf->block_allow_list,
               case_sensitive);
}

Result<Selection> Selection::build(const model::BlockAllowList& list, const std::string& name, bool case_sensitive) {
  Status status;
  const auto compile = [&](const std::string& text) {
    auto pattern = Pattern::compile(text, case_sensitive);
    if (pattern.ok()) return std::move(*pattern);
    if (status) status = pattern.status().with("block_allow_list " + name);
    return Pattern();
  };
  List out;
  for (const auto& text : list.do_dbs) out.do_dbs.push_back(compile(text));
  for (const auto& text : list.ignore_dbs) out.ignore_dbs.push_back(compile(text));
  for (const auto& t : list.do_tables) out.do_tables.push_back({compile(t.schema), compile(t.table), false});
  for (const auto& t : list.ignore_tables) out.ignore_tables.push_back({compile(t.schema), compile(t.table), false});
  if (!status) return status;
  Selection selection;
  selection.list_ = std::move(out);
  return selection;
}

bool Selection::List::schema(std::string_view name) const {
  if (!do_dbs.empty()) return any_matches(do_dbs, name);
  return !any_matches(ignore_dbs, name);
}

bool Selection::List::table(std::string_view in, std::string_view name) const {
  if (!schema(in)) return false;
  const auto listed = [&](const std::vector<Rule>& tables) {
    return std::any_of(tables.begin(), tables.end(),
                       [&](const Rule& rule) { return rule.schema.matches(in) && rule.table.matches(name); });
  };
  return listed(do_tables) || (do_tables.empty() && !listed(ignore_tables));
}

bool Selection::selects_everything() const {
  if (!list_) return rules_.empty();
  return list_->do_dbs.empty() && list_->ignore_dbs.empty() && list_->do_tables.empty() && list_->ignore_tables.empty();
}

bool Selection::table(std::string_view schema, std::string_view name) const {
  if (is_system_schema(schema)) return false;
  if (list_) return list_->table(schema, name);
  return rules_.empty() || std::any_of(rules_.begin(), rules_.end(), [&](const Rule& rule) {
           return rule.schema.matches(schema) && (rule.whole_schema || rule.table.matches(name));
         });
}

bool Selection::schema(std::string_view name) const {
  if (is_system_schema(name)) return false;
  if (list_) {
    const auto& tables = list_->do_tables;
    return list_->schema(name) && (tables.empty() || std::any_of(tables.begin(), tables.end(), [&](const Rule& rule) {
                                     return rule.schema.matches(name);
                                   }));
  }
  return rules_.empty() ||
         std::any_of(rules_.begin(), rules_.end(), [&](const Rule& rule) { return rule.schema.matches(name); });
}

}  // namespace sluice::rules
