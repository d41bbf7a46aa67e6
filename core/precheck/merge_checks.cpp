#include <algorithm>
#include <map>

#include "core/precheck/table_checks.hpp"
#include "core/sql/quote.hpp"

namespace sluice::precheck {
namespace {

constexpr const char* kItem = "schema_of_shard_tables";

std::string where(const TableFacts& table) { return table.name() + " of source " + table.source; }

/// Types that one column of the target can hold: what is wider holds what is narrower.
int family(sql::ColumnType type) {
  switch (type) {
    case sql::ColumnType::TinyInt:
    case sql::ColumnType::SmallInt:
    case sql::ColumnType::MediumInt:
    case sql::ColumnType::Int:
    case sql::ColumnType::BigInt: return -1;
    case sql::ColumnType::TinyText:
    case sql::ColumnType::Text:
    case sql::ColumnType::MediumText:
    case sql::ColumnType::LongText: return -2;
    case sql::ColumnType::TinyBlob:
    case sql::ColumnType::Blob:
    case sql::ColumnType::MediumBlob:
    case sql::ColumnType::LongBlob: return -3;
    default: return static_cast<int>(type);
  }
}

bool begins_as(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  const size_t common = std::min(a.size(), b.size());
  return std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(common), b.begin());
}

bool joinable(const schema::ColumnInfo& a, const schema::ColumnInfo& b) {
  return family(a.type) == family(b.type) && a.is_unsigned == b.is_unsigned && a.decimals == b.decimals &&
         a.charset == b.charset && a.generated == b.generated && begins_as(a.members, b.members);
}

/// "" when the structures are the same; as pessimistic merging wants it.
std::string difference(const TableFacts& a, const TableFacts& b) {
  const auto& left = a.info->columns;
  const auto& right = b.info->columns;
  if (left.size() != right.size()) {
    return "column length mismatch: " + where(a) + " has " + std::to_string(left.size()) + " columns, " + where(b) +
           " has " + std::to_string(right.size());
  }
  for (size_t i = 0; i < left.size(); ++i) {
    const auto same = [&] { return sql::quote_identifier(left[i].name) + " " + left[i].type_text; };
    if (b.info->column_index(left[i].name) != static_cast<int>(i)) {
      return "different column definition: column " + std::to_string(i + 1) + " is " + same() + " in " + where(a) +
             " and " + sql::quote_identifier(right[i].name) + " in " + where(b);
    }
    if (left[i].type_text != right[i].type_text || left[i].charset != right[i].charset ||
        left[i].not_null != right[i].not_null) {
      return "different column definition: " + same() + " in " + where(a) + ", " + right[i].type_text + " in " +
             where(b);
    }
  }
  return {};
}

/// "" when one table can hold the rows of both; as optimistic merging wants it.
std::string conflict(const TableFacts& a, const TableFacts& b) {
  for (const auto& column : a.info->columns) {
    const int at = b.info->column_index(column.name);
    if (at < 0) {
      if (!column.not_null || column.default_text || column.auto_increment || column.generated != sql::Generated::No)
        continue;
      return "column " + sql::quote_identifier(column.name) + " of " + where(a) + " needs a value, and " + where(b) +
             " has no such column";
    }
    const auto& other = b.info->columns[static_cast<size_t>(at)];
    if (!joinable(column, other)) {
      return "different column definition: " + sql::quote_identifier(column.name) + " is " + column.type_text + " in " +
             where(a) + " and " + other.type_text + " in " + where(b) + ", which no type holds both";
    }
  }
  return {};
}

bool has_auto_increment_key(const schema::TableInfo& table) {
  return std::any_of(table.keys.begin(), table.keys.end(), [&](const auto& key) {
    return key.is_unique() && std::any_of(key.parts.begin(), key.parts.end(), [&](const auto& part) {
             const auto* column = table.find_column(part.column);
             return column && column->auto_increment;
           });
  });
}

void check_structures(const model::Task& task, const std::string& target, const std::vector<TableFacts>& tables,
                      Findings& out) {
  const bool optimistic = task.shard_mode == "optimistic";
  const auto& first = tables.front();
  for (size_t i = 1; i < tables.size(); ++i) {
    std::string what = optimistic ? conflict(first, tables[i]) : difference(first, tables[i]);
    if (optimistic && what.empty()) what = conflict(tables[i], first);
    if (what.empty()) continue;
    // Without a shard mode it is the user who keeps the structures together.
    out.add(
        kItem, {},
        {task.shard_mode.empty() ? State::Warn : State::Fail, target, what + "; both go to " + target,
         optimistic ? "Make the definitions fit, or route the tables to different targets."
                    : "Make the structures equal, or use shard_mode optimistic if they only lag behind each other."});
  }
}

}  // namespace

void check_merge(const model::Task& task, const std::string& target, const std::vector<TableFacts>& tables,
                 bool structures, Findings& out) {
  if (structures && out.begin(kItem)) check_structures(task, target, tables, out);
  if (!out.begin("auto_increment_ID")) return;
  for (const TableFacts& table : tables) {
    if (!has_auto_increment_key(*table.info)) continue;
    out.add(
        "auto_increment_ID", {},
        {State::Warn, table.info->schema + "." + table.info->name,
         where(table) + " have auto-increment key, which may collide with those of the other tables that go to " +
             target,
         "Make the keys differ (auto_increment_offset and auto_increment_increment on the sources), or drop the key of "
         "the target table and make it one with a column that tells the tables apart."});
  }
}

}  // namespace sluice::precheck
