#pragma once

#include "core/binlog/arena.hpp"
#include "core/binlog/bytes.hpp"
#include "core/model/error.hpp"

namespace sluice::binlog {

/// MariaDB's compressed part of an event (log_bin_compress): a header byte 0x80 | algorithm << 4 | n, then the
/// original length in n bytes (big endian), then zlib data. The result is in the arena.
Result<Bytes> inflate_event_part(Bytes compressed, Arena& arena);

/// MariaDB's compressed column (COMPRESSED attribute): a header byte method << 4 | raw << 3 | n, the length in n
/// bytes (big endian), then zlib data; method 0 is plain. False when the bytes make no sense.
bool inflate_column(Bytes compressed, Arena& arena, Bytes& out);

}  // namespace sluice::binlog
