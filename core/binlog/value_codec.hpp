#pragma once

#include <cstdint>
#include <string>

#include "core/binlog/bytes.hpp"

namespace sluice::binlog {

// The packed encodings inside row images and binary JSON (MySQL strings/decimal.c, sql-common/my_time.c).

/// Bytes that DECIMAL(precision, scale) takes. REQUIRES: scale <= precision <= 65.
size_t decimal_size(unsigned precision, unsigned scale);
/// Longest text: sign, 65 digits, leading zero, point.
inline constexpr size_t kMaxDecimalText = 72;
/// Writes the text without NUL and returns its length; 0 when the bytes are no decimal.
/// REQUIRES: decimal_size() bytes at p, kMaxDecimalText at out.
size_t decimal_text(const uint8_t* p, unsigned precision, unsigned scale, char* out);

/// MySQL's packed date and time: year, month, day, hour, minute, second in the upper 40 bits, microseconds in the
/// lower 24. The form of SLUICE_DATETIME.
constexpr uint64_t pack_datetime(uint64_t year, uint64_t month, uint64_t day, uint64_t hour, uint64_t minute,
                                 uint64_t second, uint64_t micros) {
  return ((((year * 13 + month) << 5 | day) << 17 | hour << 12 | minute << 6 | second) << 24) | micros;
}

/// Signed packed TIME (hours << 12 | minutes << 6 | seconds, then 24 bits of microseconds) to microseconds.
int64_t time_to_micros(int64_t packed);

/// As the server prints them inside JSON: six fractional digits.
void append_date(uint64_t packed, std::string& out);
void append_datetime(uint64_t packed, std::string& out);
void append_time(int64_t packed, std::string& out);

/// Appends a binary JSON document as MySQL prints it ("{"a": 1}"). No bytes at all are the literal null. False
/// when the bytes are no document (lengths, offsets, depth, invalid types); `out` then holds a part.
bool append_json(Bytes document, std::string& out);

}  // namespace sluice::binlog
