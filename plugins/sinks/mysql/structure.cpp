#include "structure.hpp"

#include <algorithm>

namespace sluice::mysql {
namespace {

constexpr int kNoSuchTable = 1146;
constexpr int kNoSuchSchema = 1049;

bool is_missing(const plugin::Failure& failure) {
  return failure.native() == kNoSuchTable || failure.native() == kNoSuchSchema;
}

std::string text(const Row& row, size_t i) { return i < row.size() && row[i] ? *row[i] : std::string(); }

std::string lower(std::string value) {
  std::transform(value.begin(), value.end(), value.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return value;
}

/// SHOW FULL COLUMNS: Field, Type, Collation, Null, Key, Default, Extra, ...
TargetColumn read_column(const Row& row) {
  TargetColumn column;
  column.name = text(row, 0);
  column.type = lower(text(row, 1));
  const std::string collation = text(row, 2);
  column.charset = collation.substr(0, collation.find('_'));
  column.nullable = text(row, 3) == "YES";
  const std::string extra = lower(text(row, 6));
  // Not "default_generated", which MySQL 8 says of DEFAULT (expression).
  column.generated = extra.find("virtual") != std::string::npos || extra.find("stored") != std::string::npos ||
                     extra.find("persistent") != std::string::npos;
  return column;
}

/// SHOW INDEX: Table, Non_unique, Key_name, Seq_in_index, Column_name, Collation, Cardinality, Sub_part, ...
void read_index_part(const Row& row, std::vector<TargetKey>& keys) {
  if (text(row, 1) != "0") return;
  const std::string name = text(row, 2);
  if (keys.empty() || keys.back().name != name) {
    keys.push_back({});
    keys.back().name = name;
    keys.back().primary = name == "PRIMARY";
  }
  TargetKey& key = keys.back();
  if (row.size() > 4 && row[4])
    key.columns.push_back(*row[4]);
  else
    key.expression = true;
  key.prefix = key.prefix || (row.size() > 7 && row[7]);
}

}  // namespace

TargetTable read_target_table(Connection& connection, std::string_view schema, std::string_view table) {
  const std::string name = quoted_name(schema, table);
  TargetTable target;
  for (const Row& row : connection.query("SHOW FULL COLUMNS FROM " + name, "read the structure of " + name)) {
    target.columns.push_back(read_column(row));
  }
  for (const Row& row : connection.query("SHOW INDEX FROM " + name, "read the keys of " + name)) {
    read_index_part(row, target.keys);
  }
  std::stable_partition(target.keys.begin(), target.keys.end(), [](const TargetKey& key) { return key.primary; });
  return target;
}

std::string read_create_table(Connection& connection, std::string_view schema, std::string_view table) {
  const std::string name = quoted_name(schema, table);
  try {
    const auto rows = connection.query("SHOW CREATE TABLE " + name, "read the structure of " + name);
    return rows.empty() ? std::string() : text(rows[0], 1);
  } catch (const plugin::Failure& failure) {
    if (is_missing(failure)) return {};
    throw;
  }
}

bool is_transactional(Connection& connection, std::string_view schema, std::string_view table) {
  const bool backslash = connection.backslash_escapes();
  const auto rows = connection.query(
      "SELECT 1 FROM information_schema.tables t JOIN information_schema.engines e ON e.engine = t.engine WHERE "
      "e.transactions = 'YES' AND t.table_schema = " +
          quoted_string(schema, backslash) + " AND t.table_name = " + quoted_string(table, backslash),
      "read the engine of " + quoted_name(schema, table));
  return !rows.empty();
}

bool table_has_rows(Connection& connection, std::string_view schema, std::string_view table) {
  const std::string name = quoted_name(schema, table);
  try {
    return !connection.query("SELECT 1 FROM " + name + " LIMIT 1", "look for rows in " + name).empty();
  } catch (const plugin::Failure& failure) {
    if (is_missing(failure)) return false;
    throw;
  }
}

}  // namespace sluice::mysql
