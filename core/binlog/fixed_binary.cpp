#include "core/binlog/fixed_binary.hpp"

#include <algorithm>
#include <array>

namespace sluice::binlog {
namespace {

constexpr const char* kHex = "0123456789abcdef";

void append_ipv4(Bytes bytes, std::string& out) {
  for (size_t i = 0; i < 4; ++i) out += (i == 0 ? "" : ".") + std::to_string(bytes[i]);
}

void append_group(uint32_t group, std::string& out) {
  bool begun = false;
  for (int shift = 12; shift >= 0; shift -= 4) {
    const uint32_t digit = group >> shift & 15;
    begun = begun || digit != 0 || shift == 0;
    if (begun) out += kHex[digit];
  }
}

struct Run {
  size_t at = 8;
  size_t length = 0;
};

/// The longest run of zero groups, the first of equals.
Run longest_zeros(const std::array<uint32_t, 8>& groups) {
  Run best;
  Run run;
  for (size_t i = 0; i < 8; ++i) {
    run = groups[i] != 0 ? Run{} : run.length == 0 ? Run{i, 1} : Run{run.at, run.length + 1};
    if (run.length > best.length) best = run;
  }
  return best;
}

void append_inet6(Bytes bytes, std::string& out) {
  std::array<uint32_t, 8> groups{};
  for (size_t i = 0; i < 8; ++i) groups[i] = static_cast<uint32_t>(bytes[2 * i] << 8 | bytes[2 * i + 1]);
  const Run zeros = longest_zeros(groups);
  // ::a.b.c.d and ::ffff:a.b.c.d are printed with an address of version 4 at their end.
  const bool compatible = zeros.at == 0 && zeros.length == 6;
  const bool mapped = zeros.at == 0 && zeros.length == 5 && groups[5] == 0xffff;
  for (size_t i = 0; i < 8; ++i) {
    if (zeros.length > 0 && i == zeros.at) {
      out += "::";
      i += zeros.length - 1;
      if (compatible) return append_ipv4(bytes.subspan(12), out);
      continue;
    }
    if (mapped && i == 6) {
      out += ':';
      return append_ipv4(bytes.subspan(12), out);
    }
    if (i > 0 && out.back() != ':') out += ':';
    append_group(groups[i], out);
  }
}

/// The server stores UUIDs of versions 1 to 5 as nnnnnnnnnnnn-vsss-Vhhh-mmmm-llllllll (so that time orders them) and
/// all others as they are; the test on the stored bytes is its own.
bool is_swapped(Bytes b) { return (b[6] & 0x80) != 0 && b[8] > 0 && b[8] < 0x60; }

void append_uuid(Bytes bytes, bool swapped, std::string& out) {
  static constexpr std::array<uint8_t, 16> kStored{12, 13, 14, 15, 10, 11, 8, 9, 6, 7, 0, 1, 2, 3, 4, 5};
  for (size_t i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    const uint8_t byte = bytes[swapped ? kStored[i] : i];
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
}

}  // namespace

void append_text(FixedBinary type, Bytes bytes, std::string& out) {
  switch (type) {
    case FixedBinary::kInet4: return append_ipv4(bytes, out);
    case FixedBinary::kInet6: return append_inet6(bytes, out);
    case FixedBinary::kUuid: return append_uuid(bytes, is_swapped(bytes), out);
    case FixedBinary::kUuidSwapped: return append_uuid(bytes, true, out);
    case FixedBinary::kNone: break;
  }
}

}  // namespace sluice::binlog
