#pragma once

#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "core/api/contributed.hpp"
#include "sluice/abi/host.h"

namespace sluice::api {

class Api;

/// The C face of the API for transports. `api` outlives it. Thread-safe.
class Service {
 public:
  /// `operations`: what plugins contribute; null = nothing.
  Service(const Api& api, const plugin::PluginOperations* operations);
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  const sluice_host_api* table() const { return &table_; }

 private:
  static Service& of(void* self) { return *static_cast<Service*>(self); }
  static size_t operation_count(void* self) noexcept;
  static sluice_status operation(void* self, size_t index, sluice_operation* out) noexcept;
  static uint64_t operations_revision(void* self) noexcept;
  static void dispatch(void* self, const sluice_request* request, const sluice_reply_sink* sink) noexcept;
  size_t count();
  bool fill_contributed(size_t index, sluice_operation& out);
  sluice_str keep(const std::string& text);

  const Api& api_;
  const plugin::PluginOperations* operations_;
  std::mutex mutex_;
  std::vector<Contributed> contributed_;  ///< as of the last count
  std::set<std::string> texts_;           ///< what transports have seen; they may hold it as long as this lives
  sluice_host_api table_{};
};

}  // namespace sluice::api
