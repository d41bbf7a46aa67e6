#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "sluice/abi/store.h"
#include "sluice/plugin/failure.hpp"

namespace sluice::plugin {

/// Keys and values are bytes; views are borrowed.
struct Kv {
  std::string_view key, value;
  int64_t create_revision = 0, mod_revision = 0, version = 0, lease = 0;

  sluice_kv raw() const { return {to_bytes(key), to_bytes(value), create_revision, mod_revision, version, lease}; }
};

/// All compares hold: then_ops run, else else_ops. Use sluice::view on keys and values.
struct Txn {
  std::span<const sluice_compare> compares;
  std::span<const sluice_store_op> then_ops, else_ops;
};
struct TxnResult {
  bool succeeded = false;
  int64_t revision = 0;
};

struct WatchEvent {
  bool deleted = false;
  Kv kv;  ///< for deletes: key and mod_revision only
};

/// Where a watch reports. Copyable; valid until the StoreWatch is gone. One call at a time.
class Watcher {
 public:
  explicit Watcher(const sluice_watcher* in) : raw_(copy_sized(in)) {}
  /// Whole revisions only, in order.
  void events(std::span<const WatchEvent> events) const {
    std::vector<sluice_watch_event> flat;
    flat.reserve(events.size());
    for (const WatchEvent& e : events) flat.push_back({e.deleted ? SLUICE_OP_DELETE : SLUICE_OP_PUT, 0, e.kv.raw()});
    raw_.events(raw_.self, flat.data(), flat.size());
  }
  /// The watch is over.
  void lost(const Failure& why) const {
    auto error = make_sized<sluice_error>();
    why.fill(&error);
    raw_.lost(raw_.self, &error);
  }

 private:
  sluice_watcher raw_;
};

/// A running watch. The destructor ends it: it returns after the last callback has ended.
class StoreWatch {
 public:
  StoreWatch() = default;
  StoreWatch(const StoreWatch&) = delete;
  StoreWatch& operator=(const StoreWatch&) = delete;
  virtual ~StoreWatch() = default;
};

/// Holds the state of the system, in etcd's vocabulary. Everything may be called from many threads at once.
class Store {
 public:
  static constexpr const char* kKind = "store";
  using Each = std::function<void(const Kv&)>;
  Store() = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  virtual ~Store() = default;

  /// Keys that start with `prefix` (exactly it with `exact`), in byte order, as of one revision, which is returned.
  virtual int64_t range(std::string_view prefix, bool exact, const Each& each) = 0;
  /// Durable when it returns.
  virtual TxnResult txn(const Txn& txn) = 0;
  /// From a revision on; 0 = from now.
  virtual std::unique_ptr<StoreWatch> watch(std::string_view prefix, int64_t from_revision, Watcher watcher) = 0;
  virtual int64_t lease_grant(std::chrono::milliseconds ttl) = 0;
  virtual void lease_keep_alive(int64_t lease) = 0;
  virtual void lease_revoke(int64_t lease) = 0;
};

namespace detail {

class StoreBox {
 public:
  template <typename T>
  explicit StoreBox(std::unique_ptr<T> object) : object_(std::move(object)), api_(make_sized<sluice_store_api>()) {
    api_.range = &StoreBox::range;
    api_.txn = &StoreBox::txn;
    api_.watch = &StoreBox::watch;
    api_.unwatch = [](void*, void* watch) noexcept { guard_silent([&] { delete static_cast<StoreWatch*>(watch); }); };
    api_.lease_grant = [](void* self, int64_t ttl_ms, int64_t* lease, sluice_error* error) noexcept {
      return guard(error, [&] { *lease = store(self).lease_grant(std::chrono::milliseconds(ttl_ms)); });
    };
    api_.lease_keep_alive = [](void* self, int64_t lease, sluice_error* error) noexcept {
      return guard(error, [&] { store(self).lease_keep_alive(lease); });
    };
    api_.lease_revoke = [](void* self, int64_t lease, sluice_error* error) noexcept {
      return guard(error, [&] { store(self).lease_revoke(lease); });
    };
  }
  const void* get_interface(std::string_view id) const { return id == SLUICE_STORE_INTERFACE ? &api_ : nullptr; }

 private:
  static Store& store(void* self) { return *static_cast<StoreBox*>(self)->object_; }
  static sluice_status range(void* self, sluice_bytes prefix, uint8_t exact, int64_t* revision, void* each_self,
                             void (*each)(void*, const sluice_kv*) noexcept, sluice_error* error) noexcept {
    return guard(error, [&] {
      const int64_t at = store(self).range(view(prefix), exact != 0, [&](const Kv& kv) {
        const sluice_kv raw = kv.raw();
        if (each) each(each_self, &raw);
      });
      if (revision) *revision = at;
    });
  }
  static sluice_status txn(void* self, const sluice_txn* txn, uint8_t* succeeded, int64_t* revision,
                           sluice_error* error) noexcept {
    return guard(error, [&] {
      const sluice_txn in = copy_sized(txn);
      const TxnResult result = store(self).txn(
          {{in.compares, in.compare_count}, {in.then_ops, in.then_count}, {in.else_ops, in.else_count}});
      if (succeeded) *succeeded = result.succeeded ? 1 : 0;
      if (revision) *revision = result.revision;
    });
  }
  static sluice_status watch(void* self, sluice_bytes prefix, int64_t from_revision, const sluice_watcher* watcher,
                             void** watch, sluice_error* error) noexcept {
    return guard(error, [&] { *watch = store(self).watch(view(prefix), from_revision, Watcher(watcher)).release(); });
  }

  std::unique_ptr<Store> object_;
  sluice_store_api api_;
};

}  // namespace detail

}  // namespace sluice::plugin
