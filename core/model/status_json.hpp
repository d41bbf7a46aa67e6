#pragma once

#include "core/model/error.hpp"
#include "core/model/json.hpp"
#include "core/model/status.hpp"

namespace sluice::model {

/// An error as an object: code, class, scope, level, message, cause, workaround and where; empty members are left out.
Json write_error(const Error& error);
Error read_error(const Json& json);
/// {action, binlog_name, binlog_pos, binlog_gtid, statement, sqls, requested_at, state}
Json write_handling(const ErrorHandling& handling);
ErrorHandling read_handling(const Json& json);

/// SubTaskStatus of api.md 3.12 (unit in lower case) with the extension members `errors` and, in sync_status,
/// `counters` {read, applied, pending, filtered}.
Json write_status(const SubtaskStatus& status);
/// Reads what write_status wrote; members that are missing keep their defaults.
SubtaskStatus read_status(const Json& json);

}  // namespace sluice::model
