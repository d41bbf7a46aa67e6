#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/model/error.hpp"
#include "core/sql/statement.hpp"
#include "core/sql/table_def.hpp"

namespace sluice::schema {

using ColumnInfo = sql::ColumnDef;
using KeyInfo = sql::KeyDef;

/// The structure of one table. `version` is unique per structure within the process; two infos with equal version
/// are equal. Values are made by parse_create_table, the tracker and table_json; call touch() after changing one by
/// hand.
struct TableInfo : sql::TableDef {
  std::string schema;
  std::string name;
  uint64_t version = 0;

  /// Gives it a version of its own.
  void touch();
  /// Index of the column, case-insensitive; -1 when absent.
  int column_index(const std::string& column) const;
  /// Same columns, keys and options; names and version aside.
  bool same_structure(const TableInfo& other) const {
    return static_cast<const sql::TableDef&>(*this) == static_cast<const sql::TableDef&>(other);
  }
};

/// Makes an info of a parsed definition comparable: the marks of what was written out are set as to_create_sql writes
/// it. Gives it a version.
void normalize(TableInfo& table);

using TablePtr = std::shared_ptr<const TableInfo>;

/// Reads a CREATE TABLE (SHOW CREATE TABLE's, a dump's or a user's). Names without schema get `options.default_schema`.
/// CREATE TABLE … LIKE and statements of another kind fail with 44009, text that cannot be read with 44008. The
/// versioned comments are read by `options.dialect`.
Result<TableInfo> parse_create_table(std::string_view sql, const sql::ParseOptions& options);
/// The same for a text of a known mode and unknown schema, in MariaDB's or MySQL's dialect by its own looks.
Result<TableInfo> parse_create_table(std::string_view sql, uint64_t sql_mode);

/// The canonical CREATE TABLE `schema`.`name`: parse_create_table of it yields an equal structure. Character sets and
/// collations are written out at each column.
std::string to_create_sql(const TableInfo& table);

}  // namespace sluice::schema
