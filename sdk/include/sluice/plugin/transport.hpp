#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "sluice/abi/transport.h"
#include "sluice/plugin/host.hpp"

namespace sluice::plugin {

/// Carries API requests into the host (plugin::Api). One call at a time.
class Transport {
 public:
  static constexpr const char* kKind = "transport";
  Transport() = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  virtual ~Transport() = default;

  /// Binds and begins to serve; returns when requests are accepted.
  virtual void start() = 0;
  /// Accepts no more, waits for requests in progress, then cuts them off. May be called twice and without start.
  virtual void stop(std::chrono::milliseconds timeout) = 0;
  /// The address in use, e.g. 127.0.0.1:8261. Only after start.
  virtual std::string address() const = 0;
};

namespace detail {

class TransportBox {
 public:
  template <typename T>
  explicit TransportBox(std::unique_ptr<T> object)
      : object_(std::move(object)), api_(make_sized<sluice_transport_api>()) {
    api_.start = [](void* self, sluice_error* error) noexcept { return guard(error, [&] { box(self).start(); }); };
    api_.stop = [](void* self, int64_t timeout_ms) noexcept {
      guard_silent([&] { box(self).stop(std::chrono::milliseconds(timeout_ms < 0 ? 0 : timeout_ms)); });
    };
    api_.address = [](void* self, const sluice_writer* out, sluice_error* error) noexcept {
      return guard(error, [&] {
        const std::string text = box(self).address();
        const sluice_writer writer = copy_sized(out);
        if (writer.write(writer.self, text.data(), text.size()) != 0) throw Failure::cancelled();
      });
    };
  }
  const void* get_interface(std::string_view id) const { return id == SLUICE_TRANSPORT_INTERFACE ? &api_ : nullptr; }

 private:
  static Transport& box(void* self) { return *static_cast<TransportBox*>(self)->object_; }
  std::unique_ptr<Transport> object_;
  sluice_transport_api api_;
};

}  // namespace detail

}  // namespace sluice::plugin
