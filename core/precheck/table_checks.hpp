#pragma once

#include <string>
#include <vector>

#include "core/model/task.hpp"
#include "core/precheck/report.hpp"
#include "core/schema/table_info.hpp"

namespace sluice::precheck {

/// A table of a source as it is now.
struct TableFacts {
  std::string source;
  schema::TablePtr info;  ///< under its source names
  std::vector<std::string> foreign_keys;
  std::string name() const;  ///< `schema`.`table`
};

/// Names of the foreign keys in a text of SHOW CREATE TABLE, which the structures do not keep.
std::vector<std::string> foreign_keys_of(const std::string& create_sql);

// All pure.
/// table_schema and primary_key: what the structure of one table means for replication.
void check_table(const TableFacts& table, Findings& out);
/// table_schema: the table that is in the target already. `target` bears the target's names.
void compare_with_target(const TableFacts& table, const schema::TableInfo& target, Findings& out);
/// schema_of_shard_tables and auto_increment_ID: tables that go to one target table. REQUIRES: two or more.
void check_merge(const model::Task& task, const std::string& target, const std::vector<TableFacts>& tables,
                 bool structures, Findings& out);

}  // namespace sluice::precheck
