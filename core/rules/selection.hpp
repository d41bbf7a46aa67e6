#pragma once

#include <optional>
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
/// rule for the source, everything but the system schemas. A block-allow-list takes the place of the rules: DM's
/// semantics then. Immutable, thread-safe.
class Selection {
 public:
  /// What the task says of `source`. 20044 for patterns that cannot be.
  static Result<Selection> build(const model::Task& task, const std::string& source, bool case_sensitive);
  /// Takes the rules of `source` out of a task's. 20044 for patterns that cannot be.
  static Result<Selection> build(const std::vector<model::TableMigrateRule>& rules, const std::string& source,
                                 bool case_sensitive);
  /// do_dbs narrow the schemas, without them ignore_dbs do; within these a table of do_tables is migrated, one of
  /// ignore_tables is not, any other only when there are no do_tables.
  static Result<Selection> build(const model::BlockAllowList& list, const std::string& name, bool case_sensitive);

  bool table(std::string_view schema, std::string_view name) const;
  /// Statements on a schema: the schema part of any rule matches. With a list: do_dbs and ignore_dbs let it through
  /// and, when there are do_tables, the schema part of one of them matches.
  bool schema(std::string_view name) const;
  /// True when neither a rule nor a list restricts anything.
  bool selects_everything() const;

 private:
  struct Rule {
    Pattern schema;
    Pattern table;
    bool whole_schema = false;
  };
  struct List {
    std::vector<Pattern> do_dbs;
    std::vector<Pattern> ignore_dbs;
    std::vector<Rule> do_tables;
    std::vector<Rule> ignore_tables;
    bool schema(std::string_view name) const;
    bool table(std::string_view schema, std::string_view name) const;
  };
  std::vector<Rule> rules_;
  std::optional<List> list_;
};

}  // namespace sluice::rules
