#include "message.hpp"

#include <algorithm>
#include <charconv>

namespace sluice::http {
namespace {

bool token_char(char c) {
  if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return true;
  return c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_token(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), token_char); }

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool has_token(const std::string* list, std::string_view wanted) {
  std::string_view rest = list ? std::string_view(*list) : std::string_view();
  while (!rest.empty()) {
    const size_t comma = std::min(rest.find(','), rest.size());
    if (lower(trim(rest.substr(0, comma))) == wanted) return true;
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return false;
}

bool parse_target(std::string_view target, Head& head) {
  for (const std::string_view scheme : {std::string_view("http://"), std::string_view("https://")}) {
    if (lower(target.substr(0, scheme.size())) != scheme) continue;
    const size_t slash = target.find('/', scheme.size());
    target = slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
    break;
  }
  if (target.empty() || target[0] != '/') return false;
  for (const char c : target) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || c == '#') return false;
  }
  const size_t mark = std::min(target.find('?'), target.size());
  head.path = target.substr(0, mark);
  head.query = mark < target.size() ? target.substr(mark + 1) : std::string_view();
  return true;
}

bool parse_request_line(std::string_view line, Head& head, Refusal& refusal) {
  const size_t first = line.find(' ');
  const size_t last = line.rfind(' ');
  if (first == std::string_view::npos || last == first) {
    refusal = {400, "the request line is not `METHOD target HTTP/1.1`"};
    return false;
  }
  const std::string_view version = line.substr(last + 1);
  head.method = line.substr(0, first);
  if (!is_token(head.method) || !version.starts_with("HTTP/")) {
    refusal = {400, "the request line is not `METHOD target HTTP/1.1`"};
    return false;
  }
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    refusal = {505, "this listener speaks HTTP/1.1 and HTTP/1.0"};
    return false;
  }
  head.minor = version.back() - '0';
  if (!parse_target(line.substr(first + 1, last - first - 1), head)) {
    refusal = {400, "the request target must be a path that begins with /"};
    return false;
  }
  return true;
}

bool parse_header(std::string_view line, Head& head) {
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return false;
  const std::string_view value = trim(line.substr(colon + 1));
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\t') || byte == 0x7f) return false;
  }
  head.headers.emplace_back(lower(line.substr(0, colon)), value);
  return true;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_utf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const size_t more = byte < 0x80                    ? 0
                        : byte >= 0xC2 && byte <= 0xDF ? 1
                        : byte >= 0xE0 && byte <= 0xEF ? 2
                        : byte >= 0xF0 && byte <= 0xF4 ? 3
                                                       : 9;
    if (more == 9 || i + more >= text.size()) return false;
    for (size_t k = 1; k <= more; ++k) {
      if ((static_cast<unsigned char>(text[i + k]) & 0xC0) != 0x80) return false;
    }
    if (more >= 2) {
      const auto second = static_cast<unsigned char>(text[i + 1]);
      if ((byte == 0xE0 && second < 0xA0) || (byte == 0xED && second > 0x9F) || (byte == 0xF0 && second < 0x90) ||
          (byte == 0xF4 && second > 0x8F)) {
        return false;
      }
    }
    i += more + 1;
  }
  return true;
}

}  // namespace

const std::string* Head::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return &value;
  }
  return nullptr;
}

bool Head::keep_alive() const {
  const std::string* connection = header("connection");
  if (has_token(connection, "close")) return false;
  return minor >= 1 || has_token(connection, "keep-alive");
}

bool Head::expects_continue() const {
  const std::string* expect = header("expect");
  return expect && lower(*expect) == "100-continue" && minor >= 1;
}

std::optional<Head> parse_head(std::string_view text, Refusal& refusal) {
  Head head;
  size_t end = std::min(text.find("\r\n"), text.size());
  if (!parse_request_line(text.substr(0, end), head, refusal)) return std::nullopt;
  int hosts = 0;
  while (end < text.size()) {
    const size_t begin = end + 2;
    end = std::min(text.find("\r\n", begin), text.size());
    if (!parse_header(text.substr(begin, end - begin), head)) {
      refusal = {400, "a header line is not `Name: value`"};
      return std::nullopt;
    }
    if (head.headers.back().first == "host") ++hosts;
    if (head.headers.size() > 100) {
      refusal = {431, "more than 100 header lines"};
      return std::nullopt;
    }
  }
  if (hosts > 1 || (hosts == 0 && head.minor >= 1)) {
    refusal = {400, "one Host header is expected"};
    return std::nullopt;
  }
  return head;
}

std::optional<BodyFrame> body_frame(const Head& head, Refusal& refusal) {
  BodyFrame frame;
  int lengths = 0;
  for (const auto& [name, value] : head.headers) {
    if (name == "transfer-encoding") {
      if (frame.chunked || lower(value) != "chunked" || head.minor == 0) {
        refusal = {400, "Transfer-Encoding must be `chunked`, once, in HTTP/1.1"};
        return std::nullopt;
      }
      frame.chunked = true;
    } else if (name == "content-length") {
      const auto [at, ec] = std::from_chars(value.data(), value.data() + value.size(), frame.length);
      if (++lengths > 1 || ec != std::errc() || at != value.data() + value.size()) {
        refusal = {400, "Content-Length must be one number"};
        return std::nullopt;
      }
    }
  }
  if (frame.chunked && lengths > 0) {
    refusal = {400, "Content-Length and Transfer-Encoding exclude each other"};
    return std::nullopt;
  }
  return frame;
}

std::optional<std::string> percent_decode(std::string_view text, bool query) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += text[i] == '+' && query ? ' ' : text[i];
    }
  }
  if (out.find('\0') != std::string::npos || !is_utf8(out)) return std::nullopt;
  return out;
}

std::optional<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> pairs;
  while (!text.empty()) {
    const size_t end = std::min(text.find('&'), text.size());
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (part.empty()) continue;
    const size_t equal = std::min(part.find('='), part.size());
    auto name = percent_decode(part.substr(0, equal), true);
    auto value = percent_decode(equal < part.size() ? part.substr(equal + 1) : std::string_view(), true);
    if (!name || !value) return std::nullopt;
    pairs.emplace_back(std::move(*name), std::move(*value));
  }
  return pairs;
}

std::optional<std::vector<std::string>> path_segments(std::string_view path) {
  std::vector<std::string> segments;
  if (path.starts_with('/')) path.remove_prefix(1);
  if (path.ends_with('/')) path.remove_suffix(1);
  while (true) {
    const size_t end = std::min(path.find('/'), path.size());
    auto segment = percent_decode(path.substr(0, end), false);
    if (!segment) return std::nullopt;
    segments.push_back(std::move(*segment));
    if (end == path.size()) return segments;
    path.remove_prefix(end + 1);
  }
}

ChunkDecoder::State ChunkDecoder::read_line(std::string& input) {
  constexpr size_t kLongestLine = 4096;
  const size_t end = input.find("\r\n");
  if (end == std::string::npos) return input.size() > kLongestLine ? State::Bad : State::More;
  const std::string line = input.substr(0, end);
  input.erase(0, end + 2);
  if (expect_ == Expect::Trailer) {
    trailer_bytes_ += line.size();
    if (line.empty()) return State::Done;
    return trailer_bytes_ > 4 * kLongestLine ? State::Bad : State::More;
  }
  const std::string_view size = trim(std::string_view(line).substr(0, line.find(';')));
  const auto [at, ec] = std::from_chars(size.data(), size.data() + size.size(), left_, 16);
  if (ec != std::errc() || at != size.data() + size.size() || size.empty()) return State::Bad;
  if (left_ > limit_ - body_.size()) return State::TooLarge;
  expect_ = left_ == 0 ? Expect::Trailer : Expect::Data;
  return State::More;
}

ChunkDecoder::State ChunkDecoder::feed(std::string& input) {
  while (true) {
    if (expect_ == Expect::Data) {
      const size_t take = static_cast<size_t>(std::min<uint64_t>(left_, input.size()));
      body_.append(input, 0, take);
      input.erase(0, take);
      left_ -= take;
      if (left_ > 0) return State::More;
      expect_ = Expect::DataEnd;
    }
    if (expect_ == Expect::DataEnd) {
      if (input.size() < 2) return State::More;
      if (input.compare(0, 2, "\r\n") != 0) return State::Bad;
      input.erase(0, 2);
      expect_ = Expect::Size;
    }
    const size_t before = input.size();
    const State state = read_line(input);
    if (state != State::More || input.size() == before) return state;
  }
}

const char* reason_phrase(int status) {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 400: return "Bad Request";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 417: return "Expectation Failed";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    case 505: return "HTTP Version Not Supported";
    default: return "Status";
  }
}

}  // namespace sluice::http
