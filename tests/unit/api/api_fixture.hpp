#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "core/api/api.hpp"
#include "core/model/json.hpp"
#include "core/precheck/run.hpp"
#include "core/upstream/server_info.hpp"
#include "tests/unit/cluster/node_fixture.hpp"

namespace sluice::testing {

using Query = std::vector<std::pair<std::string, std::string>>;

/// An API on a node with a real store; only the database servers are told by the test.
struct ApiUnderTest {
  explicit ApiUnderTest(api::Dialect d = api::Dialect::Docs) : dialect(d) {
    info.version = "8.0.36";
    info.flavor = "mysql";
    info.version_number = 80036;
    info.server_id = 1;
    info.log_bin = true;
    info.binlog_format = "ROW";
    info.binlog_row_image = "FULL";
    info.gtid_mode = "OFF";
    grants = upstream::parse_grants({"GRANT ALL PRIVILEGES ON *.* TO `root`@`%`"});
    api::Servers servers;
    servers.inspect = [this](const model::Endpoint& endpoint) { return look(endpoint); };
    servers.precheck = [this](const precheck::Request& request) {
      precheck::Services services;
      services.look = [this](const model::Source& source) -> Result<precheck::SourceFacts> {
        auto seen = look(source.endpoint);
        if (!seen.ok()) return seen.status();
        return precheck::SourceFacts{*seen, grants, {}, upstream::BinlogStatus{}, {}};
      };
      return precheck::run(request, services);
    };
    servers.reach = [this](const model::Endpoint& endpoint) { return look(endpoint).status(); };
    servers.check_target = [this](const model::Task&) { return target; };
    servers.check_filters = [this](const model::Task&) { return filters; };
    if (!node.node->start().ok()) throw std::runtime_error("the node does not start");
    api = std::make_unique<api::Api>(*node.node, servers);
  }

  Result<upstream::ServerInfo> look(const model::Endpoint& endpoint) {
    const std::lock_guard lock(mutex);  // the pre-check asks several sources at once
    asked.push_back(endpoint.password);
    if (!reachable) return make_error(10001, "cannot connect to " + endpoint.host, "connection refused");
    return info;
  }

  api::Reply call(const std::string& operation, const std::string& body = {}, const Query& path = {},
                  const Query& query = {}) {
    api::Request request;
    request.operation = operation;
    request.dialect = dialect;
    request.path = path;
    request.query = query;
    request.body = body;
    return api->dispatch(request);
  }
  /// The body of a reply as JSON.
  static model::Json json(const api::Reply& reply) {
    auto parsed = model::parse_json(reply.body);
    if (!parsed.ok()) throw std::runtime_error("not JSON: " + reply.body);
    return *parsed;
  }
  static std::string code(const api::Reply& reply) {
    const model::Json body = json(reply);
    const model::Json* found = body.find("error_code");
    return found && found->as_string() ? *found->as_string()
           : found && found->as_int()  ? std::to_string(*found->as_int())
                                       : "none";
  }
  /// Status and code of a refusal: "400 46008".
  std::string refusal(const std::string& operation, const std::string& body = {}, const Query& path = {},
                      const Query& query = {}) {
    const api::Reply reply = call(operation, body, path, query);
    return std::to_string(reply.status) + (reply.status < 400 ? " " + reply.body : " " + code(reply));
  }

  api::Dialect dialect;
  upstream::ServerInfo info;
  upstream::Grants grants;
  bool reachable = true;
  Status target;
  Status filters;
  std::mutex mutex;
  std::vector<std::string> asked;  ///< passwords that were used to connect
  NodeUnderTest node;
  std::unique_ptr<api::Api> api;
};

inline const std::string kSource =
    R"({"source_name":"mysql-01","host":"127.0.0.1","port":3306,"user":"root","password":"123456","enable":true,"enable_gtid":false})";

}  // namespace sluice::testing
