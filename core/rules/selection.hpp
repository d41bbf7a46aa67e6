#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/model/error.hpp"
#include "core/model/task.hpp"
#include "core/rules/pattern.hpp"

namespace sluice::rules {

/// information_schema, mysql, sys, … never migrate; compared case-insensitively.
bool is_system_schema(std::string_view schema);

/// Which tables of one source a task migrates (behaviour.md 5.2): any rule that selects a table is enough; without a
/// rule for the source, everything but the system schemas. Immutable, thread-safe.
class Selection {
 public:
  /// Takes the rules of `source` out of a task's. 20044 / 20045 for patterns that cannot be.
  static Result<Selection> build(const std::vector<model::TableMigrateRule>& rules, const std::string& source,
                                 bool case_sensitive);

  bool table(std::string_view schema, std::string_view name) const;
  /// Statements on a schema: the schema part of any rule matches.
  bool schema(std::string_view name) const;
  /// True when the source had no rule at all.
  bool selects_everything() const { return rules_.empty(); }

 private:
  struct Rule {
    Pattern schema;
    Pattern table;
    bool whole_schema = false;
  };
  std::vector<Rule> rules_;
};

}  // namespace sluice::rules
