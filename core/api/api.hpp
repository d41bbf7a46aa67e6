#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/model/error.hpp"
#include "core/model/source.hpp"
#include "core/model/task.hpp"
#include "sluice/abi/host.h"

namespace sluice::cluster {
class Node;
}
namespace sluice::upstream {
struct ServerInfo;
}  // namespace sluice::upstream
namespace sluice::plugin {
struct PluginOperation;
}  // namespace sluice::plugin
namespace sluice::precheck {
struct Report;
struct Request;
}  // namespace sluice::precheck

namespace sluice::api {

/// The two ways of speaking that api.md section 2 lists.
enum class Dialect { Docs, Spec };

struct Request {
  std::string operation;  ///< id of the operation table
  Dialect dialect = Dialect::Docs;
  std::vector<std::pair<std::string, std::string>> path;   ///< decoded
  std::vector<std::pair<std::string, std::string>> query;  ///< decoded, in order, names may repeat
  std::string body;
  std::string identity;
  std::string idempotency_key{};  ///< "" = none
};

struct Reply {
  int status = 200;
  std::string content_type = "application/json; charset=utf-8";
  std::string body;
  bool replayed = false;  ///< given before, to the first request with the same Idempotency-Key
};

class ServerCalls;

/// What the operations ask of servers; the real ones unless a test says otherwise.
struct Servers {
  /// Connects to an upstream and reads what definitions need. Empty = core/upstream.
  std::function<Result<upstream::ServerInfo>(const model::Endpoint&)> inspect;
  /// Whether an upstream can be reached now; what hangs costs seconds. Empty = a connection.
  std::function<Status(const model::Endpoint&)> reach;
  /// Connects to the target of a task. Empty = the sink plugin's capabilities.
  std::function<Status(const model::Task&)> check_target;
  /// Creates the binlog filter with the rules of one task. Empty = the plugin binlog_event.
  std::function<Status(const model::Task&)> check_filters;
  /// Runs the pre-check. Empty = core/precheck with the plugins of the node.
  std::function<Result<precheck::Report>(const precheck::Request&)> precheck;
  /// What requests have under way at servers. Empty = made.
  std::shared_ptr<ServerCalls> calls;
};

struct Operation;

/// Runs the operations of the table (operations.hpp) on a node. Knows no HTTP beyond the numbers of its statuses.
/// Thread-safe.
class Api {
 public:
  explicit Api(cluster::Node& node, Servers servers = {});
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;
  ~Api();

  Reply dispatch(const Request& request) const;
  /// The process ends: requests that wait for sources, targets or workers are refused within a second, now and later.
  void cut_off();
  /// The error template of the dialect (api.md 1.5).
  static Reply refuse(Dialect dialect, int status, const Error& error);

  /// The host service that transports get (SLUICE_API_SERVICE); lives as long as this object.
  const sluice_host_api* service() const;

 private:
  std::pair<Reply, int> carry_out(const Request& request, const plugin::PluginOperation& operation) const;
  /// The reply, and the number of the error that it tells or 0.
  std::pair<Reply, int> carry_out(const Request& request, const Operation& operation) const;
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sluice::api
