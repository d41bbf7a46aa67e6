#pragma once

#include <memory>
#include <mutex>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/model/error.hpp"
#include "sluice/host/filter.hpp"

namespace sluice::rules {

/// What the chain says. `rule` is the name of the rule that ignored ("" = passed).
struct Decision {
  bool ignore = false;
  std::string rule;
};

/// One clause of a DDL statement, in source names (after online DDL has been seen through: the real table's name).
struct StatementView {
  std::string_view schema;
  std::string_view table;  ///< "" for statements on a schema
  std::span<const std::string> events;
  std::string_view original_sql;
};

struct NamedFilter {
  std::string name;  ///< of the instance; rows that it drops by their values are counted under it
  std::shared_ptr<const host::Filter> filter;
};

/// The filters of one subtask, asked one after the other; the first that ignores decides. Thread-safe. Decisions on
/// row changes are cached per (schema, table, kind) for the life of the chain.
class FilterChain {
 public:
  /// `source`: name of the source the subtask reads. No filters: everything passes.
  FilterChain(std::string source, std::vector<NamedFilter> filters);
  FilterChain(const FilterChain&) = delete;
  FilterChain& operator=(const FilterChain&) = delete;

  Result<Decision> decide_statement(const StatementView& statement) const;
  /// For all changes of `kind` (SLUICE_INSERT …) of a source table.
  Result<Decision> decide_rows(const std::string& schema, const std::string& table, int32_t kind);
  /// Some filter wants to see the rows themselves.
  bool looks_at_rows() const { return looks_at_rows_; }
  /// Sets actions[i] to SLUICE_IGNORE where a filter drops row i, and droppers[i] (if not empty) to the
  /// filter's index + 1. REQUIRES: actions.size() == rows.size().
  Status filter_rows(const sluice_table& table, std::span<const sluice_row> rows, std::span<uint8_t> actions,
                     std::span<uint32_t> droppers, const sluice_arena* arena) const;
  /// The name under which rows dropped by filter `index` are counted.
  const std::string& row_rule(size_t index) const { return filters_[index].name; }

 private:
  std::string source_;
  std::vector<NamedFilter> filters_;
  bool looks_at_rows_ = false;
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, Decision> cache_;
};

}  // namespace sluice::rules
