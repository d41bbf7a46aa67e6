#pragma once

#include "core/model/json.hpp"
#include "core/taskfile/section.hpp"
#include "core/taskfile/task_file.hpp"

/// The parts of read.cpp.
namespace sluice::taskfile {

/// The configurations of units that one instance uses, as the members of source_config: full_migrate_conf,
/// incr_migrate_conf (each only when the file says something of it), and on_duplicate.
struct Units {
  model::Json full = model::Json::object();
  model::Json incr = model::Json::object();
  std::string on_duplicate = "replace";
};

/// mydumpers, loaders and syncers of the file; remembers which are used.
class UnitConfigs {
 public:
  UnitConfigs(Section& file, Status& status);
  Units read(Section& instance);
  /// E20038.
  void refuse_unused() const;

 private:
  struct Kind;
  const Value* pick(Section& instance, const Kind& kind);
  Section& file_;
  Status& status_;
  mutable std::set<std::string> used_;
};

/// routes, filters, expression-filter and block-allow-list of the file.
class RuleConfigs {
 public:
  RuleConfigs(Section& file, Status& status);
  void read(Section& instance, Instance& out);
  /// What an instance names of expression-filter.
  std::vector<std::string> read_expressions(Section& instance);
  void refuse_unused();
  std::map<std::string, model::BlockAllowList> lists;
  std::map<std::string, Filter> filters;
  model::Json expressions = model::Json::object();  ///< expression_filter_rule of the task

 private:
  void read_routes();
  void read_filters();
  void read_lists();
  void read_expression_filters();
  std::vector<std::string> names(Section& instance, const std::string& key);
  Section& file_;
  Status& status_;
  std::map<std::string, Route> routes_;
  std::set<std::string> used_;
};

}  // namespace sluice::taskfile
