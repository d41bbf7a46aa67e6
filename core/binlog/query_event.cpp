#include "core/binlog/binlog_error.hpp"
#include "core/binlog/events.hpp"
#include "core/binlog/inflate.hpp"

namespace sluice::binlog {
namespace {

// Status variables (MySQL: Query_event::Query_event_status_vars; MariaDB: sql/log_event.h, Q_*).
enum : uint8_t {
  kFlags2 = 0,
  kSqlMode = 1,
  kCatalogWithNul = 2,
  kAutoIncrement = 3,
  kCharset = 4,
  kTimeZone = 5,
  kCatalog = 6,
  kLcTimeNames = 7,
  kSchemaCollation = 8,
  kTableMapForUpdate = 9,
  kMasterDataWritten = 10,
  kInvoker = 11,
  kUpdatedSchemas = 12,
  kMicroseconds = 13,
  kCommitTs = 14,
  kCommitTs2 = 15,
  kExplicitDefaultsForTimestamp = 16,
  kDdlXid = 17,
  kDefaultCollationForUtf8mb4 = 18,
  kSqlRequirePrimaryKey = 19,
  kDefaultTableEncryption = 20,
  kMariaMicroseconds = 128,
  kMariaXid = 129,
  kMariaGtidFlags3 = 130,
  kMariaCharsetCollations = 131,
};
constexpr uint8_t kTooManySchemas = 254;

void skip_updated_schemas(ByteReader& in) {
  const uint8_t count = in.u8();
  if (count == kTooManySchemas) return;
  for (uint8_t i = 0; i < count && in.ok(); ++i) in.text_until_nul();
}

/// One variable; false when its code is not known (its length is not known then either).
bool read_status(uint8_t code, ByteReader& in, QueryEvent& q) {
  switch (code) {
    case kFlags2: q.flags2 = in.u32(); return true;
    case kSqlMode: q.sql_mode = in.u64(); return true;
    case kCatalogWithNul:
      q.catalog = in.text(in.u8());
      in.skip(1);
      return true;
    case kAutoIncrement:
      q.auto_increment_increment = in.u16();
      q.auto_increment_offset = in.u16();
      return true;
    case kCharset: {
      QueryCharset c;
      c.client = in.u16();
      c.connection = in.u16();
      c.server = in.u16();
      q.charset = c;
      return true;
    }
    case kTimeZone: q.time_zone = in.text(in.u8()); return true;
    case kCatalog: q.catalog = in.text(in.u8()); return true;
    case kLcTimeNames: in.skip(2); return true;
    case kSchemaCollation: q.schema_collation = in.u16(); return true;
    case kTableMapForUpdate: in.skip(8); return true;
    case kMasterDataWritten: in.skip(4); return true;
    case kInvoker:
      in.skip(in.u8());
      in.skip(in.u8());
      return true;
    case kUpdatedSchemas: skip_updated_schemas(in); return true;
    case kMicroseconds:
    case kMariaMicroseconds: q.microseconds = static_cast<uint32_t>(in.le(3)); return true;
    case kCommitTs:
    case kCommitTs2: in.skip(8); return true;
    case kExplicitDefaultsForTimestamp:
    case kSqlRequirePrimaryKey:
    case kDefaultTableEncryption: in.skip(1); return true;
    case kDdlXid:
    case kMariaXid: q.xid = in.u64(); return true;
    case kDefaultCollationForUtf8mb4: q.default_collation_for_utf8mb4 = in.u16(); return true;
    case kMariaGtidFlags3:
      if ((in.u8() & (kMariaCommitAlter | kMariaRollbackAlter)) != 0) in.skip(8);
      return true;
    case kMariaCharsetCollations: in.skip(in.u8() * uint64_t{4}); return true;
    default: return false;
  }
}

}  // namespace

Result<QueryEvent> decode_query(const EventView& view, const FormatDescription& format, Arena& arena) {
  constexpr size_t kPostHeader = 13;
  const std::string what = describe(view.type());
  ByteReader in(view.body);
  QueryEvent q;
  q.thread_id = in.u32();
  q.exec_time = in.u32();
  const uint8_t schema_size = in.u8();
  q.error_code = in.u16();
  const uint16_t status_size = in.u16();
  const size_t post_header = format.post_header_size(view.type(), kPostHeader);
  if (post_header > kPostHeader) in.skip(post_header - kPostHeader);
  ByteReader status(in.bytes(status_size));
  q.schema = in.text(schema_size);
  in.skip(1);
  if (!in.ok()) return damaged(what, "a length points behind the event's end");
  while (!status.at_end()) {
    const uint8_t code = status.u8();
    if (!read_status(code, status, q)) {
      q.unknown_status_code = code;
      break;
    }
    if (!status.ok()) return damaged(what, "its status variable " + std::to_string(code) + " is cut off");
  }
  q.query = as_text(in.rest());
  if (view.type() == EventType::kMariaQueryCompressed) {
    auto text = inflate_event_part(in.rest(), arena);
    if (!text) return text.status().with(what);
    q.query = as_text(*text);
  }
  return q;
}

}  // namespace sluice::binlog
