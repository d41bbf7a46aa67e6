// What becomes of each event that the server sends: delivered, delivered once more, or dropped as already delivered.
#include "core/binlog/events.hpp"
#include "core/binlog/position.hpp"
#include "core/upstream/stream_impl.hpp"

namespace sluice::upstream {
namespace {

using binlog::Bytes;
using binlog::EventHeader;
using binlog::EventType;
using binlog::EventView;

Error broken_stream(const std::string& what, const std::string& why) {
  Error error = make_error(36069, what, why, "Resume the task: it reads the transaction again from its checkpoint.");
  error.retryable = true;
  return error;
}

bool checksum_fits(Bytes event) {
  if (event.size() < EventHeader::kSize + 4) return false;
  const Bytes covered = event.first(event.size() - 4);
  return binlog::event_crc32(covered) == binlog::load_le<uint32_t>(event.data() + covered.size());
}

bool is_heartbeat(EventType type) { return type == EventType::kHeartbeat || type == EventType::kHeartbeatV2; }

bool is_gtid(EventType type) {
  return type == EventType::kGtid || type == EventType::kGtidTagged || type == EventType::kAnonymousGtid ||
         type == EventType::kMariaGtid;
}

struct Rotation {
  uint64_t pos;
  std::string_view name;
};

Result<Rotation> rotation_of(const EventView& view) {
  binlog::ByteReader reader(view.body);
  Rotation out{reader.u64(), {}};
  out.name = reader.text(reader.left());
  if (!reader.ok() || out.name.empty()) return broken_stream("malformed ROTATE event", "too short");
  return out;
}

}  // namespace

void BinlogStream::Impl::set_file(std::string_view name) {
  if (*file_ != name) file_ = std::make_shared<const std::string>(name);
}

// Splits header, body and checksum, and follows the checksum setting from file to file.
Result<EventView> BinlogStream::Impl::view_of(Bytes raw) {
  Result<EventHeader> header = binlog::parse_event_header(raw);
  if (!header) return header.status();
  if (header->event_size != raw.size()) {
    return broken_stream("malformed event in the binlog stream", "it says " + std::to_string(header->event_size) +
                                                                     " bytes and has " + std::to_string(raw.size()));
  }
  event_has_checksum_ = checksum_;
  if (header->type == EventType::kFormatDescription) {
    auto format = binlog::FormatDescription::parse(raw);
    if (!format) return format.status();
    checksum_ = event_has_checksum_ = format->checksum_size() != 0;
  } else if (header->type == EventType::kRotate && header->artificial()) {
    // Made before the server has looked into the file: the checksum itself tells whether there is one.
    event_has_checksum_ = checksum_fits(raw);
  }
  const size_t tail = event_has_checksum_ ? 4 : 0;
  if (raw.size() < EventHeader::kSize + tail) return broken_stream("malformed event in the binlog stream", "too short");
  return EventView{*header, raw, raw.subspan(EventHeader::kSize, raw.size() - EventHeader::kSize - tail)};
}

BinlogStream::Impl::Place BinlogStream::Impl::place(const EventHeader& header) {
  read_pos_ = event_end(read_pos_, header.event_size, header.log_pos);
  return {read_pos_ - header.event_size, read_pos_};
}

Result<AnyGtid> BinlogStream::Impl::gtid_of(const EventView& view) const {
  if (!seen_ || !is_gtid(view.type())) return AnyGtid();
  if (view.type() == EventType::kMariaGtid) {
    auto event = binlog::decode_mariadb_gtid(view);
    if (!event) return event.status();
    return AnyGtid(event->gtid);
  }
  auto event = binlog::decode_gtid(view);
  if (!event) return event.status();
  return event->gtid ? AnyGtid(*event->gtid) : AnyGtid();
}

Result<std::optional<StreamEvent>> BinlogStream::Impl::take(Bytes raw) {
  bytes += raw.size();
  Result<EventView> view = view_of(raw);
  if (!view) return view.status();
  if (is_heartbeat(view->type())) return take_heartbeat(*view);
  if (view->header.artificial()) return take_artificial(*view);
  const Place at = place(view->header);
  Result<AnyGtid> gtid = gtid_of(*view);
  if (!gtid) return gtid.status();
  Result<Verdict> verdict = judge(*view, at, *gtid);
  if (!verdict) return verdict.status();
  std::optional<StreamEvent> out;
  if (*verdict != Verdict::Drop) out = make_event(*view, at, *verdict);
  if (*verdict == Verdict::Fresh) record(*view, at, *gtid);
  if (view->type() == EventType::kRotate) {
    Result<Rotation> next = rotation_of(*view);
    if (!next) return next.status();
    set_file(next->name);
    read_pos_ = next->pos;
    if (*verdict == Verdict::Fresh) progress_.moved_to(*file_, read_pos_);
  }
  return out;
}

Result<std::optional<StreamEvent>> BinlogStream::Impl::take_heartbeat(const EventView& view) {
  failures_ = 0;
  const uint64_t pos = view.header.log_pos == 0 ? read_pos_ : event_end(read_pos_, 0, view.header.log_pos);
  StreamEvent event = make_event(view, {pos, pos}, Verdict::Fresh);
  event.kind = StreamEvent::Kind::Heartbeat;
  return std::optional<StreamEvent>(std::move(event));
}

// Made up by the server, not part of a file: no place, no part of a transaction.
Result<std::optional<StreamEvent>> BinlogStream::Impl::take_artificial(const EventView& view) {
  if (view.type() == EventType::kRotate) {
    Result<Rotation> to = rotation_of(view);
    if (!to) return to.status();
    set_file(to->name);
    read_pos_ = to->pos;
  } else if (view.header.log_pos != 0) {
    read_pos_ = event_end(read_pos_, 0, view.header.log_pos);
  }
  const bool needed = view.type() == EventType::kRotate || view.type() == EventType::kFormatDescription;
  if (catching_up_ && !needed) return std::optional<StreamEvent>();
  return std::optional<StreamEvent>(
      make_event(view, {read_pos_, read_pos_}, catching_up_ ? Verdict::Replay : Verdict::Fresh));
}

Result<BinlogStream::Impl::Verdict> BinlogStream::Impl::judge(const EventView& view, Place at, const AnyGtid& gtid) {
  if (!catching_up_) return Verdict::Fresh;
  return by_count_ ? judge_by_count(view, gtid) : judge_by_position(view, at);
}

Result<BinlogStream::Impl::Verdict> BinlogStream::Impl::judge_by_position(const EventView& view, Place at) {
  const StreamProgress::Point& done = progress_.at();
  const auto order = binlog::compare_binlog_names(*file_, done.file);
  if (order < 0 || (order == 0 && at.end <= done.pos)) {
    if (view.type() == EventType::kFormatDescription) return Verdict::Replay;
    const bool current = progress_.open() && order == 0 && at.start >= progress_.safe().pos;
    return current && view.type() == EventType::kTableMap ? Verdict::Replay : Verdict::Drop;
  }
  catching_up_ = false;
  if (progress_.open() && (order != 0 || at.start != done.pos)) {
    return broken_stream("the binlog changed under a transaction that was being read",
                         "read up to (" + done.file + ", " + std::to_string(done.pos) + "), the source goes on at (" +
                             *file_ + ", " + std::to_string(at.start) + ")");
  }
  return Verdict::Fresh;
}

Result<BinlogStream::Impl::Verdict> BinlogStream::Impl::judge_by_count(const EventView& view, const AnyGtid& gtid) {
  const auto& prints = progress_.prints();
  if (matched_ == prints.size()) {
    catching_up_ = false;
    progress_.taken_over_at(*file_, read_pos_);
    return Verdict::Fresh;
  }
  if (matched_ == 0) {
    if (view.type() == EventType::kFormatDescription) return Verdict::Replay;
    if (!is_gtid(view.type())) return Verdict::Drop;  // head of a file
    if (gtid != progress_.gtid()) {
      return broken_stream("the server that took over does not go on with the transaction that was being read",
                           "it lacks the transaction, or has another one first");
    }
  }
  if (StreamProgress::print_of(view.header, view.body) != prints[matched_]) {
    return broken_stream("the server that took over wrote the transaction that was being read in another way",
                         "event " + std::to_string(matched_) + " of the transaction differs");
  }
  ++matched_;
  return view.type() == EventType::kTableMap ? Verdict::Replay : Verdict::Drop;
}

void BinlogStream::Impl::record(const EventView& view, Place at, const AnyGtid& gtid) {
  failures_ = 0;
  positions_of_ = identity_;
  if (progress_.at().file != *file_) progress_.moved_to(*file_, at.start);
  const AnyGtid complete = progress_.delivered(view.header, view.body, at.start, at.end, gtid);
  if (!seen_) return;
  if (const auto* mysql = std::get_if<binlog::Gtid>(&complete)) seen_->add(*mysql);
  if (const auto* mariadb = std::get_if<binlog::MariaDbGtid>(&complete)) seen_->add(*mariadb);
}

StreamEvent BinlogStream::Impl::make_event(const EventView& view, Place at, Verdict verdict) {
  StreamEvent out;
  EventBlock::Stored stored = block_.store(view.bytes);
  out.type = static_cast<uint8_t>(view.type());
  out.replayed = verdict == Verdict::Replay;
  out.has_checksum = event_has_checksum_;
  out.data = stored.bytes;
  out.owner = std::move(stored.owner);
  out.file = file_;
  out.start_pos = at.start;
  out.end_pos = at.end;
  return out;
}

}  // namespace sluice::upstream
