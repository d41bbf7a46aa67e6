#include "core/binlog/binlog_error.hpp"
#include "core/binlog/events.hpp"
#include "core/binlog/inflate.hpp"

namespace sluice::binlog {
namespace {

struct Shape {
  RowsKind kind;
  bool v2;  ///< has the extra data block
  bool compressed;
};

bool shape_of(EventType type, Shape& out) {
  switch (type) {
    case EventType::kWriteRowsV1: out = {RowsKind::kInsert, false, false}; return true;
    case EventType::kUpdateRowsV1: out = {RowsKind::kUpdate, false, false}; return true;
    case EventType::kDeleteRowsV1: out = {RowsKind::kDelete, false, false}; return true;
    case EventType::kWriteRows: out = {RowsKind::kInsert, true, false}; return true;
    case EventType::kUpdateRows: out = {RowsKind::kUpdate, true, false}; return true;
    case EventType::kDeleteRows: out = {RowsKind::kDelete, true, false}; return true;
    case EventType::kMariaWriteRowsCompressedV1: out = {RowsKind::kInsert, false, true}; return true;
    case EventType::kMariaUpdateRowsCompressedV1: out = {RowsKind::kUpdate, false, true}; return true;
    case EventType::kMariaDeleteRowsCompressedV1: out = {RowsKind::kDelete, false, true}; return true;
    case EventType::kMariaWriteRowsCompressed: out = {RowsKind::kInsert, true, true}; return true;
    case EventType::kMariaUpdateRowsCompressed: out = {RowsKind::kUpdate, true, true}; return true;
    case EventType::kMariaDeleteRowsCompressed: out = {RowsKind::kDelete, true, true}; return true;
    default: return false;
  }
}

}  // namespace

Result<RowsEvent> decode_rows(const EventView& view, const FormatDescription& format, Arena& arena) {
  Shape shape{};
  if (!shape_of(view.type(), shape)) return damaged(describe(view.type()), "it is no row event of a known version");
  ByteReader in(view.body);
  RowsEvent event;
  event.kind = shape.kind;
  event.table_id = in.le(format.post_header_size(view.type(), shape.v2 ? 10 : 8) == 6 ? 4 : 6);
  event.flags = in.u16();
  if (shape.v2) {
    // NDB's extra row info and partition ids: of no meaning to a replica of another kind.
    const uint16_t extra = in.u16();
    if (extra < 2) return damaged(describe(view.type()), "its extra data is shorter than its own length field");
    in.skip(extra - 2u);
  }
  const uint64_t columns = in.packed();
  if (columns > view.body.size() * 8) in.fail();
  const uint64_t bitmap = (columns + 7) / 8;
  event.column_count = static_cast<uint32_t>(columns);
  if (shape.kind != RowsKind::kInsert) event.present_before = in.bytes(bitmap);
  if (shape.kind != RowsKind::kDelete) event.present_after = in.bytes(bitmap);
  if (!in.ok()) return damaged(describe(view.type()), "a length points behind the event's end");
  event.rows = in.rest();
  if (shape.compressed) {
    auto rows = inflate_event_part(event.rows, arena);
    if (!rows) return rows.status().with(describe(view.type()));
    event.rows = *rows;
  }
  return event;
}

}  // namespace sluice::binlog
