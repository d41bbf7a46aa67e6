#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/api/api.hpp"
#include "core/model/json.hpp"
#include "core/plugin/operations.hpp"

namespace sluice::api {

/// An operation that a plugin instance contributes, under the names that transports and clients know.
struct Contributed {
  std::string id;    ///< "instance/operation": no operation of the table has a slash in its id
  std::string path;  ///< below the base path, the instance's name percent-encoded: "/plugins/shop%2Fmysql-01/counts"
  plugin::PluginOperation operation;
};

std::vector<Contributed> contributed(const std::vector<plugin::PluginOperation>& operations);

/// The operation that transports know by this id, or nothing.
std::optional<plugin::PluginOperation> find_contributed(const plugin::PluginOperations& operations,
                                                        const std::string& id);
/// Runs it in this thread. Errors: E49001 when it has gone or is asked for a trial, E50000 when the plugin misbehaves.
Result<Reply> run_contributed(plugin::PluginOperations& operations, const plugin::PluginOperation& operation,
                              const Request& request);

/// Path item members of the description: operation by operation, below `base`. Marked as contributed.
void describe_contributed(const std::vector<Contributed>& all, const std::string& base, model::Json& paths);

}  // namespace sluice::api
