// Only for the .cpp files of this folder.
#pragma once

#include <string>

#include "core/model/error.hpp"
#include "core/model/source.hpp"
#include "core/upstream/connection.hpp"

namespace sluice::upstream {

/// What was asked for when the server refused.
struct RefusedRequest {
  bool by_gtid = false;
  std::string file;
  uint64_t pos = 0;
  std::string gtid_set;
};

/// Turns the server's refusal (native 1236) into an error that names what is missing and the remedy. Asks the server
/// on a connection of its own; when that fails, the server's own words must do.
Error explain_refusal(const model::Endpoint& endpoint, const RefusedRequest& request, const Error& refusal,
                      const Canceller& canceller);

}  // namespace sluice::upstream
