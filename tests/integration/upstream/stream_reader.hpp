// Reads a binlog stream on a thread of its own and keeps what came.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/upstream/binlog_stream.hpp"
#include "core/upstream/server_info.hpp"
#include "tests/support/server.hpp"

namespace sluice::test {

inline model::Endpoint model_endpoint(const DatabaseServer& server, uint16_t port = 0) {
  model::Endpoint out;
  out.host = server.host();
  out.port = port != 0 ? port : server.port();
  out.user = server.user();
  out.password = server.password();
  return out;
}

inline upstream::StreamOptions stream_options(uint32_t server_id) {
  upstream::StreamOptions out;
  out.server_id = server_id;
  out.heartbeat = std::chrono::milliseconds(500);
  out.read_timeout = std::chrono::seconds(5);
  return out;
}

/// Stands in a file and does not come once more.
inline bool is_fresh(const upstream::StreamEvent& event) {
  return event.kind == upstream::StreamEvent::Kind::Event && !event.replayed && event.end_pos > event.start_pos;
}

inline bool contains(const upstream::StreamEvent& event, std::string_view text) {
  return std::string_view(reinterpret_cast<const char*>(event.data.data()), event.data.size()).find(text) !=
         std::string_view::npos;
}

/// False when the condition does not come true in time.
template <typename Condition>
bool eventually(Condition&& condition, std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

class StreamReader {
 public:
  explicit StreamReader(upstream::BinlogStream& stream) : stream_(stream), thread_([this] { run(); }) {}
  StreamReader(const StreamReader&) = delete;
  StreamReader& operator=(const StreamReader&) = delete;
  ~StreamReader() {
    stream_.cancel();
    thread_.join();
  }

  /// Waits until an event holds the text, or the stream ended; false after the deadline.
  bool wait_for(const std::string& text, std::chrono::seconds deadline = std::chrono::seconds(30)) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, deadline, [&] { return error_ || seen(text); }) && !error_;
  }
  std::optional<Error> wait_error(std::chrono::seconds deadline = std::chrono::seconds(30)) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, deadline, [&] { return error_.has_value(); });
    return error_;
  }
  /// Events that stand in a file, without those that came once more: type, file, start, end, bytes.
  std::vector<upstream::StreamEvent> fresh() {
    const std::lock_guard lock(mutex_);
    std::vector<upstream::StreamEvent> out;
    for (const auto& event : events_) {
      if (is_fresh(event)) out.push_back(event);
    }
    return out;
  }
  size_t count() {
    const std::lock_guard lock(mutex_);
    return events_.size();
  }

 private:
  bool seen(const std::string& text) {
    for (; searched_ < events_.size(); ++searched_) {
      if (contains(events_[searched_], text)) return true;
    }
    return false;
  }
  void run() {
    for (;;) {
      Result<upstream::StreamEvent> event = stream_.next();
      const std::lock_guard lock(mutex_);
      changed_.notify_all();
      if (!event) {
        error_ = event.error();
        return;
      }
      events_.push_back(std::move(*event));
    }
  }

  upstream::BinlogStream& stream_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<upstream::StreamEvent> events_;
  size_t searched_ = 0;
  std::optional<Error> error_;
  std::thread thread_;
};

/// What is wrong with a sequence of events of one server; "" when each follows the one before without gap or overlap.
inline std::string first_gap(const std::vector<upstream::StreamEvent>& events) {
  for (size_t i = 1; i < events.size(); ++i) {
    const auto& a = events[i - 1];
    const auto& b = events[i];
    const bool follows = *a.file == *b.file ? a.end_pos == b.start_pos : b.start_pos == 4;
    if (!follows) {
      return *a.file + ":" + std::to_string(a.end_pos) + " is followed by " + *b.file + ":" +
             std::to_string(b.start_pos);
    }
  }
  return "";
}

}  // namespace sluice::test
