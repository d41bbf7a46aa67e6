#include "core/rules/router.hpp"

namespace sluice::rules {
namespace {

Error as_route_error(Error error, const std::string& source) {
  Error out = make_error(20045, "route of source " + source + ": " + error.message, {}, error.workaround);
  return out;
}

std::string quoted(const std::string& schema, const std::string& table) {
  return table.empty() ? "`" + schema + "`" : "`" + schema + "`.`" + table + "`";
}

}  // namespace

Result<Router> Router::build(const std::vector<model::TableMigrateRule>& rules, const std::string& source,
                             bool case_sensitive) {
  Router router;
  for (const model::TableMigrateRule& rule : rules) {
    if (rule.source_name != source || (rule.target_schema.empty() && rule.target_table.empty())) continue;
    Route route;
    auto schema = Pattern::compile(rule.schema, case_sensitive);
    if (!schema.ok()) return as_route_error(schema.error(), source);
    route.schema = std::move(*schema);
    route.table_level = !rule.table.empty();
    if (route.table_level) {
      auto table = Pattern::compile(rule.table, case_sensitive);
      if (!table.ok()) return as_route_error(table.error(), source);
      route.table = std::move(*table);
    }
    route.target_schema = rule.target_schema;
    route.target_table = rule.target_table;
    bool repeated = false;
    for (const Route& other : router.routes_) {
      if (other.schema.text() != route.schema.text() || other.table.text() != route.table.text()) continue;
      if (other.target_schema != route.target_schema || other.target_table != route.target_table) {
        return make_error(20045,
                          "source " + source + " has two routes for the pattern " + quoted(rule.schema, rule.table), {},
                          "leave one of the two table_migrate_rule entries");
      }
      repeated = true;
    }
    if (!repeated) router.routes_.push_back(std::move(route));
  }
  return router;
}

Result<std::pair<std::string, std::string>> Router::route(const std::string& schema, const std::string& table) const {
  const Route* found = nullptr;
  for (const Route& route : routes_) {
    if (!route.schema.matches(schema) || (route.table_level && !route.table.matches(table))) continue;
    if (found && found->table_level && !route.table_level) continue;
    if (found && found->table_level == route.table_level) {
      return make_error(40080,
                        "the table " + quoted(schema, table) + " matches two routes of the same level: " +
                            quoted(found->schema.text(), found->table.text()) + " and " +
                            quoted(route.schema.text(), route.table.text()),
                        {}, "make the patterns of table_migrate_rule disjoint");
    }
    found = &route;
  }
  if (!found) return std::pair(schema, table);
  return std::pair(found->target_schema.empty() ? schema : found->target_schema,
                   found->target_table.empty() ? table : found->target_table);
}

Result<std::string> Router::route_schema(const std::string& schema) const {
  const Route* found = nullptr;
  std::string by_tables;
  bool agree = true;
  for (const Route& route : routes_) {
    if (!route.schema.matches(schema)) continue;
    if (route.table_level) {
      const std::string target = route.target_schema.empty() ? schema : route.target_schema;
      agree = agree && (by_tables.empty() || by_tables == target);
      by_tables = target;
    } else if (found) {
      return make_error(40080,
                        "the schema " + quoted(schema, {}) + " matches two routes: " +
                            quoted(found->schema.text(), {}) + " and " + quoted(route.schema.text(), {}),
                        {}, "make the patterns of table_migrate_rule disjoint");
    } else {
      found = &route;
    }
  }
  if (found) return found->target_schema.empty() ? schema : found->target_schema;
  return agree && !by_tables.empty() ? by_tables : schema;
}

}  // namespace sluice::rules
