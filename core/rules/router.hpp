#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/model/error.hpp"
#include "core/model/task.hpp"
#include "core/rules/pattern.hpp"

namespace sluice::rules {

/// Source table -> target table (behaviour.md 5.3). Immutable, thread-safe.
class Router {
 public:
  /// 20045: malformed pattern, or the same pattern twice with different targets.
  static Result<Router> build(const std::vector<model::TableMigrateRule>& rules, const std::string& source,
                              bool case_sensitive);

  /// Target {schema, table}. Table-level routes beat schema-level ones; 40080 when two of one level match.
  Result<std::pair<std::string, std::string>> route(const std::string& schema, const std::string& table) const;
  /// Target of a statement on the schema itself: by the schema-level routes; the same name when there is none. When
  /// only table-level routes name the schema and they all agree on one target schema, that one.
  Result<std::string> route_schema(const std::string& schema) const;
  bool empty() const { return routes_.empty(); }

 private:
  struct Route {
    Pattern schema;
    Pattern table;
    bool table_level = false;
    std::string target_schema;
    std::string target_table;
  };
  std::vector<Route> routes_;
};

}  // namespace sluice::rules
