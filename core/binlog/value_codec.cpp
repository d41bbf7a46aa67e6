#include "core/binlog/value_codec.hpp"

#include <charconv>
#include <cstdio>

namespace sluice::binlog {
namespace {

constexpr unsigned kDigitsPerWord = 9;
constexpr uint8_t kBytesOfDigits[10] = {0, 1, 1, 2, 2, 3, 3, 4, 4, 4};
constexpr uint32_t kPowers[10] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000};

/// Big-endian group of up to nine digits; `mask` undoes the inversion of negative numbers.
uint32_t load_group(const uint8_t* p, size_t size, uint8_t mask, bool first) {
  uint32_t value = 0;
  for (size_t i = 0; i < size; ++i) {
    uint8_t byte = static_cast<uint8_t>(p[i] ^ mask);
    if (first && i == 0) byte ^= 0x80;
    value = value << 8 | byte;
  }
  return value;
}

char* put_digits(uint32_t value, unsigned digits, char* out) {
  for (unsigned i = digits; i > 0; --i) {
    out[i - 1] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  return out + digits;
}

/// Reads groups one after the other; remembers whether the sign bit is still to be removed.
struct DecimalReader {
  const uint8_t* p;
  uint8_t mask;
  bool first = true;
  bool ok = true;

  uint32_t group(unsigned digits) {
    const size_t size = kBytesOfDigits[digits];
    const uint32_t value = load_group(p, size, mask, first);
    p += size;
    first = false;
    ok = ok && value < kPowers[digits];
    return value;
  }
};

}  // namespace

size_t decimal_size(unsigned precision, unsigned scale) {
  const unsigned whole = precision - scale;
  return whole / kDigitsPerWord * 4 + kBytesOfDigits[whole % kDigitsPerWord] + scale / kDigitsPerWord * 4 +
         kBytesOfDigits[scale % kDigitsPerWord];
}

size_t decimal_text(const uint8_t* p, unsigned precision, unsigned scale, char* out) {
  const bool negative = (p[0] & 0x80) == 0;
  DecimalReader in{p, static_cast<uint8_t>(negative ? 0xff : 0)};
  char* w = out;
  if (negative) *w++ = '-';
  char* const digits = w;
  const unsigned whole = precision - scale;
  if (whole % kDigitsPerWord != 0) {
    const uint32_t value = in.group(whole % kDigitsPerWord);
    if (value != 0) w = std::to_chars(w, w + kDigitsPerWord, value).ptr;
  }
  for (unsigned i = whole / kDigitsPerWord; i > 0; --i) {
    const uint32_t value = in.group(kDigitsPerWord);
    if (w != digits) {
      w = put_digits(value, kDigitsPerWord, w);
    } else if (value != 0) {
      w = std::to_chars(w, w + kDigitsPerWord, value).ptr;
    }
  }
  if (w == digits) *w++ = '0';
  if (scale > 0) {
    *w++ = '.';
    for (unsigned i = scale / kDigitsPerWord; i > 0; --i) w = put_digits(in.group(kDigitsPerWord), kDigitsPerWord, w);
    if (scale % kDigitsPerWord != 0) w = put_digits(in.group(scale % kDigitsPerWord), scale % kDigitsPerWord, w);
  }
  return in.ok ? static_cast<size_t>(w - out) : 0;
}

int64_t time_to_micros(int64_t packed) {
  const bool negative = packed < 0;
  const uint64_t magnitude = negative ? uint64_t{0} - static_cast<uint64_t>(packed) : static_cast<uint64_t>(packed);
  const uint64_t hms = magnitude >> 24;
  const uint64_t seconds = (hms >> 12 & 0x3ff) * 3600 + (hms >> 6 & 0x3f) * 60 + (hms & 0x3f);
  const auto micros = static_cast<int64_t>(seconds * 1000000 + (magnitude & 0xffffff));
  return negative ? -micros : micros;
}

void append_date(uint64_t packed, std::string& out) {
  const uint64_t ymd = packed >> 41;
  const uint64_t ym = ymd >> 5;
  char text[32];
  const int n = std::snprintf(text, sizeof text, "%04u-%02u-%02u", static_cast<unsigned>(ym / 13 % 10000),
                              static_cast<unsigned>(ym % 13), static_cast<unsigned>(ymd & 31));
  out.append(text, static_cast<size_t>(n));
}

void append_datetime(uint64_t packed, std::string& out) {
  append_date(packed, out);
  const uint64_t hms = packed >> 24 & 0x1ffff;
  char text[32];
  const int n = std::snprintf(text, sizeof text, " %02u:%02u:%02u.%06u", static_cast<unsigned>(hms >> 12),
                              static_cast<unsigned>(hms >> 6 & 63), static_cast<unsigned>(hms & 63),
                              static_cast<unsigned>(packed & 0xffffff));
  out.append(text, static_cast<size_t>(n));
}

void append_time(int64_t packed, std::string& out) {
  const uint64_t magnitude = packed < 0 ? uint64_t{0} - static_cast<uint64_t>(packed) : static_cast<uint64_t>(packed);
  const uint64_t hms = magnitude >> 24;
  char text[40];
  const int n = std::snprintf(text, sizeof text, "%s%02u:%02u:%02u.%06u", packed < 0 ? "-" : "",
                              static_cast<unsigned>(hms >> 12 & 0x3ff), static_cast<unsigned>(hms >> 6 & 63),
                              static_cast<unsigned>(hms & 63), static_cast<unsigned>(magnitude & 0xffffff));
  out.append(text, static_cast<size_t>(n));
}

}  // namespace sluice::binlog
