#include "connection.hpp"

#include <algorithm>

#include "listener.hpp"
#include "server.hpp"

namespace sluice::http {
namespace {

constexpr std::chrono::milliseconds kLinger{1000};

/// True when what has come so far cannot become a request line, e.g. a TLS hello sent to a plain port.
bool is_garbage(const std::string& buffer) {
  for (const char c : buffer) {
    if (c == '\r' || c == '\n') return false;
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) == 0x7f) return true;
  }
  return false;
}

}  // namespace

void Connection::run() {
  while (wait_for_request()) {
    if (serve_one() == Next::Close) {
      stream_.finish(refusal_.status == 413 || refusal_.status == 431 ? kLinger : std::chrono::milliseconds(0));
      return;
    }
  }
}

bool Connection::wait_for_request() {
  const auto begin = Clock::now();
  const auto deadline = begin + options_.keep_alive_timeout;
  const auto give_up = [this, begin] {
    // A fresh connection gets a moment to speak; one that has had its reply leaves as soon as it is in the way.
    const bool spoken = served_ > 0 || Clock::now() - begin > std::chrono::seconds(1);
    return (server_.stopping() || server_.pressed()) && spoken;
  };
  std::string& buffer = stream_.buffer();
  while (true) {
    while (buffer.starts_with("\r\n")) buffer.erase(0, 2);  // RFC 9112, 2.2: empty lines before a request
    if (!buffer.empty() && buffer != "\r") return true;
    if (stream_.fill(deadline, give_up) != Stream::Outcome::Data) return false;
  }
}

Connection::Next Connection::serve_one() {
  const auto begin = Clock::now();
  if (identity_.empty()) {
    bool allowed = true;
    identity_ = peer_identity(stream_.socket(), options_, allowed);
    if (!allowed) {
      refuse(403, "the client certificate of `" + identity_ + "` is not in cert_allowed_cn");
      return answer_refusal();
    }
  }
  Exchange exchange;
  exchange.identity = identity_;
  if (!read_head(exchange.head) || !read_body(exchange.head, exchange.body)) return answer_refusal();
  const Response response = handler_.handle(exchange);
  ++served_;
  const bool keep = options_.keep_alive && exchange.head.keep_alive() && !server_.stopping() && !server_.pressed();
  const bool sent = send_reply(response, exchange.head.method == "HEAD", keep);
  handler_.log_access(exchange, response, std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin));
  return sent && keep ? Next::Continue : Next::Close;
}

Clock::time_point Connection::deadline(std::chrono::milliseconds timeout) const {
  return late_ && served_ == 0 ? Clock::now() : Clock::now() + timeout;
}

std::function<bool()> Connection::too_slow() const {
  return [this, begin = Clock::now()] { return server_.pressed() && Clock::now() - begin > std::chrono::seconds(1); };
}

bool Connection::refuse(int status, std::string message) {
  refusal_ = {status, std::move(message)};
  return false;
}

Connection::Next Connection::answer_refusal() {
  if (refusal_.status != 0) send_reply(handler_.refuse(refusal_.status, refusal_.message), false, false);
  return Next::Close;
}

bool Connection::read_head(Head& head) {
  const auto until = deadline(options_.header_timeout);
  const auto give_up = too_slow();
  const auto most = static_cast<size_t>(options_.max_header);
  std::string& buffer = stream_.buffer();
  size_t searched = 0;
  size_t end = std::string::npos;
  while ((end = buffer.find("\r\n\r\n", searched > 3 ? searched - 3 : 0)) == std::string::npos) {
    if (is_garbage(buffer)) return refuse(400, "this is not an HTTP request; is it TLS sent to a plain port?");
    if (buffer.size() > most) return refuse(431, "the request head is larger than " + std::to_string(most) + " bytes");
    searched = buffer.size();
    const auto outcome = stream_.fill(until, give_up);
    if (outcome == Stream::Outcome::TimedOut || outcome == Stream::Outcome::GivenUp)
      return refuse(408, "the request head did not come in time");
    if (outcome != Stream::Outcome::Data) return refuse(0, "");
  }
  if (end > most) return refuse(431, "the request head is larger than " + std::to_string(most) + " bytes");
  auto parsed = parse_head(std::string_view(buffer).substr(0, end), refusal_);
  if (!parsed) return false;
  head = std::move(*parsed);
  buffer.erase(0, end + 4);
  return true;
}

bool Connection::read_body(const Head& head, std::string& body) {
  const auto frame = body_frame(head, refusal_);
  if (!frame) return false;
  if (frame->length > options_.max_body) {
    return refuse(413, "the body has " + std::to_string(frame->length) + " bytes, at most " +
                           std::to_string(options_.max_body) + " are taken (max_body)");
  }
  const auto until = deadline(options_.body_timeout);
  const auto give_up = too_slow();
  const bool awaited = frame->chunked || frame->length > stream_.buffer().size();
  if (awaited && head.expects_continue() && !stream_.send("HTTP/1.1 100 Continue\r\n\r\n", until)) {
    return refuse(0, "");
  }
  if (frame->chunked) return read_chunked(body, until);
  std::string& buffer = stream_.buffer();
  while (buffer.size() < frame->length) {
    const auto outcome = stream_.fill(until, give_up);
    if (outcome == Stream::Outcome::TimedOut || outcome == Stream::Outcome::GivenUp)
      return refuse(408, "the body did not come in time");
    if (outcome != Stream::Outcome::Data) return refuse(0, "");
  }
  body = buffer.substr(0, static_cast<size_t>(frame->length));
  buffer.erase(0, static_cast<size_t>(frame->length));
  return true;
}

bool Connection::read_chunked(std::string& body, Clock::time_point until) {
  const auto give_up = too_slow();
  ChunkDecoder decoder(options_.max_body);
  while (true) {
    switch (decoder.feed(stream_.buffer())) {
      case ChunkDecoder::State::Done: body = std::move(decoder.body()); return true;
      case ChunkDecoder::State::Bad: return refuse(400, "the chunked body is malformed");
      case ChunkDecoder::State::TooLarge:
        return refuse(413, "the body has more than " + std::to_string(options_.max_body) + " bytes (max_body)");
      case ChunkDecoder::State::More: break;
    }
    const auto outcome = stream_.fill(until, give_up);
    if (outcome == Stream::Outcome::TimedOut || outcome == Stream::Outcome::GivenUp)
      return refuse(408, "the body did not come in time");
    if (outcome != Stream::Outcome::Data) return refuse(0, "");
  }
}

bool Connection::send_reply(const Response& response, bool head_only, bool keep_alive) {
  std::string text = "HTTP/1.1 " + std::to_string(response.status) + " " + reason_phrase(response.status) + "\r\n";
  const bool no_body = response.status == 204 || response.status == 304;
  if (!no_body) {
    text += "Content-Length: " + std::to_string(response.body.size()) + "\r\n";
    if (!response.body.empty()) text += "Content-Type: " + response.content_type + "\r\n";
  }
  if (!response.allow.empty()) text += "Allow: " + response.allow + "\r\n";
  text += response.headers;
  text += "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n";
  text += keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
  if (!head_only && !no_body) text += response.body;
  return stream_.send(text, Clock::now() + options_.write_timeout);
}

}  // namespace sluice::http
