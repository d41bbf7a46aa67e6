#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
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
};

/// What a plugin answered, checked.
struct PluginReply {
  int status = 0;
  std::string content_type;
  std::string body;
};

/// The operations that instances have contributed. Thread-safe. Owners are the instances' identities; of two instances
/// with one name the older one serves.
class PluginOperations {
 public:
  PluginOperations();
  PluginOperations(const PluginOperations&) = delete;
  PluginOperations& operator=(const PluginOperations&) = delete;
  ~PluginOperations();

  /// Refuses what sluice/host/operations.hpp finds wrong, and an id or a method with a path that the owner has already.
  /// Not served before `publish`.
  Status add(const void* owner, const std::string& instance, const sluice_operation_handler& handler);
  /// The owner is complete: its operations are served from now on.
  void publish(const void* owner);
  /// No longer served; returns when no handler of the owner runs any more. Must not be called from one of them.
  void remove(const void* owner);

  std::vector<PluginOperation> list() const;
  /// Moves with every change of the list.
  uint64_t revision() const;
  /// Runs one in this thread. E49001 when there is none of that name, E50000 when the plugin answers outside of its
  /// contract.
  Result<PluginReply> run(const std::string& instance, const std::string& id, const sluice_request& request);

 private:
  struct Entry;
  struct Answer;
  std::shared_ptr<Entry> begin(const std::string& instance, const std::string& id, bool& off);
  void end(Entry& entry, std::unique_ptr<Answer> unanswered);

  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<Entry>> entries_;
  /// Of plugins that returned without an answer: they may still hold the pointer, so it stays valid.
  std::vector<std::unique_ptr<Answer>> unanswered_;
  uint64_t revision_ = 0;
};

}  // namespace sluice::plugin
