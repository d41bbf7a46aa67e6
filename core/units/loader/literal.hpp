#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::units::loader {

/// One value of a row as the file writes it, decoded in place: `data` points into the row's own bytes.
struct Literal {
  enum class Kind { Null, Number, Text, Bytes };
  Kind kind = Kind::Null;
  char* data = nullptr;
  size_t size = 0;
  bool utf8 = false;  ///< text that says of itself that it is utf8mb4

  std::string_view view() const { return {data, size}; }
};

/// Reads a literal: NULL, numbers, 'text' and "text", x'…', 0x…, b'…', 0b…, each with an introducer (_binary) if need
/// be, and CONVERT('…' USING utf8mb4). Moves `at` behind it. False with `why` when it is none of these.
/// Text after `end` is never read.
bool read_literal(char*& at, char* end, bool backslash_escapes, Literal& out, std::string& why);

}  // namespace sluice::units::loader
