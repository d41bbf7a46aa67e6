#pragma once

#include <cstring>
#include <string>

#include "core/binlog/rows_decoder.hpp"
#include "core/binlog/value_codec.hpp"

namespace sluice::binlog {

/// Decodes one value after the other from a row image. The inner loop of everything: common types are inline.
struct ColumnDecoder {
  const uint8_t* p;
  const uint8_t* end;
  Arena* arena;
  std::string* scratch;
  const char* why = "";

  using Column = RowLayout::Column;
  using Op = RowLayout::Op;

  /// REQUIRES: `value` is zeroed. False with `why` set when the bytes do not fit the type.
  bool decode(const Column& c, sluice_value& value) {
    value.kind = c.kind;
    switch (c.op) {
      case Op::kInt1: return need(1) && set_int(value, static_cast<int8_t>(*p), 1);
      case Op::kInt2: return need(2) && set_int(value, load_le<int16_t>(p), 2);
      case Op::kInt3: return need(3) && set_int(value, static_cast<int32_t>(load_le(p, 3) << 8) >> 8, 3);
      case Op::kInt4: return need(4) && set_int(value, load_le<int32_t>(p), 4);
      case Op::kInt8: return need(8) && set_int(value, load_le<int64_t>(p), 8);
      case Op::kUint1: return need(1) && set_uint(value, *p, 1);
      case Op::kUint2: return need(2) && set_uint(value, load_le<uint16_t>(p), 2);
      case Op::kUint3: return need(3) && set_uint(value, load_le(p, 3), 3);
      case Op::kUint4: return need(4) && set_uint(value, load_le<uint32_t>(p), 4);
      case Op::kUint8: return need(8) && set_uint(value, load_le<uint64_t>(p), 8);
      case Op::kText1: return need(1) && text(load_le<uint8_t>(p), 1, value);
      case Op::kText2: return need(2) && text(load_le<uint16_t>(p), 2, value);
      case Op::kText3: return need(3) && text(load_le(p, 3), 3, value);
      case Op::kText4: return need(4) && text(load_le<uint32_t>(p), 4, value);
      case Op::kDecimal: return need(c.prefix) && decimal(c, value);
      case Op::kDateTime2: return need(5u + (c.scale + 1u) / 2) && datetime2(c, value);
      case Op::kTimestamp2: return need(4u + (c.scale + 1u) / 2) && timestamp2(c, value);
      default: return rare(c, value);
    }
  }

 private:
  bool need(size_t n) {
    if (static_cast<size_t>(end - p) >= n) [[likely]]
      return true;
    why = "the value is cut off";
    return false;
  }
  bool set_int(sluice_value& value, int64_t i, size_t size) {
    value.v.i = i;
    p += size;
    return true;
  }
  bool set_uint(sluice_value& value, uint64_t u, size_t size) {
    value.v.u = u;
    p += size;
    return true;
  }
  bool text(uint64_t length, size_t prefix, sluice_value& value) {
    if (!need(prefix + length)) return false;
    value.size = static_cast<uint32_t>(length);
    value.v.p = reinterpret_cast<const char*>(p + prefix);
    p += prefix + length;
    return true;
  }
  /// Big-endian fraction in (digits + 1) / 2 bytes, as microseconds.
  uint32_t fraction(const uint8_t* at, uint8_t digits) const {
    constexpr uint32_t kUnit[4] = {0, 10000, 100, 1};
    const size_t size = (digits + 1u) / 2;
    return static_cast<uint32_t>(load_be(at, size)) * kUnit[size];
  }

  bool decimal(const Column& c, sluice_value& value);
  bool datetime2(const Column& c, sluice_value& value);
  bool timestamp2(const Column& c, sluice_value& value);
  bool rare(const Column& c, sluice_value& value);
  bool temporal(const Column& c, sluice_value& value);
  bool time2(const Column& c, sluice_value& value);
  bool hires(const Column& c, sluice_value& value);
  bool padded(const Column& c, sluice_value& value);
  bool fixed_binary(const Column& c, sluice_value& value);
  bool compressed(const Column& c, sluice_value& value);
  bool json(const Column& c, sluice_value& value);
};

}  // namespace sluice::binlog
