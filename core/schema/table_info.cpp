#include "core/schema/table_info.hpp"

#include <atomic>

#include "core/sql/quote.hpp"

namespace sluice::schema {
namespace {

std::string column_sql(const ColumnInfo& column) {
  std::string out = sql::quote_identifier(column.name) + " " + column.type_text;
  if (column.is_character()) {
    if (!column.charset.empty()) out += " CHARACTER SET " + column.charset;
    if (!column.collation.empty()) out += " COLLATE " + column.collation;
  }
  if (column.generated != sql::Generated::No) {
    const bool row = column.expression.rfind("ROW ", 0) == 0;
    out += " GENERATED ALWAYS AS " + column.expression;
    if (!row) out += column.generated == sql::Generated::Stored ? " STORED" : " VIRTUAL";
  }
  out += column.not_null ? " NOT NULL" : " NULL";
  if (column.default_text) out += " DEFAULT " + *column.default_text;
  if (!column.on_update.empty()) out += " ON UPDATE " + column.on_update;
  if (column.auto_increment) out += " AUTO_INCREMENT";
  if (column.invisible) out += " INVISIBLE";
  if (!column.comment.empty()) out += " COMMENT " + sql::quote_string(column.comment);
  if (!column.extra.empty()) out += " " + column.extra;
  return out;
}

std::string key_sql(const KeyInfo& key) {
  std::string out;
  switch (key.type) {
    case sql::KeyType::Primary: out = "PRIMARY KEY"; break;
    case sql::KeyType::Unique: out = "UNIQUE KEY"; break;
    case sql::KeyType::Index: out = "KEY"; break;
    case sql::KeyType::Fulltext: out = "FULLTEXT KEY"; break;
    case sql::KeyType::Spatial: out = "SPATIAL KEY"; break;
  }
  if (key.type != sql::KeyType::Primary) out += " " + sql::quote_identifier(key.name);
  out += " (";
  bool begun = false;
  for (const sql::KeyPart& part : key.parts) {
    if (begun) out += ',';
    begun = true;
    out += part.expression.empty() ? sql::quote_identifier(part.column) : part.expression;
    if (part.prefix > 0) out += "(" + std::to_string(part.prefix) + ")";
    if (part.descending) out += " DESC";
  }
  out += ')';
  if (!key.options.empty()) out += " " + key.options;
  return out;
}

}  // namespace

void TableInfo::touch() {
  static std::atomic<uint64_t> last{0};
  version = ++last;
}

int TableInfo::column_index(const std::string& column) const {
  const ColumnInfo* found = find_column(column);
  return found ? static_cast<int>(found - columns.data()) : -1;
}

void normalize(TableInfo& table) {
  for (ColumnInfo& column : table.columns) {
    column.charset_given = column.is_character() && !column.charset.empty();
    column.collation_given = column.is_character() && !column.collation.empty();
  }
  table.charset_given = table.collation_given = !table.charset.empty() || !table.collation.empty();
  table.touch();
}

Result<TableInfo> parse_create_table(std::string_view sql, const sql::ParseOptions& options) {
  auto statement = sql::parse_ddl(sql, options);
  if (!statement.ok()) {
    Error error = make_error(44008, "the table structure cannot be read: " + statement.error().message);
    error.statement = statement.error().statement;
    return error;
  }
  const sql::Clause& clause = statement->clauses.front();
  if (clause.statement != sql::StatementKind::CreateTable || !clause.definition) {
    return make_error(44009, "expected a CREATE TABLE statement with columns, but got a " +
                                 std::string(sql::statement_kind_name(clause.statement)));
  }
  TableInfo table;
  static_cast<sql::TableDef&>(table) = *clause.definition;
  table.schema = clause.schema;
  table.name = clause.table;
  normalize(table);
  return table;
}

Result<TableInfo> parse_create_table(std::string_view sql, uint64_t sql_mode) {
  sql::ParseOptions options;
  options.sql_mode = sql_mode;
  const bool mariadb =
      sql.find("/*M!") != std::string_view::npos || sql.find("current_timestamp()") != std::string_view::npos;
  options.dialect = mariadb ? sql::Dialect::MariaDb : sql::Dialect::MySql;
  // SHOW CREATE TABLE leaves the collation out only where it is the old default.
  options.utf8mb4_collation = "utf8mb4_general_ci";
  return parse_create_table(sql, options);
}

std::string to_create_sql(const TableInfo& table) {
  std::string out = "CREATE TABLE " + sql::quote_table(table.schema, table.name) + " (\n";
  std::string separator = "  ";
  const auto line = [&](const std::string& text) {
    out += separator + text;
    separator = ",\n  ";
  };
  for (const ColumnInfo& column : table.columns) line(column_sql(column));
  for (const KeyInfo& key : table.keys) line(key_sql(key));
  for (const sql::CheckDef& check : table.checks) {
    line(check.name.empty() ? check.text : "CONSTRAINT " + sql::quote_identifier(check.name) + " " + check.text);
  }
  out += "\n)";
  if (!table.options.empty()) out += " " + table.options;
  if (!table.charset.empty()) out += " DEFAULT CHARSET=" + table.charset;
  if (!table.collation.empty()) out += " COLLATE=" + table.collation;
  if (!table.partition.empty()) out += "\n" + table.partition;
  return out;
}

}  // namespace sluice::schema
