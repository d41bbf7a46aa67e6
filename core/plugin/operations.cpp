#include "core/plugin/operations.hpp"

#include <mutex>

#include "sluice/common/text.hpp"

namespace sluice::plugin {

Status PluginOperations::add(const void* owner, const std::string& instance, const sluice_operation_handler& handler) {
  const sluice_operation_handler given = copy_sized(&handler);
  const sluice_operation described = copy_sized(&handler.operation);
  PluginOperation operation{instance,
                            std::string(view(described.id)),
                            std::string(view(described.method)),
                            std::string(view(described.path)),
                            std::string(view(described.summary)),
                            described.flags};
  const std::string what = "operation `" + operation.id + "` of the instance `" + instance + "`: ";
  if (operation.id.empty() || !given.handle) return make_error(50000, what + "an id and a handler are expected");
  if (operation.method != "GET" && operation.method != "POST" && operation.method != "PUT" &&
      operation.method != "DELETE") {
    return make_error(50000, what + "the method is `" + operation.method + "`, GET, POST, PUT or DELETE is expected");
  }
  if (operation.path.empty() || operation.path[0] != '/') {
    return make_error(50000, what + "the path is `" + operation.path + "`, it must begin with /");
  }
  const std::unique_lock lock(mutex_);
  for (const Entry& entry : entries_) {
    if (entry.operation.instance == instance && entry.operation.id == operation.id) {
      return make_error(50000, what + "an operation of this id is there already; choose another id");
    }
  }
  entries_.push_back({std::move(operation), owner, given.self, given.handle});
  return {};
}

void PluginOperations::remove(const void* owner) {
  const std::unique_lock lock(mutex_);
  std::erase_if(entries_, [owner](const Entry& entry) { return entry.owner == owner; });
}

std::vector<PluginOperation> PluginOperations::list() const {
  const std::shared_lock lock(mutex_);
  std::vector<PluginOperation> all;
  for (const Entry& entry : entries_) all.push_back(entry.operation);
  return all;
}

bool PluginOperations::dispatch(const std::string& instance, const std::string& id, const sluice_request& request,
                                const sluice_reply_sink& reply) const {
  const std::shared_lock lock(mutex_);  // held while the handler runs: an instance is not destroyed under it
  for (const Entry& entry : entries_) {
    if (entry.operation.instance != instance || entry.operation.id != id) continue;
    entry.handle(entry.self, &request, &reply);
    return true;
  }
  return false;
}

}  // namespace sluice::plugin
