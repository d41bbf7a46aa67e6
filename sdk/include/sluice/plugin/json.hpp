#pragma once

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/plugin/failure.hpp"

namespace sluice::plugin {

/// One JSON value (RFC 8259), read strictly: no comments, no trailing commas, no duplicate keys, UTF-8 kept as it is.
class Json {
 public:
  enum class Kind : uint8_t { kNull, kBool, kNumber, kString, kArray, kObject };
  static constexpr int kMaxDepth = 64;

  /// Throws Failure with the byte offset of the first mistake.
  static Json parse(std::string_view text);

  Kind kind() const { return kind_; }
  bool is_null() const { return kind_ == Kind::kNull; }
  bool is_string() const { return kind_ == Kind::kString; }
  bool is_array() const { return kind_ == Kind::kArray; }
  bool is_object() const { return kind_ == Kind::kObject; }
  /// The text of a string, or the literal of a number.
  const std::string& text() const { return text_; }
  std::optional<bool> boolean() const {
    return kind_ == Kind::kBool ? std::optional<bool>(text_ == "true") : std::nullopt;
  }
  /// Whole numbers that fit; "1e3" and "1.0" are not whole.
  std::optional<int64_t> integer() const { return whole<int64_t>(); }
  std::optional<uint64_t> unsigned_integer() const { return whole<uint64_t>(); }
  std::optional<double> number() const {
    if (kind_ != Kind::kNumber) return std::nullopt;
#if defined(__cpp_lib_to_chars)
    double value = 0;
    std::from_chars(text_.data(), text_.data() + text_.size(), value);
    return value;
#else  // libc++ lacks from_chars for doubles; strtod follows the locale, which hosts leave at "C"
    return std::strtod(text_.c_str(), nullptr);
#endif
  }
  /// Elements of an array, or the values of an object in the order of keys().
  const std::vector<Json>& items() const { return items_; }
  const std::vector<std::string>& keys() const { return keys_; }
  /// Null when this is no object or has no such key.
  const Json* find(std::string_view key) const {
    for (size_t i = 0; i < keys_.size(); ++i) {
      if (keys_[i] == key) return &items_[i];
    }
    return nullptr;
  }

 private:
  friend class JsonReader;
  template <typename Int>
  std::optional<Int> whole() const {
    Int value{};
    if (kind_ != Kind::kNumber) return std::nullopt;
    const char* end = text_.data() + text_.size();
    const auto [at, ec] = std::from_chars(text_.data(), end, value);
    return ec == std::errc() && at == end ? std::optional<Int>(value) : std::nullopt;
  }

  Kind kind_ = Kind::kNull;
  std::string text_;
  std::vector<std::string> keys_;
  std::vector<Json> items_;
};

/// The reader behind Json::parse.
class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : text_(text) {}
  Json document() {
    Json value = read(0);
    space();
    if (at_ != text_.size()) fail("more text after the value");
    return value;
  }

 private:
  [[noreturn]] void fail(const char* what) const {
    throw Failure(std::string("JSON: ") + what + " at byte " + std::to_string(at_));
  }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
      ++at_;
  }
  bool take(char c) {
    if (peek() != c || at_ >= text_.size()) return false;
    ++at_;
    return true;
  }
  Json read(int depth) {
    if (depth > Json::kMaxDepth) fail("nested too deeply");
    space();
    switch (peek()) {
      case '{': return object(depth);
      case '[': return array(depth);
      case '"': return string();
      case 't': return word("true", Json::Kind::kBool);
      case 'f': return word("false", Json::Kind::kBool);
      case 'n': return word("null", Json::Kind::kNull);
      default: return number();
    }
  }
  Json word(std::string_view expected, Json::Kind kind) {
    if (text_.substr(at_, expected.size()) != expected) fail("unknown word");
    at_ += expected.size();
    Json value;
    value.kind_ = kind;
    value.text_ = expected;
    return value;
  }
  Json object(int depth) {
    Json value;
    value.kind_ = Json::Kind::kObject;
    ++at_;
    space();
    if (take('}')) return value;
    do {
      space();
      if (peek() != '"') fail("a key is expected");
      Json key = string();
      if (value.find(key.text_)) fail("a key occurs twice");
      space();
      if (!take(':')) fail("`:` is expected");
      value.items_.push_back(read(depth + 1));
      value.keys_.push_back(std::move(key.text_));
      space();
    } while (take(','));
    if (!take('}')) fail("`,` or `}` is expected");
    return value;
  }
  Json array(int depth) {
    Json value;
    value.kind_ = Json::Kind::kArray;
    ++at_;
    space();
    if (take(']')) return value;
    do {
      value.items_.push_back(read(depth + 1));
      space();
    } while (take(','));
    if (!take(']')) fail("`,` or `]` is expected");
    return value;
  }
  size_t digits() {
    const size_t from = at_;
    while (peek() >= '0' && peek() <= '9') ++at_;
    return at_ - from;
  }
  Json number() {
    const size_t from = at_;
    take('-');
    const bool zero = peek() == '0';
    const size_t whole = digits();
    if (whole == 0 || (zero && whole > 1)) fail("a value is expected");
    if (take('.') && digits() == 0) fail("a digit is expected");
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      if (digits() == 0) fail("a digit is expected");
    }
    Json value;
    value.kind_ = Json::Kind::kNumber;
    value.text_ = text_.substr(from, at_ - from);
    return value;
  }
  Json string() {
    Json value;
    value.kind_ = Json::Kind::kString;
    ++at_;
    while (!take('"')) {
      if (at_ >= text_.size()) fail("a string is not closed");
      const char c = text_[at_++];
      if (static_cast<unsigned char>(c) < 0x20) fail("a control character in a string");
      if (c == '\\')
        escape(value.text_);
      else
        value.text_ += c;
    }
    return value;
  }
  void escape(std::string& out) {
    const char c = peek();
    ++at_;
    switch (c) {
      case '"':
      case '\\':
      case '/': out += c; break;
      case 'b': out += '\b'; break;
      case 'f': out += '\f'; break;
      case 'n': out += '\n'; break;
      case 'r': out += '\r'; break;
      case 't': out += '\t'; break;
      case 'u': unicode(out); break;
      default: fail("unknown escape");
    }
  }
  uint32_t hex4() {
    uint32_t code = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      const char c = peek();
      uint32_t digit = 0;
      if (c >= '0' && c <= '9')
        digit = static_cast<uint32_t>(c - '0');
      else if (c >= 'a' && c <= 'f')
        digit = static_cast<uint32_t>(c - 'a' + 10);
      else if (c >= 'A' && c <= 'F')
        digit = static_cast<uint32_t>(c - 'A' + 10);
      else
        fail("four hex digits are expected");
      code = code << 4 | digit;
    }
    return code;
  }
  void unicode(std::string& out) {
    uint32_t code = hex4();
    if (code >= 0xDC00 && code <= 0xDFFF) fail("half a surrogate pair");
    if (code >= 0xD800 && code <= 0xDBFF) {
      if (!take('\\') || !take('u')) fail("half a surrogate pair");
      const uint32_t low = hex4();
      if (low < 0xDC00 || low > 0xDFFF) fail("half a surrogate pair");
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    append_utf8(out, code);
  }
  static void append_utf8(std::string& out, uint32_t code) {
    const auto tail = [&](uint32_t shift) { out += static_cast<char>(0x80 | ((code >> shift) & 0x3F)); };
    if (code < 0x80) {
      out += static_cast<char>(code);
    } else if (code < 0x800) {
      out += static_cast<char>(0xC0 | code >> 6);
      tail(0);
    } else if (code < 0x10000) {
      out += static_cast<char>(0xE0 | code >> 12);
      tail(6);
      tail(0);
    } else {
      out += static_cast<char>(0xF0 | code >> 18);
      tail(12);
      tail(6);
      tail(0);
    }
  }

  std::string_view text_;
  size_t at_ = 0;
};

inline Json Json::parse(std::string_view text) { return JsonReader(text).document(); }

/// Appends the text as a JSON string, quotes included.
inline void append_json_string(std::string& out, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\r') {
      out += "\\r";
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

inline std::string json_string(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

}  // namespace sluice::plugin
