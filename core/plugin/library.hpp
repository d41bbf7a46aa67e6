#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/model/error.hpp"
#include "core/plugin/registry.hpp"
#include "sluice/abi/plugin.h"

namespace sluice::plugin {

class HostTable;

/// One loaded plugin library: checked, initialized, its descriptors copied. Destroying it calls deinit and closes the
/// file; instances hold it. Internal to core/plugin: the only place that knows Boost.DLL.
class Library {
 public:
  /// Errors (50000) name the file, what was expected and found, and what to do.
  static Result<std::shared_ptr<Library>> open(const std::string& file, std::shared_ptr<HostTable> host);
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
  ~Library();

  const sluice_plugin_entry& entry() const { return entry_; }
  const std::vector<PluginInfo>& plugins() const { return plugins_; }

 private:
  class Handle;
  Library(std::unique_ptr<Handle> handle, std::shared_ptr<HostTable> host);
  Status read_descriptors(const std::string& file);

  std::shared_ptr<HostTable> host_;
  std::unique_ptr<Handle> handle_;
  sluice_plugin_entry entry_{};
  bool initialized_ = false;
  std::vector<PluginInfo> plugins_;
};

}  // namespace sluice::plugin
