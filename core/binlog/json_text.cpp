#include <charconv>
#include <cmath>

#include "core/binlog/value_codec.hpp"

// Binary JSON as MySQL stores it (sql/json_binary.h). Containers hold tables of entries with offsets relative to
// the container. Nothing in a document of the server is shared between entries, so a decoder that has consumed
// more bytes than the document has been led in circles: `budget_` ends that.

namespace sluice::binlog {
namespace {

enum : uint8_t {
  kSmallObject = 0,
  kLargeObject = 1,
  kSmallArray = 2,
  kLargeArray = 3,
  kLiteral = 4,
  kInt16 = 5,
  kUint16 = 6,
  kInt32 = 7,
  kUint32 = 8,
  kInt64 = 9,
  kUint64 = 10,
  kDouble = 11,
  kString = 12,
  kOpaque = 15,
};
constexpr int kMaxDepth = 101;  // the server allows 100 levels of containers

// Column types inside opaque values.
enum : uint8_t { kTypeTimestamp = 7, kTypeDate = 10, kTypeTime = 11, kTypeDateTime = 12, kTypeNewDecimal = 246 };

void append_quoted(std::string_view s, std::string& out) {
  constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  size_t plain = 0;
  for (size_t i = 0; i < s.size(); ++i) {
    const auto c = static_cast<uint8_t>(s[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(s, plain, i - plain);
    plain = i + 1;
    out += '\\';
    switch (c) {
      case '"':
      case '\\': out += static_cast<char>(c); break;
      case '\b': out += 'b'; break;
      case '\f': out += 'f'; break;
      case '\n': out += 'n'; break;
      case '\r': out += 'r'; break;
      case '\t': out += 't'; break;
      default:
        out += "u00";
        out += kHex[c >> 4];
        out += kHex[c & 15];
    }
  }
  out.append(s, plain);
  out += '"';
}

void append_base64(Bytes data, std::string& out) {
  constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < data.size(); i += 3) {
    const size_t n = std::min<size_t>(3, data.size() - i);
    const auto v = static_cast<uint32_t>(load_be(data.data() + i, n) << (8 * (3 - n)));
    out += kAlphabet[v >> 18];
    out += kAlphabet[v >> 12 & 63];
    out += n > 1 ? kAlphabet[v >> 6 & 63] : '=';
    out += n > 2 ? kAlphabet[v & 63] : '=';
  }
}

class Printer {
 public:
  Printer(std::string& out, size_t size) : out_(out), budget_(size) {}

  bool value(uint8_t type, Bytes data, int depth) {
    switch (type) {
      case kSmallObject: return container(data, true, false, depth);
      case kLargeObject: return container(data, true, true, depth);
      case kSmallArray: return container(data, false, false, depth);
      case kLargeArray: return container(data, false, true, depth);
      case kLiteral: return literal(data);
      case kInt16: return data.size() >= 2 && number(load_le<int16_t>(data.data()));
      case kUint16: return data.size() >= 2 && number(load_le<uint16_t>(data.data()));
      case kInt32: return data.size() >= 4 && number(load_le<int32_t>(data.data()));
      case kUint32: return data.size() >= 4 && number(load_le<uint32_t>(data.data()));
      case kInt64: return data.size() >= 8 && number(load_le<int64_t>(data.data()));
      case kUint64: return data.size() >= 8 && number(load_le<uint64_t>(data.data()));
      case kDouble: return data.size() >= 8 && real(load_le<double>(data.data()));
      case kString: {
        Bytes text;
        if (!variable(data, text)) return false;
        append_quoted(as_text(text), out_);
        return true;
      }
      case kOpaque: return opaque(data);
      default: return false;
    }
  }

 private:
  bool spend(size_t bytes) {
    if (bytes > budget_) return false;
    budget_ -= bytes;
    return true;
  }

  template <typename T>
  bool number(T n) {
    char text[24];
    out_.append(text, std::to_chars(text, text + sizeof text, n).ptr);
    return true;
  }

  /// Shortest text that reads back as the same double, and as a double rather than an integer.
  bool real(double d) {
    if (!std::isfinite(d)) return false;
    char text[32];
    const std::string_view s(text, static_cast<size_t>(std::to_chars(text, text + sizeof text, d).ptr - text));
    out_ += s;
    if (s.find_first_of(".e") == std::string_view::npos) out_ += ".0";
    return true;
  }

  bool literal(Bytes data) {
    if (data.empty() || data[0] > 2) return false;
    constexpr const char* kNames[] = {"null", "true", "false"};
    out_ += kNames[data[0]];
    return true;
  }

  /// A length in groups of seven bits, then that many bytes.
  bool variable(Bytes data, Bytes& out) {
    uint64_t length = 0;
    for (size_t i = 0; i < 5 && i < data.size(); ++i) {
      length |= uint64_t{data[i] & 0x7fu} << (7 * i);
      if ((data[i] & 0x80) != 0) continue;
      if (length > data.size() - i - 1) return false;
      out = data.subspan(i + 1, static_cast<size_t>(length));
      return spend(i + 1 + out.size());
    }
    return false;
  }

  bool opaque(Bytes data) {
    if (data.empty()) return false;
    const uint8_t type = data[0];
    Bytes content;
    if (!variable(data.subspan(1), content)) return false;
    switch (type) {
      case kTypeNewDecimal: return decimal(content);
      case kTypeTime:
      case kTypeDate:
      case kTypeDateTime:
      case kTypeTimestamp: return temporal(type, content);
      default:
        out_ += "\"base64:type";
        number(static_cast<unsigned>(type));
        out_ += ':';
        append_base64(content, out_);
        out_ += '"';
        return true;
    }
  }

  bool decimal(Bytes content) {
    if (content.size() < 2) return false;
    const unsigned precision = content[0];
    const unsigned scale = content[1];
    if (precision == 0 || precision > 65 || scale > precision || content.size() != 2 + decimal_size(precision, scale)) {
      return false;
    }
    char text[kMaxDecimalText];
    const size_t n = decimal_text(content.data() + 2, precision, scale, text);
    out_.append(text, n);
    return n != 0;
  }

  bool temporal(uint8_t type, Bytes content) {
    if (content.size() != 8) return false;
    const auto packed = load_le<int64_t>(content.data());
    out_ += '"';
    if (type == kTypeTime) {
      append_time(packed, out_);
    } else if (packed < 0) {
      return false;
    } else if (type == kTypeDate) {
      append_date(static_cast<uint64_t>(packed), out_);
    } else {
      append_datetime(static_cast<uint64_t>(packed), out_);
    }
    out_ += '"';
    return true;
  }

  static bool is_inline(uint8_t type, bool large) {
    return type == kLiteral || type == kInt16 || type == kUint16 || (large && (type == kInt32 || type == kUint32));
  }

  bool container(Bytes data, bool object, bool large, int depth) {
    const size_t width = large ? 4 : 2;
    if (depth >= kMaxDepth || data.size() < 2 * width) return false;
    const uint64_t count = load_le(data.data(), width);
    const uint64_t size = load_le(data.data() + width, width);
    const size_t key_entry = object ? width + 2 : 0;
    const size_t value_entry = width + 1;
    const uint64_t header = 2 * width + count * (key_entry + value_entry);
    if (size > data.size() || header > size || !spend(static_cast<size_t>(header))) return false;
    data = data.first(static_cast<size_t>(size));
    const uint8_t* keys = data.data() + 2 * width;
    const uint8_t* values = keys + count * key_entry;
    out_ += object ? '{' : '[';
    for (uint64_t i = 0; i < count; ++i) {
      if (i != 0) out_ += ", ";
      if (object && !key(data, keys + i * key_entry, width)) return false;
      if (!entry(data, values + i * value_entry, large, depth)) return false;
    }
    out_ += object ? '}' : ']';
    return true;
  }

  bool key(Bytes data, const uint8_t* at, size_t width) {
    const uint64_t offset = load_le(at, width);
    const size_t length = load_le<uint16_t>(at + width);
    if (offset > data.size() || length > data.size() - offset || !spend(length)) return false;
    append_quoted(as_text(data.subspan(static_cast<size_t>(offset), length)), out_);
    out_ += ": ";
    return true;
  }

  bool entry(Bytes data, const uint8_t* at, bool large, int depth) {
    const size_t width = large ? 4 : 2;
    const uint8_t type = at[0];
    if (is_inline(type, large)) return value(type, {at + 1, width}, depth);
    const uint64_t offset = load_le(at + 1, width);
    if (offset >= data.size()) return false;
    return value(type, data.subspan(static_cast<size_t>(offset)), depth + 1);
  }

  std::string& out_;
  size_t budget_;
};

}  // namespace

bool append_json(Bytes document, std::string& out) {
  if (document.empty()) {  // what INSERT IGNORE leaves in a NOT NULL column
    out += "null";
    return true;
  }
  return Printer(out, document.size()).value(document[0], document.subspan(1), 0);
}

}  // namespace sluice::binlog
