// A TCP proxy that a test puts between two programs to cut, freeze or delay their connection.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <thread>

namespace sluice::test {

// Listens on a free loopback port and carries every connection to 127.0.0.1:target. Thread-safe.
class TcpProxy {
 public:
  explicit TcpProxy(std::uint16_t target);
  ~TcpProxy();
  TcpProxy(const TcpProxy&) = delete;
  TcpProxy& operator=(const TcpProxy&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  // Resets all connections that are open now; new ones are welcome.
  void cut();
  // While refusing, new connections are reset at once (open ones stay).
  void refuse(bool on) { refuse_ = on; }
  // While frozen no byte moves in either direction and nothing is closed: what a lost route looks like.
  void freeze(bool on) { frozen_ = on; }
  // Holds back every piece of data by this long in each direction.
  void delay(std::chrono::milliseconds by) { delay_ms_ = by.count(); }
  // Resets a connection after this many more bytes from the client or the server in all; 0 = never.
  void cut_after(std::uint64_t bytes_from_client, std::uint64_t bytes_from_server);
  [[nodiscard]] std::size_t connections() const;
  // Connections accepted since the start.
  [[nodiscard]] std::uint64_t accepted() const { return accepted_; }

 private:
  struct Link;
  void accept_loop();
  void pump(Link& link, bool from_client);
  void serve(const std::shared_ptr<Link>& link);
  [[nodiscard]] bool may_pass(bool from_client, std::uint64_t bytes);
  void close_links();

  std::uint16_t target_;
  std::uint16_t port_ = 0;
  int listener_ = -1;
  std::atomic<bool> stop_{false};
  std::atomic<bool> refuse_{false};
  std::atomic<bool> frozen_{false};
  std::atomic<std::int64_t> delay_ms_{0};
  std::atomic<std::int64_t> budget_client_{-1};
  std::atomic<std::int64_t> budget_server_{-1};
  std::atomic<std::uint64_t> accepted_{0};
  mutable std::mutex mutex_;
  std::list<std::shared_ptr<Link>> links_;
  std::thread acceptor_;
};

}  // namespace sluice::test
