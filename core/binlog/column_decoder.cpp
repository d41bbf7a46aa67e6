#include "core/binlog/column_decoder.hpp"

#include "core/binlog/inflate.hpp"

namespace sluice::binlog {
namespace {

constexpr uint32_t kPowers[7] = {1, 10, 100, 1000, 10000, 100000, 1000000};
constexpr uint8_t kHiresFraction[7] = {0, 1, 1, 2, 2, 3, 3};
constexpr uint8_t kHiresTime[7] = {3, 4, 4, 5, 5, 5, 6};
constexpr uint8_t kHiresDateTime[7] = {5, 6, 6, 7, 7, 7, 8};
constexpr int64_t kTimeRange = int64_t{839} * 3600;  // seconds; one beyond 838:59:59

}  // namespace

bool ColumnDecoder::decimal(const Column& c, sluice_value& value) {
  auto* out = static_cast<char*>(arena->alloc(kMaxDecimalText, 1));
  const size_t n = decimal_text(p, c.length, c.scale, out);
  if (n == 0) {
    why = "the digits of a DECIMAL are out of range";
    return false;
  }
  arena->shrink_last(out, n);
  value.size = static_cast<uint32_t>(n);
  value.v.p = out;
  p += c.prefix;
  return true;
}

bool ColumnDecoder::datetime2(const Column& c, sluice_value& value) {
  constexpr uint64_t kOffset = uint64_t{1} << 39;
  const uint64_t whole = load_be(p, 5);
  if (whole < kOffset) {
    why = "a DATETIME is negative";
    return false;
  }
  value.v.u = (whole - kOffset) << 24 | fraction(p + 5, c.scale);
  value.scale = c.scale;
  p += 5u + (c.scale + 1u) / 2;
  return true;
}

bool ColumnDecoder::timestamp2(const Column& c, sluice_value& value) {
  value.v.i = static_cast<int64_t>(load_be(p, 4)) * 1000000 + fraction(p + 4, c.scale);
  value.scale = c.scale;
  p += 4u + (c.scale + 1u) / 2;
  return true;
}

bool ColumnDecoder::time2(const Column& c, sluice_value& value) {
  const size_t size = 3u + (c.scale + 1u) / 2;
  if (!need(size)) return false;
  // Whole and fraction are one big-endian number around a middle value: a borrow goes across the parts.
  const size_t fraction_size = size - 3;
  constexpr int64_t kUnit[4] = {0, 10000, 100, 1};
  const auto raw = static_cast<int64_t>(load_be(p, size)) - (int64_t{0x800000} << (8 * fraction_size));
  const int64_t magnitude = raw < 0 ? -raw : raw;
  const int64_t micros = (magnitude & ((int64_t{1} << (8 * fraction_size)) - 1)) * kUnit[fraction_size];
  const int64_t total = time_to_micros((magnitude >> (8 * fraction_size)) << 24) + micros;
  value.v.i = raw < 0 ? -total : total;
  value.scale = c.scale;
  p += size;
  return true;
}

/// MariaDB before 10.1, and later with mysql56_temporal_format=OFF (sql/field.cc, Field_*_hires).
bool ColumnDecoder::hires(const Column& c, sluice_value& value) {
  const int64_t unit = kPowers[6 - c.scale];
  value.scale = c.scale;
  if (c.op == Op::kTimestampHires) {
    const size_t size = kHiresFraction[c.scale];
    if (!need(4 + size)) return false;
    value.v.i = static_cast<int64_t>(load_be(p, 4)) * 1000000 + static_cast<int64_t>(load_be(p + 4, size)) * unit;
    p += 4 + size;
    return true;
  }
  const size_t size = c.op == Op::kTimeHires ? kHiresTime[c.scale] : kHiresDateTime[c.scale];
  if (!need(size)) return false;
  const uint64_t raw = load_be(p, size);
  p += size;
  if (c.op == Op::kTimeHires) {
    const int64_t zero = kTimeRange * 1000000 / unit;
    value.v.i = (static_cast<int64_t>(raw) - zero) * unit;
    return true;
  }
  const uint64_t per_second = kPowers[c.scale];
  uint64_t rest = raw / per_second;
  const uint64_t micros = raw % per_second * static_cast<uint64_t>(unit);
  const uint64_t second = rest % 60;
  rest /= 60;
  const uint64_t minute = rest % 60;
  rest /= 60;
  const uint64_t hour = rest % 24;
  rest /= 24;
  const uint64_t day = rest % 32;
  rest /= 32;
  if (rest / 13 > 9999) {
    why = "a DATETIME is out of range";
    return false;
  }
  value.v.u = pack_datetime(rest / 13, rest % 13, day, hour, minute, second, micros);
  return true;
}

bool ColumnDecoder::temporal(const Column& c, sluice_value& value) {
  switch (c.op) {
    case Op::kYear:
      if (!need(1)) return false;
      return set_uint(value, *p == 0 ? 0 : 1900u + *p, 1);
    case Op::kDate: {
      if (!need(3)) return false;
      const uint64_t v = load_le(p, 3);
      return set_uint(value, pack_datetime(v >> 9, v >> 5 & 15, v & 31, 0, 0, 0, 0), 3);
    }
    case Op::kTime: {
      if (!need(3)) return false;
      const int32_t v = static_cast<int32_t>(load_le(p, 3) << 8) >> 8;  // hhmmss as a decimal number
      const int64_t seconds = v / 10000 * 3600 + v / 100 % 100 * 60 + v % 100;
      return set_int(value, seconds * 1000000, 3);
    }
    case Op::kDateTime: {
      if (!need(8)) return false;
      const uint64_t v = load_le<uint64_t>(p);  // yyyymmddhhmmss as a decimal number
      if (v > 99991231235959) {
        why = "a DATETIME is out of range";
        return false;
      }
      return set_uint(value,
                      pack_datetime(v / 10000000000, v / 100000000 % 100, v / 1000000 % 100, v / 10000 % 100,
                                    v / 100 % 100, v % 100, 0),
                      8);
    }
    case Op::kTimestamp:
      if (!need(4)) return false;
      return set_int(value, static_cast<int64_t>(load_le<uint32_t>(p)) * 1000000, 4);
    default: return false;
  }
}

bool ColumnDecoder::padded(const Column& c, sluice_value& value) {
  const char* const before = reinterpret_cast<const char*>(p);
  uint64_t length = 0;
  if (!need(c.prefix)) return false;
  length = load_le(p, c.prefix);
  if (!text(length, c.prefix, value)) return false;
  if (length > c.length) {
    why = "a BINARY value is longer than its column";
    return false;
  }
  if (length == c.length) return true;
  auto* out = static_cast<char*>(arena->alloc(c.length, 1));  // the event drops trailing zeros
  std::memcpy(out, before + c.prefix, length);
  std::memset(out + length, 0, c.length - length);
  value.v.p = out;
  value.size = c.length;
  return true;
}

bool ColumnDecoder::fixed_binary(const Column& c, sluice_value& value) {
  if (!padded(c, value)) return false;
  scratch->clear();
  append_text(c.fixed, as_bytes({value.v.p, value.size}), *scratch);
  value.v.p = arena->copy(*scratch).data();
  value.size = static_cast<uint32_t>(scratch->size());
  return true;
}

bool ColumnDecoder::compressed(const Column& c, sluice_value& value) {
  if (!need(c.prefix) || !text(load_le(p, c.prefix), c.prefix, value)) return false;
  Bytes plain;
  if (!inflate_column(as_bytes({value.v.p, value.size}), *arena, plain)) {
    why = "a COMPRESSED value cannot be inflated";
    return false;
  }
  value.v.p = reinterpret_cast<const char*>(plain.data());
  value.size = static_cast<uint32_t>(plain.size());
  return true;
}

bool ColumnDecoder::json(const Column& c, sluice_value& value) {
  if (!need(c.prefix) || !text(load_le(p, c.prefix), c.prefix, value)) return false;
  scratch->clear();
  if (!append_json(as_bytes({value.v.p, value.size}), *scratch) || scratch->size() > UINT32_MAX) {
    why = "the binary JSON document is malformed";
    return false;
  }
  value.v.p = arena->copy(*scratch).data();
  value.size = static_cast<uint32_t>(scratch->size());
  return true;
}

bool ColumnDecoder::rare(const Column& c, sluice_value& value) {
  switch (c.op) {
    case Op::kFloat: {
      if (!need(4)) return false;
      value.v.d = load_le<float>(p);
      p += 4;
      return true;
    }
    case Op::kDouble:
      if (!need(8)) return false;
      value.v.d = load_le<double>(p);
      p += 8;
      return true;
    case Op::kTime2: return time2(c, value);
    case Op::kTimeHires:
    case Op::kDateTimeHires:
    case Op::kTimestampHires: return hires(c, value);
    case Op::kBit: {
      if (!need(c.prefix)) return false;
      const uint64_t bits = load_be(p, c.prefix);
      return set_uint(value, bits, c.prefix);
    }
    case Op::kNumber: return need(c.prefix) && set_uint(value, load_le(p, c.prefix), c.prefix);
    case Op::kPadded: return padded(c, value);
    case Op::kFixedBinary: return fixed_binary(c, value);
    case Op::kCompressed: return compressed(c, value);
    case Op::kJson: return json(c, value);
    case Op::kNull: value.kind = SLUICE_NULL; return true;
    default: return temporal(c, value);
  }
}

}  // namespace sluice::binlog
