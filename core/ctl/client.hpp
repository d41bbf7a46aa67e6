#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/ctl/invocation.hpp"

namespace sluice::ctl {

struct Response {
  int status = 0;
  std::string body;
  bool ok() const { return status >= 200 && status < 300; }
};

/// Speaks HTTP or HTTPS with one API, one connection a request. Not thread-safe.
class Client {
 public:
  explicit Client(Settings settings);

  /// Runs one operation of the table. Path parameters in order; everything is encoded here.
  /// Throws Failure(Unreachable) when no reply came, Failure(Usage) when a certificate file cannot be read.
  Response call(const api::Operation& operation, const std::vector<std::string>& path,
                const std::vector<std::pair<std::string, std::string>>& query = {}, const std::string& body = {});
  /// Runs what stands at a path, which is sent as it is. Throws as above.
  Response send(const std::string& method, const std::string& target, const std::string& body);

 private:
  Settings settings_;
};

/// A path as the operation table writes it, below the URL: "/sources" -> "/api/v1/sources", "//health" -> "/health".
std::string full_path(const std::string& path);
/// The path and query of a call, below the URL: "/api/v1/tasks/a%20b?force=true".
std::string request_target(const api::Operation& operation, const std::vector<std::string>& path,
                           const std::vector<std::pair<std::string, std::string>>& query);

}  // namespace sluice::ctl
