#pragma once

#include <functional>
#include <map>
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
  BinlogLocation location;  ///< empty when the binlog is off
  /// What the task selects at `location`; nothing when that could not be held still (consistency none, lock, TiDB).
  std::optional<std::vector<upstream::TableName>> tables;
  std::map<upstream::TableName, std::string> structures;  ///< CREATE TABLE of them at `location`
  BinlogLocation exit_safe;  ///< consistency "none": the state lies between `location` and this; else empty
};

/// Names the tables that are of interest, in the order in which they are to be read.
using SelectTables = std::function<Result<std::vector<upstream::TableName>>(upstream::Connection&)>;

/// Opens them. `consistency` is auto, flush, lock, none or snapshot (behaviour.md 8.1). The tables of `select` are
/// locked by "lock", those that vanished meanwhile left out. With a global lock their structures are read as they are
/// at `location`: a column that is added without touching a row (MariaDB 10.3, MySQL 8.0) would not be noticed later.
/// Sessions: REPEATABLE READ, time zone +00:00, results in the columns' own character sets, empty sql_mode. E32004 when
/// the lock cannot be had, E11125 when `needs_binlog` and it is off. `canceller` ends them as long as they live.
Result<Snapshot> take_snapshot(const model::Endpoint& endpoint, const std::string& consistency, size_t sessions,
                               const SelectTables& select, bool needs_binlog, const upstream::Canceller& canceller);

}  // namespace sluice::units::full
