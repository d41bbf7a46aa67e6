#include "core/binlog/inflate.hpp"

#include <zlib.h>

#include <string>

#include "core/binlog/binlog_error.hpp"

namespace sluice::binlog {
namespace {

/// Deflate cannot do better than 1032:1; a length beyond that is a lie, and not worth its memory.
bool plausible(uint64_t size, size_t compressed) { return size <= compressed * uint64_t{1040} + 64; }

/// True when `in` inflates to exactly `size` bytes.
bool inflate_exactly(Bytes in, uint8_t* out, size_t size, int window_bits) {
  z_stream stream{};
  if (inflateInit2(&stream, window_bits) != Z_OK) throw std::bad_alloc();
  uint8_t nothing = 0;
  stream.next_in = const_cast<uint8_t*>(in.data());  // zlib's interface predates const
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = size == 0 ? &nothing : out;
  stream.avail_out = static_cast<uInt>(size);
  const int result = inflate(&stream, Z_FINISH);
  const bool complete = result == Z_STREAM_END && stream.total_out == size;
  inflateEnd(&stream);
  return complete;
}

}  // namespace

Result<Bytes> inflate_event_part(Bytes compressed, Arena& arena) {
  ByteReader in(compressed);
  const uint8_t head = in.u8();
  const int algorithm = head >> 4 & 0x7;
  const size_t width = head & 0x7;
  const uint64_t size = width <= 4 ? in.be(width) : 0;
  if (!in.ok() || (head & 0x80) == 0 || width == 0 || width > 4) {
    return damaged("a compressed event", "its compression header is not one");
  }
  if (algorithm != 0) {
    return refused("a compressed event", "its algorithm " + std::to_string(algorithm) + " is not known",
                   "Set log_bin_compress=OFF on the source.");
  }
  if (!plausible(size, in.left())) return damaged("a compressed event", "its announced length is impossible");
  auto* out = arena.alloc_array<uint8_t>(size);
  if (!inflate_exactly(in.rest(), out, size, MAX_WBITS)) {
    return damaged("a compressed event", "zlib cannot inflate it to the announced length");
  }
  return Bytes(out, size);
}

bool inflate_column(Bytes compressed, Arena& arena, Bytes& out) {
  constexpr int kPlain = 0;
  constexpr int kZlib = 8;
  if (compressed.empty()) {
    out = compressed;
    return true;
  }
  ByteReader in(compressed);
  const uint8_t head = in.u8();
  const int method = head >> 4;
  if (method == kPlain) {
    out = in.rest();
    return true;
  }
  const size_t width = head & 0x7;
  if (method != kZlib || width == 0 || width > 4) return false;
  const uint64_t size = in.be(width);
  if (!in.ok() || !plausible(size, in.left())) return false;
  auto* to = arena.alloc_array<uint8_t>(size);
  if (!inflate_exactly(in.rest(), to, size, (head & 8) != 0 ? -MAX_WBITS : MAX_WBITS)) return false;
  out = Bytes(to, size);
  return true;
}

}  // namespace sluice::binlog
