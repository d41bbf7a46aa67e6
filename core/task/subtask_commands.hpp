#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "core/model/error.hpp"
#include "core/model/json.hpp"
#include "core/task/command.hpp"
#include "core/task/subtask.hpp"
#include "core/upstream/connection.hpp"

namespace sluice::host {
class Sink;
}

namespace sluice::task {

/// What a command works with. Everything it reads and changes lies in the checkpoint, so it needs no running unit.
struct CommandContext {
  const SubtaskConfig& config;
  const SubtaskServices& services;
  model::SubtaskStatus status;  ///< as of now
  /// Told of the sink it opens, so that it can be cut off.
  std::function<void(std::shared_ptr<host::Sink>)> opened;
  /// Told what is pending for statements from now on.
  std::function<void(std::vector<model::ErrorHandling>)> handlings;
  /// Of the connections to the source.
  upstream::Canceller canceller;
  /// Everything is checked and nothing is changed; the reply means nothing.
  bool trial = false;
};

/// What must hold for a command of this kind; 40051, 40056, 49001 for a kind that is not known.
struct CommandKind {
  bool exclusive = true;  ///< the subtask must be paused in the unit sync, and stay so meanwhile
};
Result<CommandKind> find_command(const std::string& kind);
Status check_stage(const CommandKind& kind, const model::SubtaskStatus& status);

/// Kinds, arguments and replies:
///   targets           schema_pattern?, table_pattern?           [{source_schema, source_table, target_…}]
///   schemas           –                                         [name]
///   tables            schema                                    [name]
///   structure.get     schema, table                             {schema_name, table_name, schema_create_sql}
///   structure.set     schema, table, schema_source, sql_content? null
///   structure.forget  schema, table                             null
///   handling.list     –                                         [ErrorHandling]
///   handling.set      action, sqls?, binlog_name?, binlog_pos?, binlog_gtid?   ErrorHandling
///   handling.revert   –                                         [ErrorHandling]
/// Those that change something are also there as a trial: "structure.set.trial". Kinds of their own, since a worker of
/// an older release would take no notice of an argument. With resume: true in the arguments the worker starts the
/// subtask afterwards, unless a user has stopped it.
Result<model::Json> run_command(const Command& command, const CommandContext& context);

}  // namespace sluice::task
