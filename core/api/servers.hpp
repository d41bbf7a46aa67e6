#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/api/api.hpp"
#include "core/precheck/run.hpp"
#include "core/upstream/connection.hpp"
#include "core/upstream/server_info.hpp"

namespace sluice::host {
class Sink;
}

namespace sluice::api {

/// What requests have under way at sources and targets, so that the end of the process need not wait for a server that
/// hangs. Thread-safe.
class ServerCalls {
 public:
  /// For every connection to a source.
  const upstream::Canceller& sources() const { return sources_; }
  /// The sink of a target that is about to be asked.
  void watch(const std::shared_ptr<host::Sink>& target);
  void cancel();

 private:
  const upstream::Canceller sources_;
  std::mutex mutex_;
  std::list<std::weak_ptr<host::Sink>> targets_;  // guarded by mutex_
};

/// Fills in what a test did not replace.
Servers complete(Servers servers, cluster::Node& node);

/// Completes a definition with what its server says: flavor, server id, case sensitivity; checks GTID mode.
/// E10001, E11010, E26007.
Status complete_source(model::Source& source, const Servers& servers);

}  // namespace sluice::api
