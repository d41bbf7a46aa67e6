// The binlog event filter of DM: rules by table pattern, event name and statement text (Ignore and Do).
#include <array>
#include <string>
#include <vector>

#include "rule.hpp"
#include "sluice/plugin/plugin.hpp"

namespace binlog_event {
namespace {

using sluice::plugin::Config;
using sluice::plugin::Failure;
using sluice::plugin::FilterStatement;
using sluice::plugin::Setting;
using sluice::plugin::Verdict;

class BinlogEventFilter : public sluice::plugin::Filter {
 public:
  static constexpr const char* kId = "binlog_event";
  static constexpr const char* kVersion = "0.1.0";
  static constexpr const char* kSummary = "Ignores row changes and DDL by event name and statement text, as DM does";

  static std::vector<Setting> settings() {
    return {Setting::boolean("case_sensitive").fallback("true").help("Compare schema and table names by case"),
            Setting::object("rules").fallback("[]").help("List of {name, schema, table, action: Ignore or Do, "
                                                         "ignore_event: [...], ignore_sql: [...]}; all rules apply")};
  }

  explicit BinlogEventFilter(const Config& config) {
    const auto* rules = config.find("rules");
    if (!rules) return;
    if (!rules->is_array()) throw Failure(20037, "config", "internal", "high", "binlog filter: rules must be a list");
    const bool case_sensitive = config.boolean("case_sensitive", true);
    for (size_t i = 0; i < rules->items().size(); ++i) rules_.emplace_back(rules->items()[i], i, case_sensitive);
  }

  Verdict decide_statement(const FilterStatement& statement) override {
    std::vector<std::string_view> names;
    for (const sluice_str& event : statement.events) names.push_back(sluice::view(event));
    for (const Rule& rule : rules_) {
      if (!rule.concerns(statement.schema, statement.table)) continue;
      if (rule.ignores(Family::Ddl, names, statement.original_sql)) return {true, rule.name()};
    }
    return {};
  }

  Verdict decide_rows(std::string_view, std::string_view schema, std::string_view table, int32_t kind) override {
    const std::array<std::string_view, 1> names = {kind == SLUICE_INSERT   ? "insert"
                                                   : kind == SLUICE_UPDATE ? "update"
                                                   : kind == SLUICE_DELETE ? "delete"
                                                                           : ""};
    if (names[0].empty()) throw Failure("the kind of row change " + std::to_string(kind) + " is not known");
    for (const Rule& rule : rules_) {
      if (rule.concerns(schema, table) && rule.ignores(Family::Dml, names, {})) return {true, rule.name()};
    }
    return {};
  }

 private:
  std::vector<Rule> rules_;
};

}  // namespace
}  // namespace binlog_event

SLUICE_EXPORT_PLUGIN(binlog_event::BinlogEventFilter)
