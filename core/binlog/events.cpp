#include "core/binlog/events.hpp"

#include "core/binlog/binlog_error.hpp"

namespace sluice::binlog {
namespace {

Error cut_off(const EventView& view) {
  return damaged(describe(view.type()), "a length points behind the event's end");
}

Result<Event> decode_xid(const EventView& view, const FormatDescription& format) {
  ByteReader in(view.body);
  in.skip(format.post_header_size(EventType::kXid, 0));
  const uint64_t xid = in.u64();
  if (!in.ok()) return cut_off(view);
  return Event(XidEvent{xid});
}

Result<Event> decode_previous_gtids(const EventView& view) {
  auto set = GtidSet::decode(view.body);
  if (!set) return set.status().with(describe(view.type()));
  return Event(PreviousGtidsEvent{std::move(set).value()});
}

Result<Event> decode_gtid_list(const EventView& view) {
  ByteReader in(view.body);
  MariaDbGtidListEvent out;
  const uint32_t head = in.u32();
  const uint32_t count = head & 0x0fffffff;
  out.flags = static_cast<uint8_t>(head >> 28);
  for (uint32_t i = 0; i < count && in.ok(); ++i) {
    MariaDbGtid gtid;
    gtid.domain = in.u32();
    gtid.server_id = in.u32();
    gtid.sequence = in.u64();
    // Several servers may have written to a domain; the newest transaction counts, and only it is in the set.
    if (in.ok()) out.set.add(gtid);
  }
  if (!in.ok()) return cut_off(view);
  return Event(std::move(out));
}

Result<Event> decode_rows_query(const EventView& view) {
  if (view.body.empty()) return cut_off(view);
  return Event(RowsQueryEvent{as_text(view.body.subspan(1))});  // the length byte is useless beyond 255
}

Result<Event> decode_checkpoint(const EventView& view) {
  ByteReader in(view.body);
  const BinlogCheckpointEvent out{in.text(in.u32())};
  if (!in.ok()) return cut_off(view);
  return Event(out);
}

Result<Event> decode_heartbeat(const EventView& view) {
  HeartbeatEvent out{as_text(view.body), view.header.log_pos};
  if (view.type() == EventType::kHeartbeat) return Event(out);
  enum : uint64_t { kEnd = 0, kName = 1, kPosition = 2 };
  ByteReader in(view.body);
  out.name = {};
  while (!in.at_end()) {
    const uint64_t field = in.packed();
    if (field == kEnd) break;
    ByteReader value(in.bytes(in.packed()));
    if (field == kName) out.name = as_text(value.rest());
    if (field == kPosition) out.position = value.packed();
    if (!in.ok() || !value.ok()) return cut_off(view);
  }
  if (!in.ok()) return cut_off(view);
  return Event(out);
}

Result<Event> decode_incident(const EventView& view) {
  ByteReader in(view.body);
  IncidentEvent out;
  out.number = in.u16();
  out.message = in.text(in.u8());
  if (!in.ok()) return cut_off(view);
  if (out.number > 1)
    return damaged(describe(view.type()), "its incident " + std::to_string(out.number) + " is not known");
  return Event(out);
}

Result<Event> decode_xa_prepare(const EventView& view) {
  ByteReader in(view.body);
  XaPrepareEvent out;
  out.one_phase = in.u8() != 0;
  out.format_id = static_cast<int32_t>(in.u32());
  const uint32_t gtrid = in.u32();
  const uint32_t bqual = in.u32();
  out.gtrid = in.text(gtrid);
  out.bqual = in.text(bqual);
  if (!in.ok()) return cut_off(view);
  return Event(out);
}

Result<Event> decode_view_change(const EventView& view) {
  constexpr size_t kViewIdSize = 40;
  ByteReader in(view.body);
  ViewChangeEvent out;
  const std::string_view id = in.text(kViewIdSize);
  out.view_id = id.substr(0, id.find('\0'));
  out.sequence_number = in.u64();
  if (!in.ok()) return cut_off(view);
  return Event(out);
}

/// INTVAR, RAND, USER_VAR: lengths are checked, the values serve nobody.
Result<Event> decode_context(const EventView& view) {
  ByteReader in(view.body);
  if (view.type() == EventType::kIntvar) {
    in.skip(9);
  } else if (view.type() == EventType::kRand) {
    in.skip(16);
  } else {
    in.skip(in.u32());
    if (in.u8() == 0) {  // not NULL: type, collation, value
      in.skip(5);
      in.skip(in.u32());
    }
  }
  if (!in.ok()) return cut_off(view);
  return Event(StatementContextEvent{});
}

Result<Event> refuse(const EventView& view) {
  const std::string what = describe(view.type());
  switch (view.type()) {
    case EventType::kPartialUpdateRows:
      return image_not_full(what + " cannot be replicated",
                            "it carries partial JSON updates (binlog_row_value_options=PARTIAL_JSON)");
    case EventType::kMariaStartEncryption:
      return refused(what, "the binlog is encrypted on disk",
                     "Read it from the server, which decrypts it, instead of from its files.");
    case EventType::kPreGaWriteRows:
    case EventType::kPreGaUpdateRows:
    case EventType::kPreGaDeleteRows:
      return refused(what, "only MySQL 5.1 before 5.1.16 wrote this form of row events", "Upgrade the source server.");
    case EventType::kLoad:
    case EventType::kNewLoad:
    case EventType::kCreateFile:
    case EventType::kAppendBlock:
    case EventType::kExecLoad:
    case EventType::kDeleteFile:
    case EventType::kBeginLoadQuery:
    case EventType::kExecuteLoadQuery: return statement_format(what + ", part of LOAD DATA");
    default: break;
  }
  if (is_known(view.type())) return refused(what, "a server of binlog format 4 never writes it", "Check the file.");
  return refused(what, "the event type is not known and not marked as ignorable",
                 "Use a newer release of this program, or skip the event by starting behind it.");
}

/// Wraps the result of a typed decoder.
template <typename T>
Result<Event> as_event(Result<T> result) {
  if (!result) return std::move(result.error());
  return Event(std::move(result).value());
}

}  // namespace

Result<RotateEvent> decode_rotate(const EventView& view, const FormatDescription& format) {
  ByteReader in(view.body);
  RotateEvent out;
  if (format.post_header_size(EventType::kRotate, 8) >= 8) out.position = in.u64();
  out.next_name = as_text(in.rest());
  // Servers of some releases end the name with a NUL.
  out.next_name = out.next_name.substr(0, out.next_name.find('\0'));
  if (!in.ok() || out.next_name.empty()) return cut_off(view);
  return out;
}

Result<Event> decode_event(const EventView& view, const FormatDescription& format, Arena& arena) {
  switch (view.type()) {
    case EventType::kFormatDescription: return as_event(FormatDescription::parse(view.bytes));
    case EventType::kRotate: return as_event(decode_rotate(view, format));
    case EventType::kStop: return Event(StopEvent{});
    case EventType::kQuery:
    case EventType::kMariaQueryCompressed: return as_event(decode_query(view, format, arena));
    case EventType::kXid: return decode_xid(view, format);
    case EventType::kGtid:
    case EventType::kAnonymousGtid:
    case EventType::kGtidTagged: return as_event(decode_gtid(view));
    case EventType::kPreviousGtids: return decode_previous_gtids(view);
    case EventType::kMariaGtid: return as_event(decode_mariadb_gtid(view));
    case EventType::kMariaGtidList: return decode_gtid_list(view);
    case EventType::kMariaAnnotateRows: return Event(RowsQueryEvent{as_text(view.body)});
    case EventType::kRowsQuery: return decode_rows_query(view);
    case EventType::kMariaBinlogCheckpoint: return decode_checkpoint(view);
    case EventType::kTableMap: return as_event(decode_table_map(view, format));
    case EventType::kWriteRowsV1:
    case EventType::kUpdateRowsV1:
    case EventType::kDeleteRowsV1:
    case EventType::kWriteRows:
    case EventType::kUpdateRows:
    case EventType::kDeleteRows:
    case EventType::kMariaWriteRowsCompressedV1:
    case EventType::kMariaUpdateRowsCompressedV1:
    case EventType::kMariaDeleteRowsCompressedV1:
    case EventType::kMariaWriteRowsCompressed:
    case EventType::kMariaUpdateRowsCompressed:
    case EventType::kMariaDeleteRowsCompressed: return as_event(decode_rows(view, format, arena));
    case EventType::kTransactionPayload: return as_event(decode_transaction_payload(view));
    case EventType::kHeartbeat:
    case EventType::kHeartbeatV2: return decode_heartbeat(view);
    case EventType::kIncident: return decode_incident(view);
    case EventType::kIntvar:
    case EventType::kRand:
    case EventType::kUserVar: return decode_context(view);
    case EventType::kXaPrepare: return decode_xa_prepare(view);
    case EventType::kViewChange: return decode_view_change(view);
    case EventType::kTransactionContext:
    case EventType::kIgnorable: return Event(IgnoredEvent{});
    default: break;
  }
  if (!is_known(view.type()) && view.header.ignorable()) return Event(IgnoredEvent{});
  return refuse(view);
}

}  // namespace sluice::binlog
