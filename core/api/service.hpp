#pragma once

#include "sluice/abi/host.h"

namespace sluice::api {

class Api;

/// The C face of the API for transports. `api` outlives it.
class Service {
 public:
  explicit Service(const Api& api);
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  const sluice_host_api* table() const { return &table_; }

 private:
  sluice_host_api table_{};
};

}  // namespace sluice::api
