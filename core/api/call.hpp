#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/api/api.hpp"
#include "core/api/operations.hpp"
#include "core/cluster/node.hpp"
#include "core/model/json.hpp"

namespace sluice::api {

/// One request on its way through an operation.
struct Call {
  const Request& request;
  const Operation& operation;
  cluster::Node& node;
  const Servers& servers;

  bool docs() const { return request.dialect == Dialect::Docs; }
  /// A parameter of the path; "" when the transport left it out.
  std::string path(std::string_view name) const;
  /// The last value of a query parameter.
  std::optional<std::string> query(std::string_view name) const;
  /// true/false, 1/0 in any case; else E49001.
  Result<std::optional<bool>> flag(std::string_view name) const;
  /// Repeated values, or one comma list unless the whole is a name of `known`.
  std::vector<std::string> names(std::string_view name, const std::vector<std::string>& known) const;
  /// The body, with the laxness of the dialect. Empty → null when `optional`, else E49001.
  Result<model::Json> body(bool optional = false) const;

  /// The reply of success: the operation's status of this dialect.
  Reply ok() const;
  Reply ok(const model::Json& body) const;
};

/// A request body of either shape (api.md 1.3).
struct Unwrapped {
  model::Json object;
  std::string path;  ///< "source", "task" or "", for messages
  std::string worker_name;
};
/// `wrapper` is "source" or "task", `name` the member that tells a flat object.
Result<Unwrapped> unwrap(const model::Json& body, const char* wrapper, const char* name);

/// {"total": n, "data": [...]}
model::Json list_of(model::Json::Array items);

}  // namespace sluice::api
