#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/model/source.hpp"
#include "core/model/task.hpp"
#include "core/precheck/report.hpp"
#include "core/precheck/source_facts.hpp"

namespace sluice::precheck {

/// What a check of one source is about.
struct Subject {
  const model::Task& task;
  const model::Source& source;
  const SourceFacts& facts;
  std::vector<upstream::TableName> selected;  ///< of facts.tables, those that the task takes
  bool fresh = true;                          ///< nothing has been migrated: the full copy is still to come
  bool dumps() const { return task.dumps() && fresh; }
};

// All pure.
/// version, server_id, binlog_enable, binlog_format, binlog_row_image, binlog_db, binlog_retention.
void check_server(const Subject& subject, Findings& out);
/// dump_privilege, replication_privilege; each finding with the GRANT that mends it in the words of the server.
void check_privileges(const Subject& subject, Findings& out);
/// conn_number of a source.
void check_connections(const Subject& subject, Findings& out);
/// online_ddl.
void check_online_ddl(const Subject& subject, Findings& out);

/// Sessions that the subtasks of the task open on the target at once.
uint32_t target_connections(const model::Task& task);

}  // namespace sluice::precheck
