#pragma once

#include <string>

#include "core/cluster/state.hpp"

namespace sluice::cluster {

/// A worker that is alive and bound to no source: the one the source was bound to last, else the first by name of the
/// process that has the fewest sources; "" when
/// there is none, or when the files of an unfinished load lie on a worker that is not there.
std::string choose_worker(const State& state, const std::string& source);

/// What the leader does at each look: unbinds sources whose worker is gone (when another could take them, or to show
/// the truth), binds unbound sources. Returns true when something was changed.
Result<bool> schedule(const State& state, StateStore& store);

}  // namespace sluice::cluster
