#include "stream.hpp"

#include <Poco/Exception.h>
#include <Poco/Net/NetException.h>
#include <sys/socket.h>

#include <algorithm>

namespace sluice::http {
namespace {

constexpr int kSliceMs = 200;

}  // namespace

Stream::Stream(Poco::Net::StreamSocket socket) : socket_(std::move(socket)) {
  socket_.setReceiveTimeout(Poco::Timespan(0, kSliceMs * 1000));
  socket_.setSendTimeout(Poco::Timespan(5, 0));
  socket_.setNoDelay(true);
}

Stream::Outcome Stream::fill(Clock::time_point deadline, const std::function<bool()>& give_up) {
  char bytes[16384];
  while (true) {
    // Asked before reading too: a client that keeps dripping bytes never lets a read time out.
    if (Clock::now() >= deadline) return Outcome::TimedOut;
    try {
      const int size = socket_.receiveBytes(bytes, sizeof bytes);
      if (size > 0) {
        buffer_.append(bytes, static_cast<size_t>(size));
        return Outcome::Data;
      }
      if (size == 0) return Outcome::End;  // negative: TLS wants another round
    } catch (const Poco::TimeoutException&) {
    } catch (const Poco::Exception&) {
      return Outcome::End;
    }
    if (give_up && give_up()) return Outcome::GivenUp;
  }
}

bool Stream::send(std::string_view data, Clock::time_point deadline) {
  constexpr size_t kPiece = 16384;
  try {
    while (!data.empty()) {
      if (Clock::now() >= deadline) return false;
      const int sent = socket_.sendBytes(data.data(), static_cast<int>(std::min(kPiece, data.size())));
      if (sent > 0) data.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  } catch (const Poco::Exception&) {
    return false;
  }
}

void Stream::finish(std::chrono::milliseconds linger) {
  try {
    socket_.shutdownSend();
    const auto deadline = Clock::now() + linger;
    constexpr size_t kMost = 1U << 20;
    size_t dropped = 0;
    while (linger.count() > 0 && dropped < kMost && Clock::now() < deadline) {
      buffer_.clear();
      if (fill(deadline) != Outcome::Data) break;
      dropped += buffer_.size();
    }
  } catch (const Poco::Exception&) {  // the peer has gone already
  }
}

// Only the file descriptor is touched: OpenSSL's state belongs to the connection's thread.
void Stream::cut() noexcept { ::shutdown(socket_.impl()->sockfd(), SHUT_RDWR); }

}  // namespace sluice::http
