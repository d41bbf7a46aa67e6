#include "core/precheck/table_checks.hpp"

#include <algorithm>
#include <set>

#include "core/sql/quote.hpp"

namespace sluice::precheck {
namespace {

constexpr const char* kItem = "table_schema";

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

std::string list(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + sql::quote_identifier(name);
  return out;
}

/// The columns of each primary or unique key, as sets of lower-case names.
std::set<std::set<std::string>> unique_keys(const schema::TableInfo& table) {
  std::set<std::set<std::string>> out;
  for (const auto& key : table.keys) {
    if (!key.is_unique()) continue;
    std::set<std::string> columns;
    for (const auto& part : key.parts) columns.insert(part.column.empty() ? part.expression : lower(part.column));
    out.insert(std::move(columns));
  }
  return out;
}

/// MySQL 8.0 and MariaDB 10.6 write utf8mb3 for what was utf8.
std::string plain_charset(std::string name) {
  name = lower(std::move(name));
  return name.starts_with("utf8mb3") ? "utf8" + name.substr(7) : name;
}

bool needs_value(const schema::ColumnInfo& column) {
  return column.not_null && !column.default_text && !column.auto_increment && column.generated == sql::Generated::No;
}

void warn(const TableFacts& table, Findings& out, std::string what, std::string remedy) {
  out.add(kItem, table.source,
          {State::Warn, table.info->schema + "." + table.info->name, std::move(what), std::move(remedy)});
}

void compare_columns(const TableFacts& table, const schema::TableInfo& target, const std::string& target_name,
                     Findings& out) {
  std::vector<std::string> missing;
  for (const auto& column : table.info->columns) {
    if (target.column_index(column.name) < 0 && column.generated == sql::Generated::No) missing.push_back(column.name);
  }
  if (!missing.empty()) {
    warn(table, out, "the target table " + target_name + " lacks column(s) " + list(missing) + " of " + table.name(),
         "Add them to the target table, or leave the target table out and let it be created.");
  }
  std::vector<std::string> demanding;
  for (const auto& column : target.columns) {
    if (table.info->column_index(column.name) < 0 && needs_value(column)) demanding.push_back(column.name);
  }
  if (demanding.empty()) return;
  warn(table, out,
       "the target table " + target_name + " has column(s) " + list(demanding) + " that " + table.name() +
           " has not and that need a value",
       "Give them a default: ALTER TABLE " + target_name + " ALTER COLUMN " + sql::quote_identifier(demanding.front()) +
           " SET DEFAULT ...");
}

/// Columns that hold text: another character set may not know the characters, another collation other duplicates.
void compare_texts(const TableFacts& table, const schema::TableInfo& target, const std::string& target_name,
                   Findings& out) {
  std::vector<std::string> charsets;
  std::vector<std::string> collations;
  for (const auto& column : table.info->columns) {
    const int at = target.column_index(column.name);
    if (at < 0 || !column.is_character() || !target.columns[static_cast<size_t>(at)].is_character()) continue;
    const auto& other = target.columns[static_cast<size_t>(at)];
    const std::string there = plain_charset(other.charset);
    if (plain_charset(column.charset) != there) {
      if (there != "utf8mb4") charsets.push_back(column.name);
    } else if (!column.collation.empty() && !other.collation.empty() &&
               plain_charset(column.collation) != plain_charset(other.collation)) {
      collations.push_back(column.name);
    }
  }
  if (!charsets.empty()) {
    warn(table, out,
         "the character set of column(s) " + list(charsets) + " of " + table.name() +
             " is another one in the target table " + target_name,
         "Use utf8mb4 there: ALTER TABLE " + target_name + " CONVERT TO CHARACTER SET utf8mb4;");
  }
  if (!collations.empty()) {
    warn(table, out,
         "the collation of column(s) " + list(collations) + " of " + table.name() +
             " is another one in the target table " + target_name + ": values may be equal there that differ here",
         "Give the target's columns the collation of the source.");
  }
}

}  // namespace

std::string TableFacts::name() const { return sql::quote_table(info->schema, info->name); }

std::vector<std::string> foreign_keys_of(const std::string& create_sql) {
  std::vector<std::string> out;
  constexpr std::string_view kLine = "\n  CONSTRAINT `";
  for (size_t at = 0; (at = create_sql.find(kLine, at)) != std::string::npos;) {
    at += kLine.size();
    const size_t end = std::min(create_sql.find('\n', at), create_sql.size());
    const size_t name = create_sql.find("` FOREIGN KEY (", at);
    if (name < end) out.push_back(create_sql.substr(at, name - at));
  }
  return out;
}

void check_table(const TableFacts& table, Findings& out) {
  const auto keys = unique_keys(*table.info);
  if (keys.empty()) {
    warn(table, out,
         table.name() + " has no primary and no unique key: changes find their rows by all columns, which is slow",
         "Add a primary key.");
  }
  if (!table.info->primary_key()) {
    out.add("primary_key", table.source,
            {State::Fail, table.info->schema + "." + table.info->name, table.name() + " has no primary key",
             "Add one, or leave primary_key out of checking_items."});
  }
  if (!table.foreign_keys.empty()) {
    warn(table, out,
         table.name() + " has foreign key(s) " + list(table.foreign_keys) +
             ": what they cascade is not in the binlog, and the target does not check them",
         "Set target_config.foreign_key_checks to \"1\" if the target is to check and cascade; changes are then "
         "applied by "
         "one session.");
  }
  std::vector<std::string> generated;
  for (const auto& column : table.info->columns) {
    if (column.generated != sql::Generated::No) generated.push_back(column.name);
  }
  if (generated.empty()) return;
  warn(table, out,
       table.name() + " has generated column(s) " + list(generated) +
           ": the target computes them itself, and its version may do so differently",
       "Compare these columns after the full copy.");
}

void compare_with_target(const TableFacts& table, const schema::TableInfo& target, Findings& out) {
  const std::string target_name = sql::quote_table(target.schema, target.name);
  compare_columns(table, target, target_name, out);
  compare_texts(table, target, target_name, out);
  if (unique_keys(*table.info) == unique_keys(target)) return;
  warn(table, out,
       "the primary and unique keys of " + table.name() + " and of the target table " + target_name +
           " are on different columns",
       "Give the target table the keys of the source, unless they differ on purpose.");
}

}  // namespace sluice::precheck
