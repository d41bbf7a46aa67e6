#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/model/error.hpp"
#include "core/model/source.hpp"
#include "core/model/task.hpp"
#include "core/upstream/connection.hpp"
#include "core/upstream/server_info.hpp"

namespace sluice::precheck {

/// What a source server says of itself, of the user, and which tables it has.
struct SourceFacts {
  upstream::ServerInfo info;
  upstream::Grants grants;
  upstream::ConnectionCounts connections;
  std::optional<upstream::BinlogStatus> binlog;  ///< nullopt when the user may not ask
  std::vector<upstream::TableName> tables;       ///< all that the user can see, system schemas aside
};

/// Opens a session for the pre-check. When `patient`, waits a few seconds where the source has no connection to spare:
/// the sessions of the step before may not be gone yet.
Result<upstream::Connection> connect_to(const model::Source& source, const upstream::Canceller& canceller,
                                        bool patient = true);

/// Asks the source. E10001, E10005.
Result<SourceFacts> look_at(const model::Source& source, const upstream::Canceller& canceller);

/// A connection that reads the binlog at the place where the task is told to begin, for 15 s at most. Ok when there is
/// something to read, or nothing yet. `server_id` is ours.
Status try_position(const model::Source& source, const model::SourceConf& conf, const upstream::ServerInfo& info,
                    const upstream::Canceller& canceller);

}  // namespace sluice::precheck
