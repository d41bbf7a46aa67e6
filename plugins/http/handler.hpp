#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>

#include "docs_page.hpp"
#include "message.hpp"
#include "options.hpp"
#include "router.hpp"
#include "sluice/plugin/host.hpp"

namespace sluice::http {

/// A request that has arrived completely.
struct Exchange {
  Head head;
  std::string body;
  std::string identity;
};

/// Maps HTTP requests to operations of the host's API and replies back. Thread-safe.
class Handler {
 public:
  Handler(const Options& options, plugin::Log log) : options_(options), log_(log), docs_(options) {}

  Response handle(const Exchange& exchange);
  /// The error template of the listener's dialect.
  Response refuse(int status, const std::string& message) const;
  /// At debug, without the query: it may hold what is nobody's business.
  void log_access(const Exchange& exchange, const Response& response, std::chrono::microseconds took) const;
  const plugin::Log& log() const { return log_; }

 private:
  /// The table changes while the process runs: plugins contribute operations.
  std::shared_ptr<const Router> router();
  Response dispatch(const Exchange& exchange, Router::Match match);
  /// What lies below the documentation page; nothing when it is none of its files.
  std::optional<Response> docs_file(const Exchange& exchange, const std::vector<std::string>& segments);

  const Options options_;
  const plugin::Log log_;
  const plugin::Api api_{};
  const DocsPage docs_;
  std::mutex mutex_;
  std::shared_ptr<const Router> router_;
  uint64_t routed_ = 0;  ///< revision of the table that router_ was made of
};

}  // namespace sluice::http
