#pragma once

#include <map>
#include <shared_mutex>
#include <string>
#include <vector>

#include "core/model/error.hpp"
#include "sluice/abi/host.h"

namespace sluice::plugin {

/// An operation that a plugin instance contributed; served below /plugins/{instance}.
struct PluginOperation {
  std::string instance;  ///< the instance's name
  std::string id;
  std::string method;
  std::string path;  ///< template below /plugins/{instance}, e.g. /rules/{rule}
  std::string summary;
  uint32_t flags = 0;
};

/// The operations that live instances have contributed. Thread-safe.
class PluginOperations {
 public:
  /// Refuses an empty id or method, a path that does not start with '/', and an id that the instance already has.
  Status add(const void* owner, const std::string& instance, const sluice_operation_handler& handler);
  /// Returns when no handler of the owner runs any more. Must not be called from a handler.
  void remove(const void* owner);
  std::vector<PluginOperation> list() const;
  /// Runs one. False when there is none of that name; otherwise `reply` has been given by the plugin.
  bool dispatch(const std::string& instance, const std::string& id, const sluice_request& request,
                const sluice_reply_sink& reply) const;

 private:
  struct Entry {
    PluginOperation operation;
    const void* owner;
    void* self;
    decltype(sluice_operation_handler::handle) handle;
  };
  mutable std::shared_mutex mutex_;
  std::vector<Entry> entries_;
};

}  // namespace sluice::plugin
