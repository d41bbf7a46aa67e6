// A filter that drops the DELETEs of the tables named in its settings, and every DROP TABLE of them.
#include <algorithm>
#include <string>
#include <vector>

#include "sluice/plugin/plugin.hpp"

namespace {

using namespace sluice::plugin;

class KeepHistory : public Filter {
 public:
  static constexpr const char* kId = "keep-history";
  static constexpr const char* kVersion = "1.0.0";
  static constexpr const char* kSummary = "Rows and tables once written stay, even when the source deletes them.";
  static std::vector<Setting> settings() {
    return {Setting::list("tables").fallback("[]").help("Tables to keep, as schema.table; an empty list means all.")};
  }

  explicit KeepHistory(const Config& config) : log_(config), tables_(config.list("tables")) {
    for (const std::string& table : tables_) {
      if (table.find('.') == std::string::npos) throw Failure::config("tables", "`" + table + "` is not schema.table");
    }
    log_.info("keeping history", {{"tables", std::to_string(tables_.size())}});
  }

  Verdict decide_statement(const FilterStatement& s) override {
    const bool drops = s.is("drop table") || s.is("truncate table");
    return drops && covers(s.schema, s.table) ? Verdict{true, "keep-history.statement"} : Verdict{};
  }

  Verdict decide_rows(std::string_view, std::string_view schema, std::string_view table, int32_t kind) override {
    return kind == SLUICE_DELETE && covers(schema, table) ? Verdict{true, "keep-history.delete"} : Verdict{};
  }

 private:
  bool covers(std::string_view schema, std::string_view table) const {
    const std::string name = std::string(schema) + "." + std::string(table);
    return tables_.empty() || std::find(tables_.begin(), tables_.end(), name) != tables_.end();
  }

  Log log_;
  std::vector<std::string> tables_;
};

}  // namespace

SLUICE_EXPORT_PLUGIN(KeepHistory)
