#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::http {

/// A request that is refused before it reaches the API.
struct Refusal {
  int status = 400;
  std::string message;
};

/// The head of an HTTP/1.x request (RFC 9112), read strictly: what is ambiguous is refused, since what two programs
/// read differently can be used to smuggle requests.
struct Head {
  std::string method;
  std::string path;                                          ///< as sent, still percent-encoded, without the query
  std::string query;                                         ///< as sent, without '?'
  int minor = 1;                                             ///< HTTP/1.minor
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case

  /// The first header of that (lower-case) name.
  const std::string* header(std::string_view name) const;
  bool keep_alive() const;
  bool expects_continue() const;
};

/// What goes back.
struct Response {
  int status = 500;
  std::string content_type = "application/json; charset=utf-8";
  std::string body;
  std::string allow;    ///< for 405
  std::string headers;  ///< more of them, each with its line end
};

/// How the body is framed.
struct BodyFrame {
  bool chunked = false;
  uint64_t length = 0;
};

/// `text` is everything before the empty line, which is not part of it. The refusal is set on failure.
std::optional<Head> parse_head(std::string_view text, Refusal& refusal);
std::optional<BodyFrame> body_frame(const Head& head, Refusal& refusal);

/// %XX -> byte, once; '+' -> space only in queries. Null for a bad escape, a NUL byte or bytes that are not UTF-8.
std::optional<std::string> percent_decode(std::string_view text, bool query);
/// name=value pairs in order. Null as above.
std::optional<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view text);
/// The segments of an encoded path, decoded one by one so that %2F does not split; one trailing slash is ignored.
std::optional<std::vector<std::string>> path_segments(std::string_view path);

/// Takes a chunked body apart as it arrives. Trailers are read and dropped.
class ChunkDecoder {
 public:
  enum class State { More, Done, Bad, TooLarge };
  explicit ChunkDecoder(uint64_t limit) : limit_(limit) {}
  /// Consumes what it can from the front of `input`.
  State feed(std::string& input);
  std::string& body() { return body_; }

 private:
  State read_line(std::string& input);
  enum class Expect { Size, Data, DataEnd, Trailer };
  uint64_t limit_;
  Expect expect_ = Expect::Size;
  uint64_t left_ = 0;
  size_t trailer_bytes_ = 0;
  std::string body_;
};

const char* reason_phrase(int status);

}  // namespace sluice::http
