#pragma once

#include <vector>

#include "connection.hpp"
#include "settings.hpp"
#include "sluice/plugin/sink.hpp"

namespace sluice::mysql {

/// What the target is not ready for: privileges, settings, connections, triggers, names that are one here. Reads only.
std::vector<plugin::SinkFinding> check_target(Connection& connection, const Settings& settings,
                                              const plugin::SinkNeeds& needs);

}  // namespace sluice::mysql
