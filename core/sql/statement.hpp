#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/model/error.hpp"
#include "core/sql/lexer.hpp"
#include "core/sql/table_def.hpp"

namespace sluice::sql {

/// How a text is to be read: all of it travels with the query event or is known of the source.
struct ParseOptions {
  uint64_t sql_mode = 0;
  std::string default_schema;  ///< fills in names without one
  Dialect dialect = Dialect::MySql;
  std::string default_charset;  ///< for tables that name none (that of the schema); "" = unknown
  std::string default_collation;
  /// Default collation of utf8mb4 on the source (it is also in the status variables of MySQL 8's query events);
  /// "" = utf8mb4_0900_ai_ci for MySQL (before 8.0 it was utf8mb4_general_ci: set it), general_ci for MariaDB.
  std::string utf8mb4_collation;
};

enum class StatementKind {
  CreateDatabase,
  AlterDatabase,
  DropDatabase,
  CreateTable,
  AlterTable,
  DropTable,
  TruncateTable,
  RenameTable,
  CreateIndex,
  DropIndex,
  CreateView,
  AlterView,
  DropView,
};

/// What a clause of ALTER TABLE (or CREATE/DROP INDEX) does. None for the other statements.
enum class ClauseKind {
  None,
  AddColumn,
  DropColumn,
  ModifyColumn,
  ChangeColumn,
  RenameColumn,
  AlterColumnDefault,
  AlterColumnVisibility,
  AddPrimaryKey,
  AddUniqueKey,
  AddIndex,
  AddFulltextOrSpatial,
  AddForeignKey,
  AddCheck,
  DropPrimaryKey,
  DropIndex,
  DropForeignKey,
  DropConstraint,
  DropCheck,
  RenameIndex,
  AlterIndexVisibility,
  AlterConstraint,
  RenameTable,
  TableOptions,
  ConvertCharset,
  OrderBy,
  EnableDisableKeys,
  Force,
  AddPartition,
  DropPartition,
  TruncatePartition,
  ReorganizePartition,
  RebuildPartition,
  CoalescePartition,
  ExchangePartition,
  OtherPartition /* ANALYZE, CHECK, OPTIMIZE, REPAIR, DISCARD, IMPORT, CONVERT */,
  PartitionBy,
  RemovePartitioning,
  Tablespace,
  SystemVersioning,
  Period,
  Modifier /* only ALGORITHM, LOCK, WITH VALIDATION: no change */,
};

enum class OtherRole { Like, References, RenameTo, ExchangeWith };

struct OtherTable {
  OtherRole role;
  std::string schema;
  std::string table;
};

enum class Position { Unspecified, First, After };

/// A stretch of the rewritten text: fixed SQL, or a name to be mapped (table empty = a schema's name).
struct Fragment {
  bool is_name = false;
  std::string text;
  std::string schema;
  std::string table;
};

/// One object, one action. Everything is in source names.
struct Clause {
  StatementKind statement = StatementKind::AlterTable;
  ClauseKind kind = ClauseKind::None;
  std::string schema;
  std::string table;  ///< "" for statements on a schema
  std::vector<OtherTable> others;
  bool temporary = false;
  bool if_exists = false;
  bool if_not_exists = false;
  bool or_replace = false;
  bool has_foreign_key = false;  ///< the clause, or the table created, declares one

  // What the clause is about; which are set depends on `kind`.
  std::string column;                  ///< existing column: DROP, MODIFY, CHANGE, RENAME, ALTER
  std::string new_name;                ///< RENAME COLUMN, RENAME INDEX
  std::string index;                   ///< existing index or constraint
  std::vector<ColumnDef> definitions;  ///< ADD (one), MODIFY, CHANGE: the new column. RENAME COLUMN: empty
  std::vector<KeyDef> keys;            ///< keys it adds (also those written inside a column's definition)
  Position position = Position::Unspecified;
  std::string after;
  bool drop_default = false;  ///< ALTER COLUMN DROP DEFAULT (SET: `default_text`)
  std::string default_text;
  bool make_visible = false;  ///< ALTER COLUMN / INDEX … VISIBLE; else invisible
  bool one_of_many = false;   ///< its ALTER TABLE has other clauses too
  bool from_list = false;     ///< was ADD COLUMN (a, b): one of its items
  std::string charset;        ///< of table options, CONVERT TO, CREATE/ALTER DATABASE; "" = not named
  std::string collation;
  std::vector<std::string> options;            ///< lower-case names of the table options: "engine", "comment", …
  std::shared_ptr<const TableDef> definition;  ///< CREATE TABLE with a column list

  std::vector<Fragment> head;  ///< ALTER TABLE t …; empty for other statements
  std::vector<Fragment> body;
};

struct Statement {
  StatementKind kind = StatementKind::AlterTable;
  std::vector<Clause> clauses;  ///< never empty, in the order of the text
};

/// Reads one DDL statement and splits it (behaviour.md 12.1). Fails with 36067 when it is no DDL or cannot be read;
/// the message tells where. Never crashes, whatever the bytes. A trailing `;` is accepted.
Result<Statement> parse_ddl(std::string_view sql, const ParseOptions& options);

/// (schema, table) of the source -> those of the target. Called with table "" for a schema's name.
using NameMap = std::function<std::pair<std::string, std::string>(const std::string&, const std::string&)>;

/// Leaves every name as it is (still schema-qualified).
std::pair<std::string, std::string> same_name(const std::string& schema, const std::string& table);

struct RenderOptions {
  bool drop_index_if_exists = false;  ///< add IF EXISTS to DROP INDEX: MariaDB and TiDB know it, MySQL does not
};

/// The clause as a statement of its own with mapped, schema-qualified names in backticks; IF [NOT] EXISTS added to
/// CREATE/DROP DATABASE and TABLE (not to CREATE OR REPLACE).
std::string render(const Clause& clause, const NameMap& names, const RenderOptions& options = {});

/// Clauses of one ALTER TABLE, in order, as one statement (DROP COLUMN a, ADD COLUMN a … only works so). Clauses of
/// another kind of statement must come alone. REQUIRES: !clauses.empty()
std::string render(const std::vector<const Clause*>& clauses, const NameMap& names, const RenderOptions& options = {});

/// A stable name for logs: "ALTER TABLE", "CREATE DATABASE".
const char* statement_kind_name(StatementKind kind);

}  // namespace sluice::sql
