// The http plugin of this build, loaded by the registry, in front of a small API of the test.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "core/plugin/metrics.hpp"
#include "core/plugin/registry.hpp"
#include "sluice/host/host.hpp"
#include "tests/support/process.hpp"

namespace sluice::test {

// Operations that say what they were asked for. `wait` blocks until release().
class EchoApi {
 public:
  EchoApi();
  [[nodiscard]] const sluice_host_api* table() const { return &table_; }
  void release();
  void await_blocked(int count);
  [[nodiscard]] int dispatched() const;

 private:
  void dispatch(const sluice_request& request, const sluice_reply_sink& reply);

  sluice_host_api table_{};
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool released_ = false;
  int blocked_ = 0;
  int dispatched_ = 0;
};

class Listener {
 public:
  // `settings` are members of the JSON object: "\"threads\": 4".
  explicit Listener(const std::string& settings = "");
  ~Listener();
  [[nodiscard]] std::uint16_t port() const { return port_; }
  EchoApi& api() { return api_; }
  host::Transport& transport() { return *transport_; }

 private:
  EchoApi api_;
  std::unique_ptr<plugin::Registry> registry_;
  std::shared_ptr<host::Transport> transport_;
  std::uint16_t port_ = 0;
};

// A raw TCP connection to a loopback port.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port);
  ~RawClient();
  RawClient(RawClient&& other) noexcept : fd_(other.fd_), rest_(std::move(other.rest_)) { other.fd_ = -1; }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  // False when the peer has closed.
  bool send(const std::string& text);
  // Status line, headers and the body that Content-Length announces; "" when the peer closed without a reply.
  std::string reply(std::chrono::milliseconds limit = 20s, bool head_only = false);
  // True when the peer closes within the limit.
  bool closed_within(std::chrono::milliseconds limit);
  void close();

 private:
  bool fill(std::chrono::steady_clock::time_point deadline);
  int fd_ = -1;
  std::string rest_;
};

// One request on one connection.
std::string ask(std::uint16_t port, const std::string& request, bool head_only = false);
inline std::string get(const std::string& target, const std::string& more = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: x\r\n" + more + "\r\n";
}
int status_of(const std::string& reply);
std::string body_of(const std::string& reply);

}  // namespace sluice::test
