// DM's expression filter: drops row changes for which an SQL expression over the columns is true.
#include <array>
#include <memory>
#include <mutex>
#include <string>
#include <type_traits>
#include <vector>

#include "lexer.hpp"
#include "program.hpp"
#include "sluice/plugin/plugin.hpp"
#include "syntax.hpp"

namespace expression {
namespace {

using sluice::plugin::Config;
using sluice::plugin::Failure;
using sluice::plugin::FilterRows;
using sluice::plugin::FilterStatement;
using sluice::plugin::Setting;
using sluice::plugin::Verdict;

constexpr std::array<const char*, 4> kSettings = {"insert_value_expr", "update_old_value_expr", "update_new_value_expr",
                                                  "delete_value_expr"};
enum : size_t { kInsert, kUpdateOld, kUpdateNew, kDelete };

class ExpressionFilter : public sluice::plugin::Filter, public sluice::plugin::FilterByRow {
 public:
  static constexpr const char* kId = "expression";
  static constexpr const char* kVersion = "0.1.0";
  static constexpr const char* kSummary =
      "Drops row changes of a table for which an SQL expression is true, as DM does";

  static std::vector<Setting> settings() {
    return {
        Setting::string("schema").required().help("Schema of the source table, no pattern"),
        Setting::string("table").required().help("Name of the source table, no pattern"),
        Setting::boolean("case_sensitive").fallback("true").help("Compare schema and table names by case"),
        Setting::string("insert_value_expr").fallback("\"\"").help("Drops an INSERT for whose row it is true"),
        Setting::string("update_old_value_expr").fallback("\"\"").help("Drops an UPDATE for whose old row it is true"),
        Setting::string("update_new_value_expr")
            .fallback("\"\"")
            .help("Drops an UPDATE for whose new row it is true; with both, both must be"),
        Setting::string("delete_value_expr").fallback("\"\"").help("Drops a DELETE for whose row it is true")};
  }

  explicit ExpressionFilter(const Config& config)
      : schema_(config.string("schema")),
        table_(config.string("table")),
        case_sensitive_(config.boolean("case_sensitive", true)) {
    if (schema_.empty() || table_.empty()) {
      throw Failure(20042, "config", "internal", "high",
                    std::string("the ") + (schema_.empty() ? "schema" : "table") + " is empty")
          .workaround("name the source table; patterns are not understood");
    }
    bool any = false;
    for (size_t i = 0; i < kSettings.size(); ++i) {
      texts_[i] = config.string(kSettings[i], "");
      if (texts_[i].empty()) continue;
      any = true;
      in_context(i, [&] {
        trees_[i] = parse(texts_[i]);
        check_literals(*trees_[i], texts_[i]);
      });
    }
    if (any) return;
    throw Failure(20041, "config", "internal", "high", "there is no expression: the rule drops nothing")
        .workaround("give insert_value_expr, update_old_value_expr, update_new_value_expr or delete_value_expr");
  }

  Verdict decide_statement(const FilterStatement&) override { return {}; }
  Verdict decide_rows(std::string_view, std::string_view, std::string_view, int32_t) override { return {}; }

  void filter_rows(const FilterRows& rows) override {
    if (!concerns(sluice::view(rows.table().source_schema), sluice::view(rows.table().source_table))) return;
    std::shared_ptr<const Programs> programs;
    for (size_t i = 0; i < rows.rows().size(); ++i) {
      const sluice_row& row = rows.rows()[i];
      if (!wants(row.kind)) continue;
      if (!programs) programs = programs_for(rows.table());
      if (drops(*programs, row, *rows.arena())) rows.ignore(i);
    }
  }

 private:
  /// One per expression; null where there is none.
  struct Programs {
    uint64_t version = 0;
    std::array<std::unique_ptr<Program>, kSettings.size()> of;
  };

  /// Says of which expression a failure is.
  template <typename Body>
  std::invoke_result_t<Body> in_context(size_t which, Body&& body) const {
    try {
      return body();
    } catch (const Failure& failure) {
      Failure copy = failure;
      constexpr size_t kShown = 160;
      const std::string& text = texts_[which];
      size_t end = std::min(text.size(), kShown);
      while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) ++end;
      throw std::move(copy).with(std::string(kSettings[which]) + " `" + text.substr(0, end) +
                                 (end < text.size() ? "…" : "") + "` of `" + schema_ + "`.`" + table_ + "`");
    }
  }

  bool concerns(std::string_view schema, std::string_view table) const {
    if (case_sensitive_) return schema == schema_ && table == table_;
    return lower(schema) == lower(schema_) && lower(table) == lower(table_);
  }

  bool wants(uint8_t kind) const {
    switch (kind) {
      case SLUICE_INSERT: return trees_[kInsert] != nullptr;
      case SLUICE_UPDATE: return trees_[kUpdateOld] != nullptr || trees_[kUpdateNew] != nullptr;
      case SLUICE_DELETE: return trees_[kDelete] != nullptr;
      default: throw Failure("the kind of row change " + std::to_string(kind) + " is not known");
    }
  }

  /// Fitted once per structure; the last one is kept, since the rows of a table come in order.
  std::shared_ptr<const Programs> programs_for(const sluice_table& table) {
    const std::lock_guard lock(mutex_);
    if (last_ && last_->version == table.version) return last_;
    auto fresh = std::make_shared<Programs>();
    fresh->version = table.version;
    for (size_t i = 0; i < trees_.size(); ++i) {
      if (trees_[i]) in_context(i, [&] { fresh->of[i] = std::make_unique<Program>(*trees_[i], texts_[i], table); });
    }
    last_ = std::move(fresh);
    return last_;
  }

  bool holds(const Programs& programs, size_t which, const sluice_value* image, const sluice_arena& arena) const {
    return in_context(which, [&] { return programs.of[which]->holds(image, arena); });
  }

  bool drops(const Programs& programs, const sluice_row& row, const sluice_arena& arena) const {
    if (row.kind == SLUICE_INSERT) return holds(programs, kInsert, row.after, arena);
    if (row.kind == SLUICE_DELETE) return holds(programs, kDelete, row.before, arena);
    return (!programs.of[kUpdateOld] || holds(programs, kUpdateOld, row.before, arena)) &&
           (!programs.of[kUpdateNew] || holds(programs, kUpdateNew, row.after, arena));
  }

  std::string schema_;
  std::string table_;
  bool case_sensitive_;
  std::array<std::string, kSettings.size()> texts_;
  std::array<NodePtr, kSettings.size()> trees_;
  std::mutex mutex_;
  std::shared_ptr<const Programs> last_;
};

}  // namespace
}  // namespace expression

SLUICE_EXPORT_PLUGIN(expression::ExpressionFilter)
