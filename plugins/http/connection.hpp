#pragma once

#include <functional>
#include <string>

#include "handler.hpp"
#include "message.hpp"
#include "options.hpp"
#include "stream.hpp"

namespace sluice::http {

class Server;

/// One connection from its first byte to its end: reads requests within their limits and deadlines, lets the handler
/// answer, writes the replies in order.
class Connection {
 public:
  /// `late`: the time for the head or body of the first request is over already.
  Connection(Stream& stream, const Options& options, Handler& handler, const Server& server, bool late)
      : stream_(stream), options_(options), handler_(handler), server_(server), late_(late) {}
  void run();

 private:
  enum class Next { Continue, Close };
  Next serve_one();
  /// Waits for the first byte of a request. False: nobody speaks any more.
  bool wait_for_request();
  /// False when the request is refused (refusal_ is set) or the peer has gone (status 0).
  bool read_head(Head& head);
  bool read_body(const Head& head, std::string& body);
  bool read_chunked(std::string& body, Clock::time_point until);
  bool refuse(int status, std::string message);
  /// The end of the time that a head or body may take.
  Clock::time_point deadline(std::chrono::milliseconds timeout) const;
  /// Asked while a head or body is incomplete: a slow client leaves when others wait for its worker.
  std::function<bool()> too_slow() const;
  bool send_reply(const Response& response, bool head_only, bool keep_alive);
  Next answer_refusal();

  Stream& stream_;
  const Options& options_;
  Handler& handler_;
  const Server& server_;
  Refusal refusal_;
  std::string identity_;
  int served_ = 0;
  const bool late_;
};

}  // namespace sluice::http
