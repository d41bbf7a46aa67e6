#include "table_plan.hpp"

#include <algorithm>
#include <optional>

#include "sluice/common/text.hpp"
#include "sluice/plugin/failure.hpp"

namespace sluice::mysql {
namespace {

/// Column names are case-insensitive everywhere. Other letters than ASCII's are compared as they are.
bool same_name(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

bool starts_with(std::string_view text, std::string_view head) { return text.substr(0, head.size()) == head; }

ColumnPlan plan_column(const sluice_column& column, const TargetColumn* target) {
  ColumnPlan plan;
  plan.name = quoted_name(view(column.name));
  plan.charset = std::string(view(column.charset));
  plan.form = text_form(plan.charset);
  if (plan.form != TextForm::kPlain) plan.intro = introducer(plan.charset);
  plan.type = column.type;
  plan.written = (column.flags & SLUICE_COLUMN_GENERATED) == 0 && !(target && target->generated);
  plan.float_target = target ? starts_with(target->type, "float") : column.type == SLUICE_FLOAT;
  plan.json_target = target && target->type == "json";
  if (target) plan.target_charset = target->charset;
  return plan;
}

std::optional<uint32_t> column_index(const sluice_table& table, std::string_view name) {
  const Strided<sluice_column> columns(table.columns, table.column_count, table.column_stride);
  for (uint32_t i = 0; i < columns.size(); ++i) {
    if (same_name(view(columns[i].name), name)) return i;
  }
  return std::nullopt;
}

/// Integers and binary strings: equal exactly when their bytes are, on both sides.
bool compares_by_bytes(const ColumnPlan& column, const TargetColumn& target) {
  const bool integer = target.type.find("int") != std::string::npos && !starts_with(target.type, "point");
  if (column.type == SLUICE_INT || column.type == SLUICE_UINT) return integer;
  return column.type == SLUICE_BYTES && (starts_with(target.type, "binary") || starts_with(target.type, "varbinary"));
}

void plan_keys(TablePlan& plan, const sluice_table& table, const TargetTable& target) {
  for (const TargetKey& key : target.keys) {
    KeyPlan out;
    out.not_null = true;
    bool usable = !key.expression && !key.columns.empty();
    bool exact = usable && !key.prefix;
    for (const std::string& name : key.columns) {
      const auto index = column_index(table, name);
      const TargetColumn* column = target.find(name);
      if (!index || !column) {
        usable = exact = false;
        break;
      }
      out.columns.push_back(*index);
      out.not_null = out.not_null && !column->nullable;
      exact = exact && !column->nullable && compares_by_bytes(plan.columns[*index], *column);
    }
    plan.exact_key = exact && target.keys.size() == 1;
    if (usable) plan.keys.push_back(std::move(out));
  }
  // Keys without NULLs identify any row, so they come before the ones that only identify some.
  std::stable_partition(plan.keys.begin(), plan.keys.end(), [](const KeyPlan& key) { return key.not_null; });
}

}  // namespace

const TargetColumn* TargetTable::find(std::string_view name) const {
  for (const TargetColumn& column : columns) {
    if (same_name(column.name, name)) return &column;
  }
  return nullptr;
}

TablePlan make_plan(const sluice_table& table, const TargetTable& target) {
  TablePlan plan;
  plan.name = quoted_name(view(table.schema), view(table.name));
  if (table.column_count == 0) throw plugin::Failure("table " + plan.name + " has no columns");
  std::string list;
  const Strided<sluice_column> columns(table.columns, table.column_count, table.column_stride);
  for (uint32_t i = 0; i < columns.size(); ++i) {
    plan.columns.push_back(plan_column(columns[i], target.find(view(columns[i].name))));
    if (!plan.columns[i].written) continue;
    if (columns[i].type == SLUICE_ENUM) plan.enums.push_back(i);
    plan.written.push_back(i);
    list += (list.empty() ? "" : ",") + plan.columns[i].name;
  }
  plan.column_list = "(" + list + ")";
  plan.insert_prefix = "INSERT INTO " + plan.name + plan.column_list + "VALUES";
  plan.replace_prefix = "REPLACE INTO " + plan.name + plan.column_list + "VALUES";
  plan.implies_values = std::any_of(target.columns.begin(), target.columns.end(), [&](const TargetColumn& column) {
    return !column.nullable && !column.generated && !column_index(table, column.name);
  });
  plan_keys(plan, table, target);
  return plan;
}

}  // namespace sluice::mysql
