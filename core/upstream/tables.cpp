#include <strings.h>

#include <string_view>

#include "core/upstream/server_info.hpp"

namespace sluice::upstream {

bool is_system_schema(std::string_view schema) {
  static constexpr std::string_view kNames[] = {
      "mysql", "information_schema", "performance_schema", "sys", "metrics_schema", "inspection_schema", "ndbinfo"};
  for (std::string_view name : kNames) {
    if (schema.size() == name.size() && ::strncasecmp(schema.data(), name.data(), name.size()) == 0) return true;
  }
  return false;
}

Result<std::vector<std::string>> list_schemas(Connection& connection) {
  Result<Rows> rows = connection.query("SHOW DATABASES");
  if (!rows) return rows.status();
  std::vector<std::string> out;
  for (const auto& row : rows->rows) out.push_back(row.at(0).value_or(""));
  return out;
}

Result<std::vector<std::string>> list_tables(Connection& connection, const std::string& schema) {
  // MariaDB calls a base table with history "SYSTEM VERSIONED".
  Result<Rows> rows = connection.query("SHOW FULL TABLES FROM " + quote_name(schema) +
                                       " WHERE Table_type IN ('BASE TABLE', 'SYSTEM VERSIONED')");
  if (!rows) return rows.status();
  std::vector<std::string> out;
  for (const auto& row : rows->rows) out.push_back(row.at(0).value_or(""));
  return out;
}

Result<std::vector<TableName>> list_all_tables(Connection& connection) {
  Result<std::vector<std::string>> schemas = list_schemas(connection);
  if (!schemas) return schemas.status();
  std::vector<TableName> out;
  for (const std::string& schema : *schemas) {
    if (is_system_schema(schema)) continue;
    Result<std::vector<std::string>> tables = list_tables(connection, schema);
    if (!tables && tables.error().native == 1049) continue;  // dropped meanwhile
    if (!tables) return tables.status();
    for (std::string& table : *tables) out.push_back({schema, std::move(table)});
  }
  return out;
}

Result<std::string> show_create_table(Connection& connection, const std::string& schema, const std::string& table) {
  Result<Rows> rows = connection.query("SHOW CREATE TABLE " + quote_name(schema) + "." + quote_name(table));
  if (!rows) return rows.status();
  const auto column = rows->column("Create Table");
  if (!column || rows->empty()) {
    Error error = make_error(10005, schema + "." + table + " on " + connection.address() + " is not a table");
    error.native = 1347;
    error.scope = "upstream";
    error.table = schema + "." + table;
    return error;
  }
  return rows->rows[0][*column].value_or("");
}

}  // namespace sluice::upstream
