#pragma once

#include <charconv>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "sluice/abi/row.h"

/// The text of values exactly as MySQL prints them, appended to a string. Nothing is quoted or escaped.
namespace sluice::plugin {

namespace detail {

/// Two digits, zero padded. REQUIRES: n < 100
inline char* put2(char* to, uint32_t n) {
  to[0] = static_cast<char>('0' + n / 10);
  to[1] = static_cast<char>('0' + n % 10);
  return to + 2;
}
inline char* put4(char* to, uint32_t n) { return put2(put2(to, n / 100 % 100), n % 100); }

/// ".123": the first `scale` of six digits; nothing when scale is 0.
inline char* put_fraction(char* to, uint32_t microseconds, uint8_t scale) {
  if (scale == 0) return to;
  *to++ = '.';
  uint32_t unit = 100000;
  for (uint8_t i = 0; i < scale && i < 6; ++i, unit /= 10) *to++ = static_cast<char>('0' + microseconds / unit % 10);
  return to;
}

inline char* put_date(char* to, uint32_t year, uint32_t month, uint32_t day) {
  to = put4(to, year);
  *to++ = '-';
  to = put2(to, month);
  *to++ = '-';
  return put2(to, day);
}

inline char* put_clock(char* to, uint32_t hour, uint32_t minute, uint32_t second) {
  to = put2(to, hour % 100);
  *to++ = ':';
  to = put2(to, minute);
  *to++ = ':';
  return put2(to, second);
}

/// Days since 1970-01-01 to the civil date (Howard Hinnant's algorithm, proleptic Gregorian).
inline char* put_day_number(char* to, int64_t days) {
  days += 719468;
  const int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const auto doe = static_cast<uint32_t>(days - era * 146097);
  const uint32_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  const uint32_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const uint32_t mp = (5 * doy + 2) / 153;
  const uint32_t day = doy - (153 * mp + 2) / 5 + 1;
  const uint32_t month = mp < 10 ? mp + 3 : mp - 9;
  const auto year = static_cast<uint32_t>(static_cast<int64_t>(yoe) + era * 400 + (month <= 2 ? 1 : 0));
  return put_date(to, year, month, day);
}

/// Lays out the shortest digits the way MySQL's my_gcvt does: plain up to 15 digits before or 14 zeros behind the
/// point, else d.ddde[-]x. `scientific` is what std::to_chars gave: "-d.ddde+XX".
inline void append_gcvt(std::string& out, const char* scientific, const char* end) {
  if (*scientific == '-') {
    out += '-';
    ++scientific;
  }
  char digits[24];
  size_t count = 0;
  const char* at = scientific;
  for (; at != end && *at != 'e'; ++at) {
    if (*at != '.' && count < sizeof digits) digits[count++] = *at;
  }
  if (at == end) {  // inf, nan: MySQL cannot store them
    out.append(scientific, end);
    return;
  }
  ++at;
  if (*at == '+') ++at;
  int exponent = 0;
  std::from_chars(at, end, exponent);
  const int point = exponent + 1;  // digits before the decimal point
  const int length = static_cast<int>(count);
  if (point >= -14 && (point <= 15 || length > point)) {
    if (point <= 0) {
      if (length == 1 && digits[0] == '0') {
        out += '0';
        return;
      }
      out += "0.";
      out.append(static_cast<size_t>(-point), '0');
      out.append(digits, count);
    } else if (length <= point) {
      out.append(digits, count);
      out.append(static_cast<size_t>(point - length), '0');
    } else {
      out.append(digits, static_cast<size_t>(point));
      out += '.';
      out.append(digits + point, count - static_cast<size_t>(point));
    }
    return;
  }
  out += digits[0];
  if (count > 1) {
    out += '.';
    out.append(digits + 1, count - 1);
  }
  out += 'e';
  char number[8];
  const auto [stop, ec] = std::to_chars(number, number + sizeof number, exponent);
  (void)ec;
  out.append(number, stop);
}

}  // namespace detail

inline void append_int(std::string& out, int64_t value) {
  char text[24];
  out.append(text, std::to_chars(text, text + sizeof text, value).ptr);
}
inline void append_uint(std::string& out, uint64_t value) {
  char text[24];
  out.append(text, std::to_chars(text, text + sizeof text, value).ptr);
}
/// The shortest text that reads back as the same double.
inline void append_double(std::string& out, double value) {
  char text[40];
  detail::append_gcvt(out, text, std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr);
}
/// The shortest text that reads back as the same float.
inline void append_float(std::string& out, float value) {
  char text[40];
  detail::append_gcvt(out, text, std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr);
}

/// The fields of a packed DATE or DATETIME (row.h).
struct CivilTime {
  uint32_t year, month, day, hour, minute, second, microsecond;
  static CivilTime unpack(uint64_t packed) {
    const uint64_t date = packed >> 41;
    const auto months = static_cast<uint32_t>(date >> 5);
    const auto clock = static_cast<uint32_t>(packed >> 24 & 0x1FFFF);
    return {months / 13,     months % 13, static_cast<uint32_t>(date & 31),        clock >> 12,
            clock >> 6 & 63, clock & 63,  static_cast<uint32_t>(packed & 0xFFFFFF)};
  }
  uint64_t pack() const {
    const uint64_t date = uint64_t{year * 13 + month} << 5 | day;
    return ((date << 17 | uint64_t{hour} << 12 | uint64_t{minute} << 6 | second) << 24) | microsecond;
  }
};

inline void append_date(std::string& out, uint64_t packed) {
  char text[16];
  const CivilTime t = CivilTime::unpack(packed);
  out.append(text, detail::put_date(text, t.year, t.month, t.day));
}

inline void append_datetime(std::string& out, uint64_t packed, uint8_t scale) {
  char text[32];
  const CivilTime t = CivilTime::unpack(packed);
  char* at = detail::put_date(text, t.year, t.month, t.day);
  *at++ = ' ';
  at = detail::put_clock(at, t.hour, t.minute, t.second);
  out.append(text, detail::put_fraction(at, t.microsecond, scale));
}

/// In UTC; 0 is the zero date.
inline void append_timestamp(std::string& out, int64_t microseconds, uint8_t scale) {
  if (microseconds == 0) return append_datetime(out, 0, scale);
  constexpr int64_t kDay = 86400000000;
  int64_t days = microseconds / kDay;
  int64_t rest = microseconds % kDay;
  if (rest < 0) {
    rest += kDay;
    --days;
  }
  char text[40];
  char* at = detail::put_day_number(text, days);
  *at++ = ' ';
  const auto seconds = static_cast<uint32_t>(rest / 1000000);
  at = detail::put_clock(at, seconds / 3600, seconds / 60 % 60, seconds % 60);
  out.append(text, detail::put_fraction(at, static_cast<uint32_t>(rest % 1000000), scale));
}

/// "-838:59:59.000000" and "-00:00:00.12".
inline void append_time(std::string& out, int64_t microseconds, uint8_t scale) {
  const uint64_t size =
      microseconds < 0 ? uint64_t{0} - static_cast<uint64_t>(microseconds) : static_cast<uint64_t>(microseconds);
  if (microseconds < 0) out += '-';
  const uint64_t seconds = size / 1000000;
  const uint64_t hours = seconds / 3600;
  char text[32];
  char* at = text;
  if (hours < 100)
    at = detail::put2(at, static_cast<uint32_t>(hours));
  else
    append_uint(out, hours);
  *at++ = ':';
  at = detail::put2(at, static_cast<uint32_t>(seconds / 60 % 60));
  *at++ = ':';
  at = detail::put2(at, static_cast<uint32_t>(seconds % 60));
  out.append(text, detail::put_fraction(at, static_cast<uint32_t>(size % 1000000), scale));
}

inline void append_year(std::string& out, uint64_t year) {
  char text[4];
  out.append(text, detail::put4(text, static_cast<uint32_t>(year % 10000)));
}

/// The raw bytes of a value that carries p and size.
inline std::string_view value_bytes(const sluice_value& value) {
  return value.size == 0 ? std::string_view() : std::string_view(value.v.p, value.size);
}

/// Appends the text of any value: ENUM, SET and BIT as their number, STRING, BYTES, JSON, GEOMETRY and VECTOR as their
/// bytes. Returns false and appends nothing for NULL, ABSENT and kinds this SDK does not know.
inline bool append_value(std::string& out, const sluice_value& value) {
  switch (value.kind) {
    case SLUICE_INT: append_int(out, value.v.i); return true;
    case SLUICE_UINT:
    case SLUICE_BIT:
    case SLUICE_ENUM:
    case SLUICE_SET: append_uint(out, value.v.u); return true;
    case SLUICE_FLOAT: append_float(out, static_cast<float>(value.v.d)); return true;
    case SLUICE_DOUBLE: append_double(out, value.v.d); return true;
    case SLUICE_DECIMAL:
    case SLUICE_STRING:
    case SLUICE_BYTES:
    case SLUICE_JSON:
    case SLUICE_GEOMETRY:
    case SLUICE_VECTOR:
    case SLUICE_TEXT: out.append(value_bytes(value)); return true;
    case SLUICE_DATE: append_date(out, value.v.u); return true;
    case SLUICE_TIME: append_time(out, value.v.i, value.scale); return true;
    case SLUICE_DATETIME: append_datetime(out, value.v.u, value.scale); return true;
    case SLUICE_TIMESTAMP: append_timestamp(out, value.v.i, value.scale); return true;
    case SLUICE_YEAR: append_year(out, value.v.u); return true;
    default: return false;
  }
}

}  // namespace sluice::plugin
