#include "core/upstream/stream_progress.hpp"

#include <algorithm>
#include <string_view>

namespace sluice::upstream {
namespace {

using binlog::Bytes;
using binlog::EventHeader;
using binlog::EventType;

// The statement of a QUERY event: behind the fixed part, the status variables and the schema name.
std::string_view query_text(Bytes body) {
  binlog::ByteReader reader(body);
  reader.skip(8);  // thread id, execution time
  const uint8_t schema_length = reader.u8();
  reader.skip(2);  // error code
  const uint16_t status_length = reader.u16();
  reader.skip(status_length);
  reader.skip(schema_length + 1ULL);
  return reader.ok() ? binlog::as_text(reader.rest()) : std::string_view();
}

bool starts_file(EventType type) {
  return type == EventType::kRotate || type == EventType::kStop || type == EventType::kFormatDescription ||
         type == EventType::kPreviousGtids || type == EventType::kMariaGtidList;
}

uint32_t fnv(uint32_t hash, Bytes bytes) {
  for (uint8_t b : bytes) hash = (hash ^ b) * 16777619U;
  return hash;
}

}  // namespace

uint64_t event_end(uint64_t previous_end, uint32_t size, uint32_t log_pos) {
  const uint64_t expected = previous_end + size;
  uint64_t end = (expected & ~0xffffffffULL) | log_pos;
  if (end < expected) end += 1ULL << 32;
  return end;
}

StreamProgress::Print StreamProgress::print_of(const EventHeader& header, Bytes body) {
  // Only row events are compared in detail: other events hold thread ids and times of the server that wrote them.
  Print out{header.type, 0, 0};
  if (!binlog::is_rows(header.type) || body.size() < 8) return out;
  out.size = static_cast<uint32_t>(body.size());
  const Bytes rows = body.subspan(8);  // table id and flags
  constexpr size_t kSample = 48;
  out.sample = fnv(2166136261U, rows.first(std::min(kSample, rows.size())));
  out.sample = fnv(out.sample, rows.last(std::min(kSample, rows.size())));
  return out;
}

void StreamProgress::begin(uint64_t start, bool has_begin, const AnyGtid& gtid) {
  open_ = true;
  has_begin_ = has_begin;
  safe_ = {at_.file, start};
  gtid_ = gtid;
  prints_.clear();
}

void StreamProgress::close() {
  open_ = false;
  has_begin_ = false;
  gtid_ = {};
  prints_.clear();
}

bool StreamProgress::query_ends(Bytes body, uint64_t start) {
  const std::string_view text = query_text(body);
  const bool begins = text == "BEGIN" || text.substr(0, 8) == "XA START";
  if (!open_) {
    if (begins) begin(start, true, {});
    return false;
  }
  if (begins) has_begin_ = true;
  return !begins && (!has_begin_ || text == "COMMIT" || text == "ROLLBACK");
}

// True when the event is the last of the open transaction. Opens one when it is the first.
bool StreamProgress::ends_with(const EventHeader& header, Bytes body, uint64_t start) {
  switch (header.type) {
    case EventType::kXid:
    case EventType::kXaPrepare:
    case EventType::kTransactionPayload: return open_;
    case EventType::kQuery: return query_ends(body, start);
    // Compressed only when long, so it is neither BEGIN nor COMMIT.
    case EventType::kMariaQueryCompressed: return open_ && !has_begin_;
    case EventType::kIntvar:
    case EventType::kRand:
    case EventType::kUserVar:
      if (!open_) begin(start, false, {});
      return false;
    default: return false;
  }
}

AnyGtid StreamProgress::delivered(const EventHeader& header, Bytes body, uint64_t start, uint64_t end,
                                  const AnyGtid& gtid) {
  // A binlog that ends in the middle of a transaction means that the server crashed: it was rolled back.
  if (starts_file(header.type) && open_) close();
  AnyGtid complete;
  switch (header.type) {
    case EventType::kGtid:
    case EventType::kGtidTagged:
    case EventType::kAnonymousGtid:
      complete = gtid_;
      begin(start, false, gtid);
      break;
    case EventType::kMariaGtid: {
      complete = gtid_;
      // Without the flag "standalone" the event stands for a BEGIN (MariaDB sql/log_event.h, Gtid_log_event).
      const bool standalone = body.size() > 12 && (body[12] & 1) != 0;
      begin(start, !standalone, gtid);
      break;
    }
    default: break;
  }
  const bool last = ends_with(header, body, start);
  if (open_ && keep_prints_) prints_.push_back(print_of(header, body));
  at_.pos = end;
  if (!last) return complete;
  complete = gtid_;
  close();
  return complete;
}

void StreamProgress::moved_to(const std::string& file, uint64_t pos) {
  if (file != at_.file && open_) close();
  at_ = {file, pos};
}

}  // namespace sluice::upstream
