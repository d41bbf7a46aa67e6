#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "core/binlog/event_view.hpp"
#include "tests/support/skip.hpp"

namespace sluice::binlog::test {

inline std::filesystem::path fixtures() { return std::filesystem::path(SLUICE_FIXTURES) / "binlogs"; }

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Bytes from hexadecimal text; blanks are allowed.
inline std::string hex(const std::string& text) {
  std::string digits;
  for (const char c : text) {
    if (c != ' ' && c != '\n') digits += c;
  }
  std::string out;
  for (size_t i = 0; i + 1 < digits.size(); i += 2)
    out += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
  return out;
}

inline void put(std::string& out, uint64_t v, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(v >> (8 * i));
}

/// An event without checksum around `body`.
inline std::string event(EventType type, const std::string& body, uint16_t flags = 0) {
  std::string out;
  put(out, 1700000000, 4);
  put(out, static_cast<uint64_t>(type), 1);
  put(out, 1, 4);
  put(out, EventHeader::kSize + body.size(), 4);
  put(out, 0, 4);
  put(out, flags, 2);
  return out + body;
}

/// The view of one event; `bytes` must outlive it.
inline EventView view(const std::string& bytes, const FormatDescription& format = FormatDescription()) {
  auto result = parse_event(as_bytes(bytes), format);
  REQUIRE(result.ok());
  return *result;
}

}  // namespace sluice::binlog::test

/// Ends the test case, counted as skipped, when the recorded binlogs are not at hand.
#define SLUICE_NEEDS_FIXTURES()                                            \
  SLUICE_SKIP_IF(std::filesystem::exists(sluice::binlog::test::fixtures()) \
                     ? ""                                                  \
                     : "the recorded binlogs are missing: " + sluice::binlog::test::fixtures().string())
