#pragma once

#include <string>
#include <vector>

#include "core/api/api.hpp"
#include "core/precheck/run.hpp"
#include "core/upstream/server_info.hpp"

namespace sluice::api {

/// Fills in what a test did not replace.
Servers complete(Servers servers, cluster::Node& node);

/// Completes a definition with what its server says: flavor, server id, case sensitivity; checks GTID mode.
/// E10001, E11010, E26007.
Status complete_source(model::Source& source, const Servers& servers);

}  // namespace sluice::api
