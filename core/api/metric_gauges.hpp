#pragma once

#include "core/cluster/node.hpp"
#include "core/plugin/metrics.hpp"

namespace sluice::api {

/// Gauges that mirror the state of now, under DM's names (docs/metrics.md); series of what is gone are dropped.
void refresh_gauges(const cluster::Node& node, plugin::Metrics& metrics);

}  // namespace sluice::api
