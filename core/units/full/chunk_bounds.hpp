#pragma once

#include <string>
#include <vector>

#include "core/units/full/source_tables.hpp"
#include "core/upstream/connection.hpp"

namespace sluice::units::full {

/// Inner bounds of the chunks of a table, as a session of the snapshot sees it; none when `column` is "".
Result<std::vector<std::string>> plan_bounds(upstream::Connection& session, const SourceTable& table,
                                             const std::string& column, size_t workers);

}  // namespace sluice::units::full
