#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace sluice::binlog {

/// Bytes of a binlog, borrowed from whoever holds the buffer.
using Bytes = std::span<const uint8_t>;

/// Unaligned little-endian loads. REQUIRES: that many bytes are readable at p.
template <typename T>
inline T load_le(const uint8_t* p) {
  static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "loads assume a little-endian machine");
  T value;
  std::memcpy(&value, p, sizeof value);
  return value;
}
/// n <= 8
inline uint64_t load_le(const uint8_t* p, size_t n) {
  uint64_t value = 0;
  std::memcpy(&value, p, n);
  return value;
}
/// n <= 8
inline uint64_t load_be(const uint8_t* p, size_t n) {
  uint64_t value = 0;
  for (size_t i = 0; i < n; ++i) value = value << 8 | p[i];
  return value;
}

inline std::string_view as_text(Bytes b) { return {reinterpret_cast<const char*>(b.data()), b.size()}; }
inline Bytes as_bytes(std::string_view s) { return {reinterpret_cast<const uint8_t*>(s.data()), s.size()}; }

/// Reads forward through a buffer. Reading past the end returns zeros and makes ok() false for good, so that a
/// parser may read a group of fields and check once.
class ByteReader {
 public:
  explicit ByteReader(Bytes data) : p_(data.data()), end_(data.data() + data.size()) {}

  bool ok() const { return ok_; }
  size_t left() const { return static_cast<size_t>(end_ - p_); }
  bool at_end() const { return p_ == end_; }
  /// The unread bytes; the position does not move.
  Bytes rest() const { return {p_, left()}; }

  uint8_t u8() { return static_cast<uint8_t>(le(1)); }
  uint16_t u16() { return static_cast<uint16_t>(le(2)); }
  uint32_t u32() { return static_cast<uint32_t>(le(4)); }
  uint64_t u64() { return le(8); }
  /// Little-endian number of n <= 8 bytes.
  uint64_t le(size_t n) {
    if (n == 0 || !need(n)) return 0;  // an empty buffer may be a null pointer
    const uint64_t value = load_le(p_, n);
    p_ += n;
    return value;
  }
  /// Big-endian number of n <= 8 bytes.
  uint64_t be(size_t n) {
    if (!need(n)) return 0;
    const uint64_t value = load_be(p_, n);
    p_ += n;
    return value;
  }
  Bytes bytes(uint64_t n) {
    if (!need(n)) return {};
    const Bytes out(p_, static_cast<size_t>(n));
    p_ += n;
    return out;
  }
  std::string_view text(uint64_t n) { return as_text(bytes(n)); }
  bool skip(uint64_t n) {
    if (!need(n)) return false;
    p_ += n;
    return true;
  }
  /// MySQL's length-encoded integer. 0xfb (SQL NULL) and 0xff have no meaning in a binlog and fail.
  uint64_t packed() {
    const uint8_t first = u8();
    if (first < 0xfb) return first;
    if (first == 0xfc) return le(2);
    if (first == 0xfd) return le(3);
    if (first == 0xfe) return le(8);
    ok_ = false;
    return 0;
  }
  /// Text up to the next NUL, which is consumed; fails without one.
  std::string_view text_until_nul() {
    const void* nul = left() == 0 ? nullptr : std::memchr(p_, 0, left());
    if (nul == nullptr) {
      fail();
      return {};
    }
    const auto n = static_cast<size_t>(static_cast<const uint8_t*>(nul) - p_);
    const std::string_view out = text(n);
    ++p_;
    return out;
  }
  void fail() {
    ok_ = false;
    p_ = end_;
  }

 private:
  bool need(uint64_t n) {
    if (n <= left()) return true;
    fail();
    return false;
  }

  const uint8_t* p_;
  const uint8_t* end_;
  bool ok_ = true;
};

}  // namespace sluice::binlog
