#pragma once

#include <string>

#include "core/binlog/bytes.hpp"

namespace sluice::binlog {

/// MariaDB's types of fixed binary length: row events carry the stored bytes, we give the text that the server
/// prints (MariaDB Server, sql/sql_type_fixedbin.h, sql_type_inet.h, sql_type_uuid.h).
enum class FixedBinary : uint8_t {
  kNone,
  kInet4,
  kInet6,
  kUuid,
  kUuidSwapped,  ///< of servers before MDEV-29959: every UUID is stored with its parts in reverse order
};

/// 4 or 16.
constexpr uint32_t stored_size(FixedBinary type) { return type == FixedBinary::kInet4 ? 4 : 16; }

/// REQUIRES: `bytes` has stored_size(type) bytes and `type` is not kNone.
void append_text(FixedBinary type, Bytes bytes, std::string& out);

}  // namespace sluice::binlog
