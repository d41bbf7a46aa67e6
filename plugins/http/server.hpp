#pragma once

#include <Poco/Net/ServerSocket.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "lobby.hpp"
#include "options.hpp"
#include "stream.hpp"

namespace sluice::http {

class Handler;

/// Accepts connections and serves each, once its first request is there, on one of at most `threads` workers. When
/// there are too many connections, the one that has been silent longest is closed. While all are busy and others wait,
/// idle connections give their worker back at once. start and stop by one thread.
class Server {
 public:
  Server(const Options& options, Handler& handler);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  /// Stops at once.
  ~Server();

  /// Throws Failure.
  void start();
  /// Accepts no more; connections that have come in are answered until `timeout` is over, then cut off. Returns when
  /// every worker has ended.
  void stop(std::chrono::milliseconds timeout);
  std::string address() const;

  bool stopping() const { return stopping_.load(std::memory_order_relaxed); }
  /// True when a connection waits for a worker.
  bool pressed() const { return waiting_.load(std::memory_order_relaxed) > 0; }

 private:
  void accept_loop();
  void accept_one();
  /// Into the queue of the workers.
  void admit(Lobby::Guest& guest);
  void worker_loop();
  void serve(Lobby::Guest guest);

  const Options options_;
  Handler& handler_;
  std::unique_ptr<Poco::Net::ServerSocket> listener_;
  std::unique_ptr<Lobby> lobby_;  ///< of the acceptor's thread
  std::atomic<bool> stopping_{false};
  std::atomic<int64_t> waiting_{0};

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Lobby::Guest> queue_;
  std::set<Stream*> live_;
  int64_t idle_workers_ = 0;
  bool no_more_ = false;  ///< the acceptor has ended: workers leave when the queue is empty
  bool cut_ = false;
  std::vector<std::thread> workers_;
  std::thread acceptor_;
};

}  // namespace sluice::http
