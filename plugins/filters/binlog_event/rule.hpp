#pragma once

#include <re2/re2.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "events.hpp"
#include "pattern.hpp"
#include "sluice/plugin/plugin.hpp"

namespace binlog_event {

/// One entry of the setting `rules`. Immutable, thread-safe.
class Rule {
 public:
  /// Throws Failure 20037 that names the rule and what is wrong with it.
  Rule(const sluice::plugin::Json& json, size_t index, bool case_sensitive);

  const std::string& name() const { return name_; }
  /// `table` is "" for statements on a schema: then only rules for whole schemas count.
  /// Both empty (a statement that could not be parsed): rules whose patterns match any name, "*".
  bool concerns(std::string_view schema, std::string_view table) const;
  /// `names` are the event names of one row change or clause; a statement that could not be parsed has none and is
  /// judged by its text alone. `sql` is "" for row changes, which ignore_sql does not concern.
  bool ignores(Family family, std::span<const std::string_view> names, std::string_view sql) const;

 private:
  bool matches_event(Family family, std::span<const std::string_view> names) const;
  bool matches_sql(std::string_view sql) const;
  [[noreturn]] void refuse(const std::string& problem) const;
  std::vector<std::string> texts(const sluice::plugin::Json& json, const char* key) const;
  void read_events(const sluice::plugin::Json& json);
  void read_expressions(const sluice::plugin::Json& json);

  std::string name_;
  std::optional<Pattern> schema_;
  std::optional<Pattern> table_;  ///< none: the whole schema
  bool only_ = false;             ///< action Do: what does not match is ignored
  std::vector<std::string> events_;
  std::vector<std::unique_ptr<RE2>> expressions_;
};

}  // namespace binlog_event
