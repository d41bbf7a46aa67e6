#pragma once

#include <Poco/Net/StreamSocket.h>

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

namespace sluice::http {

using Clock = std::chrono::steady_clock;

/// A connection with deadlines over whole messages: a client that sends a byte now and then cannot hold a worker
/// longer than the deadline. Works on plain and TLS sockets. One thread; only `cut` may come from another.
class Stream {
 public:
  enum class Outcome { Data, End, TimedOut, GivenUp };

  explicit Stream(Poco::Net::StreamSocket socket);

  /// Appends what arrives to buffer(). `give_up` is asked every fifth of a second while nothing comes.
  Outcome fill(Clock::time_point deadline, const std::function<bool()>& give_up = {});
  std::string& buffer() { return buffer_; }

  /// False when the peer has gone or did not take it in time.
  bool send(std::string_view data, Clock::time_point deadline);
  /// Ends our side and reads on for a moment, so that the peer gets the reply instead of a reset.
  void finish(std::chrono::milliseconds linger);
  /// Wakes and ends whatever the connection's thread does with it. [any]
  void cut() noexcept;
  Poco::Net::StreamSocket& socket() { return socket_; }

 private:
  Poco::Net::StreamSocket socket_;
  std::string buffer_;
};

}  // namespace sluice::http
