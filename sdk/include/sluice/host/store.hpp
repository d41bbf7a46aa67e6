#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include "sluice/abi/store.h"
#include "sluice/host/instance.hpp"

namespace sluice::host {

/// Receives the events of a watch, on a thread of the store, one call at a time. Must outlive the StoreWatch.
class WatchReceiver {
 public:
  virtual ~WatchReceiver() = default;
  /// Whole revisions, in order; everything is borrowed.
  virtual void on_events(std::span<const sluice_watch_event> events) noexcept = 0;
  /// The watch is over: read again, then watch anew (from another thread).
  virtual void on_lost(const sluice_error& error) noexcept = 0;
};

class StoreWatch;

/// A loaded store. Move-only; every function may be called from any thread.
class Store {
 public:
  static std::optional<Store> from(Instance instance, sluice_error& error) {
    auto held = detail::hold<sluice_store_api>(std::move(instance), SLUICE_STORE_INTERFACE, error);
    if (!held) return std::nullopt;
    return Store(std::move(held));
  }
  Store(Store&&) noexcept = default;
  Store& operator=(Store&&) noexcept = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  const Instance& instance() const { return held_->instance; }

  /// Calls each(const sluice_kv&) for the keys that start with `prefix` (exactly it with `exact`), in byte order, as
  /// of `revision`. `each` must not throw.
  template <typename Each>
  sluice_status range(std::string_view prefix, bool exact, int64_t& revision, Each&& each, sluice_error& error) const {
    if (!held_->api.range) return detail::missing("store.range", error);
    using Fn = std::remove_reference_t<Each>;
    const auto thunk = [](void* self, const sluice_kv* kv) noexcept { (*static_cast<Fn*>(self))(*kv); };
    return call("store.range", error, [&](sluice_error* e) {
      return held_->api.range(held_->self(), to_bytes(prefix), exact ? 1 : 0, &revision,
                              const_cast<void*>(static_cast<const void*>(std::addressof(each))), thunk, e);
    });
  }
  sluice_status txn(const sluice_txn& txn, bool& succeeded, int64_t& revision, sluice_error& error) const {
    if (!held_->api.txn) return detail::missing("store.txn", error);
    uint8_t done = 0;
    const sluice_status status = call(
        "store.txn", error, [&](sluice_error* e) { return held_->api.txn(held_->self(), &txn, &done, &revision, e); });
    succeeded = done != 0;
    return status;
  }
  /// From a revision on, 0 = from now. The watch ends with `out`.
  sluice_status watch(std::string_view prefix, int64_t from_revision, WatchReceiver& receiver, StoreWatch& out,
                      sluice_error& error) const;
  sluice_status lease_grant(int64_t ttl_ms, int64_t& lease, sluice_error& error) const {
    if (!held_->api.lease_grant) return detail::missing("store.lease_grant", error);
    return call("store.lease_grant", error,
                [&](sluice_error* e) { return held_->api.lease_grant(held_->self(), ttl_ms, &lease, e); });
  }
  sluice_status lease_keep_alive(int64_t lease, sluice_error& error) const {
    if (!held_->api.lease_keep_alive) return detail::missing("store.lease_keep_alive", error);
    return call("store.lease_keep_alive", error,
                [&](sluice_error* e) { return held_->api.lease_keep_alive(held_->self(), lease, e); });
  }
  sluice_status lease_revoke(int64_t lease, sluice_error& error) const {
    if (!held_->api.lease_revoke) return detail::missing("store.lease_revoke", error);
    return call("store.lease_revoke", error,
                [&](sluice_error* e) { return held_->api.lease_revoke(held_->self(), lease, e); });
  }

 private:
  friend class StoreWatch;
  using Held = detail::Held<sluice_store_api>;
  explicit Store(std::shared_ptr<Held> held) : held_(std::move(held)) {}
  std::shared_ptr<Held> held_;
};

/// A running watch; move-only. Ending it waits for the callback in progress, so never from within one. Keeps the
/// store alive.
class StoreWatch {
 public:
  StoreWatch() = default;
  StoreWatch(StoreWatch&& other) noexcept
      : held_(std::move(other.held_)), watch_(std::exchange(other.watch_, nullptr)) {}
  StoreWatch& operator=(StoreWatch&& other) noexcept {
    stop();
    held_ = std::move(other.held_);
    watch_ = std::exchange(other.watch_, nullptr);
    return *this;
  }
  StoreWatch(const StoreWatch&) = delete;
  StoreWatch& operator=(const StoreWatch&) = delete;
  ~StoreWatch() { stop(); }

  explicit operator bool() const { return held_ != nullptr; }
  void stop() noexcept {
    if (held_ && held_->api.unwatch) held_->api.unwatch(held_->self(), watch_);
    held_.reset();
    watch_ = nullptr;
  }

 private:
  friend class Store;
  std::shared_ptr<Store::Held> held_;
  void* watch_ = nullptr;
};

inline sluice_status Store::watch(std::string_view prefix, int64_t from_revision, WatchReceiver& receiver,
                                  StoreWatch& out, sluice_error& error) const {
  out.stop();
  if (!held_->api.watch || !held_->api.unwatch) return detail::missing("store.watch", error);
  auto raw = make_sized<sluice_watcher>();
  raw.self = &receiver;
  raw.events = [](void* self, const sluice_watch_event* events, size_t count) noexcept {
    static_cast<WatchReceiver*>(self)->on_events({events, count});
  };
  raw.lost = [](void* self, const sluice_error* why) noexcept {
    static_cast<WatchReceiver*>(self)->on_lost(copy_sized(why));
  };
  void* watch = nullptr;
  const sluice_status status = call("store.watch", error, [&](sluice_error* e) {
    return held_->api.watch(held_->self(), to_bytes(prefix), from_revision, &raw, &watch, e);
  });
  if (status != SLUICE_OK) return status;
  out.held_ = held_;
  out.watch_ = watch;
  return SLUICE_OK;
}

}  // namespace sluice::host
