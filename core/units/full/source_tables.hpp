#pragma once

#include <string>
#include <vector>

#include "core/model/source.hpp"
#include "core/model/task.hpp"
#include "core/rules/router.hpp"
#include "core/rules/selection.hpp"
#include "core/schema/table_info.hpp"
#include "core/units/full/snapshot.hpp"
#include "core/upstream/server_info.hpp"

namespace sluice::units::full {

/// Which tables of the source the task takes, and where they go.
struct TableRules {
  rules::Selection selection;
  rules::Router router;
  static Result<TableRules> build(const model::Task& task, const model::Source& source);
};

/// A table of the source as a session of the snapshot sees it.
struct SourceTable {
  std::string schema;
  std::string table;
  std::string create_sql;
  std::string charset;  ///< default of its schema
  std::string collation;
  std::string utf8mb4_collation;  ///< default of utf8mb4 on the source
  bool mariadb = false;
  schema::TablePtr info;
  uint64_t rows = 0;  ///< estimates
  uint64_t bytes = 0;
};

/// Names of the selected base tables, ascending.
Result<std::vector<upstream::TableName>> selected_tables(upstream::Connection& connection, const TableRules& rules);
/// The same as of the snapshot's place in the binlog where it holds them, else as of now.
Result<std::vector<upstream::TableName>> selected_tables(Snapshot& snapshot, const TableRules& rules);

/// Fills in the defaults that structures of table.schema leave unsaid.
Status read_defaults(upstream::Connection& connection, SourceTable& table);

/// Reads one table's structure and size. Native 1146 when it is gone.
Result<SourceTable> describe_table(upstream::Connection& connection, const upstream::ServerInfo& server,
                                   const upstream::TableName& name);
/// The same as of the snapshot's place in the binlog. Native 1146 when the table has been dropped since, 1412 when its
/// rows can no longer be read as they were then.
Result<SourceTable> describe_table(Snapshot& snapshot, const upstream::TableName& name);
/// The structure out of create_sql and the defaults beside it.
Result<schema::TablePtr> parse_structure(const SourceTable& table);

/// CREATE TABLE IF NOT EXISTS with the target's name in place of the source's.
Result<std::string> routed_create(const std::string& create_sql, const std::string& schema, const std::string& table);

/// True when another source of the task may write into this target table, by a route or under its own name: then it is
/// not ours to empty.
bool others_may_write(const model::Task& task, const std::string& source, const std::string& target_schema,
                      const std::string& target_table);

}  // namespace sluice::units::full
