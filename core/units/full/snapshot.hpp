#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/model/error.hpp"
#include "core/model/source.hpp"
#include "core/units/checkpoints.hpp"
#include "core/upstream/connection.hpp"
#include "core/upstream/server_info.hpp"

namespace sluice::units::full {

/// Sessions on the source that all see the same rows, and where in the binlog that state lies.
struct Snapshot {
  std::vector<upstream::Connection> sessions;
  std::optional<upstream::Connection> lock;  ///< holds LOCK TABLES while the rows are read (consistency "lock")
  upstream::ServerInfo server;
  BinlogLocation location;   ///< empty when the binlog is off
  BinlogLocation exit_safe;  ///< consistency "none": the state lies between `location` and this; else empty
};

/// Opens them. `consistency` is auto, flush, lock, none or snapshot (behaviour.md 8.1). `tables` are locked by "lock";
/// those that vanished meanwhile are left out. Sessions: REPEATABLE READ, time zone +00:00, results in the columns' own
/// character sets, empty sql_mode. E32004 when the lock cannot be had, E11125 when `needs_binlog` and it is off.
/// `canceller` ends them as long as they live.
Result<Snapshot> take_snapshot(const model::Endpoint& endpoint, const std::string& consistency, size_t sessions,
                               const std::vector<upstream::TableName>& tables, bool needs_binlog,
                               const upstream::Canceller& canceller);

}  // namespace sluice::units::full
