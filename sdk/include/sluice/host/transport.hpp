#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "sluice/abi/transport.h"
#include "sluice/host/instance.hpp"

namespace sluice::host {

/// A loaded transport. Move-only; one call at a time. Destroying it without stop is fine: the plugin stops itself.
class Transport {
 public:
  static std::optional<Transport> from(Instance instance, sluice_error& error) {
    auto held = detail::hold<sluice_transport_api>(std::move(instance), SLUICE_TRANSPORT_INTERFACE, error);
    if (!held) return std::nullopt;
    return Transport(std::move(held));
  }
  Transport(Transport&&) noexcept = default;
  Transport& operator=(Transport&&) noexcept = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  const Instance& instance() const { return held_->instance; }
  sluice_status start(sluice_error& error) {
    if (!held_->api.start) return detail::missing("transport.start", error);
    return call("transport.start", error, [&](sluice_error* e) { return held_->api.start(held_->self(), e); });
  }
  void stop(int64_t timeout_ms) {
    if (held_->api.stop) held_->api.stop(held_->self(), timeout_ms);
  }
  /// REQUIRES: started
  sluice_status address(std::string& out, sluice_error& error) const {
    out.clear();
    if (!held_->api.address) return detail::missing("transport.address", error);
    const Collector collector(out);
    return call("transport.address", error,
                [&](sluice_error* e) { return held_->api.address(held_->self(), collector.raw(), e); });
  }

 private:
  using Held = detail::Held<sluice_transport_api>;
  explicit Transport(std::shared_ptr<Held> held) : held_(std::move(held)) {}
  std::shared_ptr<Held> held_;
};

}  // namespace sluice::host
