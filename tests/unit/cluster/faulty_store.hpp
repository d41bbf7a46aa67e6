#pragma once

#include <atomic>
#include <memory>
#include <stdexcept>
#include <thread>

#include "sluice/host/store.hpp"

namespace sluice::testing {

/// A real store behind switches: while `full` it only reads, while `broken` every call fails, while `frozen` none
/// returns, while `lossy` transactions are carried out and their answers lost.
class FaultyStore {
 public:
  explicit FaultyStore(const std::shared_ptr<host::Store>& inner) : state_(std::make_shared<State>()) {
    state_->inner = inner;
    bool offered = false;
    state_->api = inner->instance().table<sluice_store_api>(SLUICE_STORE_INTERFACE, offered);
    state_->self = inner->instance().self();
    sluice_plugin_entry entry{};
    // The state outlives every instance: the pointer is handed to create() by the thread that asks for it.
    creating() = state_.get();
    entry.create = [](const char*, const char*, sluice_str, sluice_instance* out, sluice_error*) noexcept {
      out->self = creating();
      out->get_interface = [](void*, const char*) noexcept -> const void* { return table(); };
      out->destroy = [](void*) noexcept {};
      return static_cast<sluice_status>(SLUICE_OK);
    };
    host::Instance instance;
    auto error = make_sized<sluice_error>();
    if (host::Instance::create(entry, "store", "faulty", "{}", state_, instance, error) != SLUICE_OK)
      throw std::runtime_error("no instance");
    auto store = host::Store::from(std::move(instance), error);
    if (!store) throw std::runtime_error("no store");
    store_ = std::make_shared<host::Store>(std::move(*store));
  }
  ~FaultyStore() { state_->frozen = false; }
  FaultyStore(const FaultyStore&) = delete;
  FaultyStore& operator=(const FaultyStore&) = delete;

  std::shared_ptr<host::Store> store() const { return store_; }
  void broken(bool on) { state_->broken = on; }
  void frozen(bool on) { state_->frozen = on; }
  void lossy(bool on) { state_->lossy = on; }
  void full(bool on) { state_->full = on; }

 private:
  struct State {
    std::shared_ptr<host::Store> inner;
    sluice_store_api api{};
    void* self = nullptr;
    std::atomic<bool> broken{false};
    std::atomic<bool> frozen{false};
    std::atomic<bool> lossy{false};
    std::atomic<bool> full{false};
  };
  static State*& creating() {
    static thread_local State* state = nullptr;
    return state;
  }
  template <typename Call>
  static sluice_status pass(void* self, sluice_error* error, Call&& call) noexcept {
    State& state = *static_cast<State*>(self);
    while (state.frozen) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    if (!state.broken) return call(state);
    const sluice_status failed = host::refuse(*error, 50000, "the disk is gone");
    error->flags |= SLUICE_ERROR_RETRYABLE;
    return failed;
  }
  static const sluice_store_api* table() {
    static const sluice_store_api kTable = [] {
      auto out = make_sized<sluice_store_api>();
      out.range = [](void* self, sluice_bytes prefix, uint8_t exact, int64_t* revision, void* each_self,
                     void (*each)(void*, const sluice_kv*) noexcept, sluice_error* error) noexcept {
        return pass(self, error,
                    [&](State& s) { return s.api.range(s.self, prefix, exact, revision, each_self, each, error); });
      };
      out.txn = [](void* self, const sluice_txn* txn, uint8_t* done, int64_t* revision, sluice_error* error) noexcept {
        return pass(self, error, [&](State& s) {
          if (s.full && txn->then_count > 0) return host::refuse(*error, 50000, "database or disk is full");
          const sluice_status status = s.api.txn(s.self, txn, done, revision, error);
          if (!s.lossy || status != SLUICE_OK) return status;
          const sluice_status failed = host::refuse(*error, 50000, "the answer is lost");
          error->flags |= SLUICE_ERROR_RETRYABLE | SLUICE_ERROR_OUTCOME_UNKNOWN;
          return failed;
        });
      };
      out.watch = [](void* self, sluice_bytes prefix, int64_t from, const sluice_watcher* watcher, void** watch,
                     sluice_error* error) noexcept {
        return pass(self, error, [&](State& s) { return s.api.watch(s.self, prefix, from, watcher, watch, error); });
      };
      out.unwatch = [](void* self, void* watch) noexcept {
        State& s = *static_cast<State*>(self);
        s.api.unwatch(s.self, watch);
      };
      out.lease_grant = [](void* self, int64_t ttl, int64_t* lease, sluice_error* error) noexcept {
        return pass(self, error, [&](State& s) { return s.api.lease_grant(s.self, ttl, lease, error); });
      };
      out.lease_keep_alive = [](void* self, int64_t lease, sluice_error* error) noexcept {
        return pass(self, error, [&](State& s) { return s.api.lease_keep_alive(s.self, lease, error); });
      };
      out.lease_revoke = [](void* self, int64_t lease, sluice_error* error) noexcept {
        return pass(self, error, [&](State& s) { return s.api.lease_revoke(s.self, lease, error); });
      };
      return out;
    }();
    return &kTable;
  }

  std::shared_ptr<State> state_;
  std::shared_ptr<host::Store> store_;
};

}  // namespace sluice::testing
