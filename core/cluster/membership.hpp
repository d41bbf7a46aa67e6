#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "core/cluster/node.hpp"
#include "core/cluster/state_store.hpp"

namespace sluice::cluster {

/// This node's registration: a lease, kept alive on a thread of its own, and the keys that hang on it (alive master,
/// alive workers, leader). When the lease is lost, registers again every second.
class Membership {
 public:
  Membership(const NodeConfig& config, StateStore& store);
  Membership(const Membership&) = delete;
  Membership& operator=(const Membership&) = delete;
  ~Membership();

  /// `lost` is called when the lease is lost, on a thread of this object, which does not register again before it has
  /// returned; `joined` after each registration or election. Set before begin.
  void on_lost(std::function<void()> callback) { lost_ = std::move(callback); }
  void on_joined(std::function<void()> callback) { joined_ = std::move(callback); }

  /// Registers (E46003 when the name is alive elsewhere) and begins to keep the lease.
  Status begin();
  /// Gives the lease back: the keys vanish at once.
  void end();

  /// No longer leads nor stands for election, until the node starts anew.
  void resign();

  /// Of this run of the program; stands at process_key(name) as long as the lease holds.
  const std::string& process() const { return process_; }
  bool alive() const { return lease_ != 0; }
  bool leader() const { return leader_; }

 private:
  Status join();
  Status check_address(const char* alive_kind, const std::string& name, const std::string& address) const;
  /// Alive keys of workers that a former process of this node had and this one has not.
  Result<std::vector<std::string>> surplus_workers() const;
  void campaign();
  void loop(const std::stop_token& stop);
  /// Ends the work here when the lease has run out, also while the store keeps the loop waiting for an answer.
  void watch_lease(const std::stop_token& stop);
  void lose(const std::string& reason);
  /// The lease holds for lease_ttl from then on.
  void heard_at(std::chrono::steady_clock::time_point asked);

  const NodeConfig& config_;
  const std::vector<WorkerIdentity> workers_;
  const std::string process_;
  StateStore& store_;
  std::function<void()> lost_;
  std::function<void()> joined_;
  std::atomic<int64_t> lease_{0};
  std::chrono::steady_clock::time_point leased_at_;  // before the store was asked for the lease; begin and the thread
  std::atomic<bool> leader_{false};
  std::atomic<bool> resigned_{false};
  std::mutex stopping_mutex_;  // held while the work of a lost lease is being stopped
  std::mutex mutex_;           // expires_, and the changes of lease_ that wake watch_lease
  std::condition_variable_any changed_;
  std::chrono::steady_clock::time_point expires_;
  std::jthread watch_;
  std::jthread thread_;
};

}  // namespace sluice::cluster
