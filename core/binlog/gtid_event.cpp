#include <algorithm>
#include <bit>

#include "core/binlog/binlog_error.hpp"
#include "core/binlog/events.hpp"

namespace sluice::binlog {
namespace {

/// mysql::serialization's variable-length integer: as many low one-bits as bytes follow the first, then a zero,
/// then the value.
uint64_t varint(ByteReader& in) {
  const uint8_t first = in.u8();
  const auto extra = static_cast<unsigned>(std::countr_one(first));
  if (extra >= 8) return in.u64();
  const uint64_t rest = in.le(extra);
  return static_cast<uint64_t>(first) >> (extra + 1) | rest << (7 - extra);
}

int64_t signed_varint(ByteReader& in) {
  const uint64_t raw = varint(in);
  return static_cast<int64_t>(raw >> 1 ^ (uint64_t{0} - (raw & 1)));
}

/// Fields of GTID_TAGGED_LOG (mysql::binlog::event::Gtid_event::define_fields).
bool read_tagged_field(uint64_t id, ByteReader& in, Gtid& gtid, GtidEvent& out) {
  switch (id) {
    case 0: out.flags = static_cast<uint8_t>(varint(in)); return true;
    case 1:
      for (uint8_t& byte : gtid.uuid) byte = static_cast<uint8_t>(varint(in));
      return true;
    case 2: gtid.number = static_cast<uint64_t>(signed_varint(in)); return true;
    case 3: gtid.tag = std::string(in.text(varint(in))); return true;
    case 4: out.last_committed = signed_varint(in); return true;
    case 5: out.sequence_number = signed_varint(in); return true;
    case 6: out.immediate_commit_us = varint(in); return true;
    case 7: out.original_commit_us = varint(in); return true;
    case 8: out.transaction_length = varint(in); return true;
    case 9: out.immediate_server_version = static_cast<uint32_t>(varint(in)); return true;
    case 10: out.original_server_version = static_cast<uint32_t>(varint(in)); return true;
    case 11: varint(in); return true;  // commit group ticket
    default: return false;
  }
}

Result<GtidEvent> decode_tagged(const EventView& view) {
  const std::string what = describe(view.type());
  ByteReader in(view.body);
  GtidEvent out;
  Gtid gtid;
  const uint64_t version = varint(in);
  const uint64_t size = varint(in);
  const uint64_t last_required = varint(in);
  if (!in.ok() || size > view.body.size()) return damaged(what, "its length points behind the event's end");
  if (version != 1) {
    return refused(what, "its serialization version is " + std::to_string(version) + ", version 1 is known",
                   "Use a source of MySQL 8.3 to 9.x, or a newer release of this program.");
  }
  const size_t trailing = view.body.size() - static_cast<size_t>(size);
  while (in.ok() && in.left() > trailing) {
    const uint64_t id = varint(in);
    if (!in.ok() || read_tagged_field(id, in, gtid, out)) continue;
    // Fields come in ascending order; those behind the last required one may be passed over.
    if (id > last_required) break;
    return refused(what, "its field " + std::to_string(id) + " is required and not known",
                   "Use a newer release of this program.");
  }
  if (!in.ok()) return damaged(what, "a field is cut off");
  if (out.original_commit_us == 0) out.original_commit_us = out.immediate_commit_us;
  if (out.original_server_version == 0) out.original_server_version = out.immediate_server_version;
  std::string tag;
  if (!gtid.tag.empty() && !parse_tag(gtid.tag, tag)) return damaged(what, "its tag is not one");
  out.gtid = std::move(gtid);
  return out;
}

/// 5.7.? and later append fields; each is there only if those before it are.
void read_optional_fields(ByteReader& in, GtidEvent& out) {
  constexpr uint8_t kLogicalTimestamps = 2;
  if (in.left() < 17 || in.u8() != kLogicalTimestamps) return;
  out.last_committed = static_cast<int64_t>(in.u64());
  out.sequence_number = static_cast<int64_t>(in.u64());
  if (in.left() < 7) return;
  constexpr uint64_t kHasOriginal = uint64_t{1} << 55;
  const uint64_t immediate = in.le(7);
  out.immediate_commit_us = immediate & ~kHasOriginal;
  out.original_commit_us = (immediate & kHasOriginal) != 0 ? in.le(7) : out.immediate_commit_us;
  if (in.at_end()) return;
  out.transaction_length = in.packed();
  if (in.left() < 4) return;
  constexpr uint32_t kHasOriginalVersion = uint32_t{1} << 31;
  const uint32_t version = in.u32();
  out.immediate_server_version = version & ~kHasOriginalVersion;
  out.original_server_version = (version & kHasOriginalVersion) != 0 ? in.u32() : out.immediate_server_version;
}

}  // namespace

Result<GtidEvent> decode_gtid(const EventView& view) {
  if (view.type() == EventType::kGtidTagged) return decode_tagged(view);
  ByteReader in(view.body);
  GtidEvent out;
  Gtid gtid;
  out.flags = in.u8();
  const Bytes uuid = in.bytes(gtid.uuid.size());
  gtid.number = in.u64();
  if (in.ok()) std::copy(uuid.begin(), uuid.end(), gtid.uuid.begin());
  if (in.ok()) read_optional_fields(in, out);
  if (!in.ok()) return damaged(describe(view.type()), "a field is cut off");
  if (view.type() == EventType::kGtid) out.gtid = std::move(gtid);
  return out;
}

Result<MariaDbGtidEvent> decode_mariadb_gtid(const EventView& view) {
  ByteReader in(view.body);
  MariaDbGtidEvent out;
  out.gtid.sequence = in.u64();
  out.gtid.domain = in.u32();
  out.gtid.server_id = view.header.server_id;
  out.flags = in.u8();
  if ((out.flags & kMariaGroupCommit) != 0) out.commit_id = in.u64();
  if ((out.flags & (kMariaPreparedXa | kMariaCompletedXa)) != 0) {
    in.skip(4);  // format id
    const uint8_t gtrid = in.u8();
    const uint8_t bqual = in.u8();
    out.xid = in.text(uint64_t{gtrid} + bqual);
  }
  if (!in.at_end()) out.flags_extra = in.u8();  // or padding, which is zero
  if (!in.ok()) return damaged(describe(view.type()), "a field is cut off");
  return out;
}

}  // namespace sluice::binlog
