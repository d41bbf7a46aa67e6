#pragma once

#include <functional>
#include <string>
#include <utility>

#include "core/api/api.hpp"

namespace sluice::cluster {
class KeyedRequests;
}

namespace sluice::api {

/// A reply, and the number of the error that it tells or 0.
using Outcome = std::pair<Reply, int>;

/// Carries out a write. With an Idempotency-Key it is carried out once, and a repetition gets the reply of the first,
/// marked as replayed; not so for a trial (dry_run), which has no effect. `effects_in_store`: see KeyedRequest.
Outcome carry_out_once(cluster::KeyedRequests& requests, const Request& request, const std::string& method,
                       bool effects_in_store, const std::function<Outcome()>& carry_out);

}  // namespace sluice::api
