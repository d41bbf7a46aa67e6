#pragma once

#include <Poco/Net/StreamSocket.h>

#include <chrono>
#include <list>
#include <unordered_map>
#include <vector>

#include "options.hpp"
#include "stream.hpp"

namespace sluice::http {

/// Where new connections wait until a whole request lies in the kernel's buffer: silent and slow clients hold no
/// worker. Bytes are looked at and left where they are. TLS connections leave with their first byte. One thread.
class Lobby {
 public:
  /// A connection for a worker. Late: the client has begun a request and not ended it in time.
  struct Guest {
    Poco::Net::StreamSocket socket;
    bool late = false;
  };

  explicit Lobby(const Options& options);
  Lobby(const Lobby&) = delete;
  Lobby& operator=(const Lobby&) = delete;
  ~Lobby();

  /// The socket whose readiness ends a wait. Call it once.
  void watch_listener(int descriptor);
  void add(Poco::Net::StreamSocket socket);
  /// Waits at most that long. `knock` tells that the listener has a connection.
  std::vector<Guest> wait(std::chrono::milliseconds timeout, bool& knock);
  /// Closes the connection that has waited longest. False when there is none.
  bool drop_oldest();
  size_t size() const { return waiting_.size(); }

 private:
  struct Waiting {
    Poco::Net::StreamSocket socket;
    Clock::time_point since;
    Clock::time_point spoke{};  ///< when the first byte was seen
    bool has_head = false;      ///< only the body is awaited
  };
  using Place = std::list<Waiting>::iterator;
  enum class Look { Nothing, Part, Head, Whole, Gone };
  Look look(const Waiting& waiting);
  void leave(Place place);
  void sweep(std::vector<Guest>& out);

  const Options& options_;
  int epoll_ = -1;
  int listener_ = -1;
  std::list<Waiting> waiting_;  ///< oldest first
  std::unordered_map<int, Place> places_;
  std::vector<char> bytes_;
  Clock::time_point swept_{};
};

}  // namespace sluice::http
