#include "core/upstream/binlog_search.hpp"

#include <utility>

#include "core/binlog/arena.hpp"
#include "core/binlog/events.hpp"
#include "core/model/definitions.hpp"
#include "core/upstream/server_info.hpp"
#include "core/upstream/stream_progress.hpp"

namespace sluice::upstream {
namespace {

using binlog::EventType;
using binlog::GtidSet;

// What a scan knows of the binlog up to where it has read.
class Reading {
 public:
  Status take(const StreamEvent& event, const binlog::EventView& view);
  const StreamProgress::Point& place() const { return progress_.safe(); }
  bool between_transactions() const { return !progress_.open(); }
  std::string gtid_set() const { return set_ ? set_->to_string() : std::string(); }
  const binlog::FormatDescription& format() const { return format_; }
  void begin(const std::string& file) { progress_.moved_to(file, 4); }
  Status describe(const StreamEvent& event);

 private:
  Result<AnyGtid> gtid_of(const binlog::EventView& view);

  binlog::FormatDescription format_;
  binlog::Arena arena_;
  std::optional<GtidSet> set_;
  StreamProgress progress_{{}, false};
};

Status Reading::describe(const StreamEvent& event) {
  auto format = binlog::FormatDescription::parse(event.data);
  if (!format.ok()) return format.status();
  format_ = std::move(format.value());
  return {};
}

Result<AnyGtid> Reading::gtid_of(const binlog::EventView& view) {
  switch (view.type()) {
    case EventType::kMariaGtid: {
      auto event = binlog::decode_mariadb_gtid(view);
      if (!event.ok()) return event.status();
      binlog::MariaDbGtid gtid = event->gtid;
      gtid.server_id = view.header.server_id;
      return AnyGtid(gtid);
    }
    case EventType::kGtid:
    case EventType::kGtidTagged: {
      auto event = binlog::decode_gtid(view);
      if (!event.ok()) return event.status();
      return event->gtid ? AnyGtid(*event->gtid) : AnyGtid();
    }
    case EventType::kPreviousGtids:
    case EventType::kMariaGtidList: {
      auto event = binlog::decode_event(view, format_, arena_);
      if (!event.ok()) return event.status();
      if (const auto* mysql = std::get_if<binlog::PreviousGtidsEvent>(&event.value())) set_ = mysql->set;
      if (const auto* maria = std::get_if<binlog::MariaDbGtidListEvent>(&event.value())) set_ = maria->set;
      return AnyGtid();
    }
    default: return AnyGtid();
  }
}

Status Reading::take(const StreamEvent& event, const binlog::EventView& view) {
  if (progress_.at().file != *event.file) progress_.moved_to(*event.file, event.start_pos);
  auto gtid = gtid_of(view);
  if (!gtid.ok()) return gtid.status();
  const AnyGtid complete = progress_.delivered(view.header, view.body, event.start_pos, event.end_pos, gtid.value());
  if (!set_) return {};
  if (const auto* mysql = std::get_if<binlog::Gtid>(&complete)) set_->add(*mysql);
  if (const auto* maria = std::get_if<binlog::MariaDbGtid>(&complete)) set_->add(*maria);
  return {};
}

Error too_late(const std::string& time, const BinlogStatus& end) {
  return make_error(20057, "start-time " + time + " is too late, no binlog location matches it",
                    "the binlog ends at (" + end.file + ", " + std::to_string(end.pos) + ")",
                    "Start from an earlier time, from a position or from the checkpoint.");
}

}  // namespace

struct BinlogSearch::Wanted {
  std::optional<int64_t> time;  ///< stop at the transaction that has it
  binlog::Position limit;       ///< stop between transactions when nothing before it matched
};

bool tells_time_of_change(EventType type) {
  switch (type) {
    case EventType::kUnknown:
    case EventType::kStartV3:
    case EventType::kStop:
    case EventType::kRotate:
    case EventType::kFormatDescription:
    case EventType::kHeartbeat:
    case EventType::kHeartbeatV2:
    case EventType::kIgnorable:
    case EventType::kPreviousGtids:
    case EventType::kTransactionContext:
    case EventType::kViewChange:
    case EventType::kMariaBinlogCheckpoint:
    case EventType::kMariaGtidList:
    case EventType::kMariaStartEncryption: return false;
    default: return true;
  }
}

BinlogSearch::BinlogSearch(model::Endpoint endpoint, uint32_t server_id, Canceller canceller)
    : endpoint_(std::move(endpoint)), server_id_(server_id), canceller_(std::move(canceller)) {}

void BinlogSearch::cancel() {
  canceller_.cancel();
  const std::lock_guard lock(mutex_);
  cancelled_ = true;
  if (stream_) stream_->cancel();
}

Status BinlogSearch::open(const std::string& file) {
  StreamStart start;
  start.file = file;
  StreamOptions options;
  options.server_id = server_id_;
  options.heartbeat = std::chrono::milliseconds(1000);
  options.read_timeout = std::chrono::seconds(15);
  auto stream = std::make_unique<BinlogStream>(endpoint_, std::move(start), options);
  {
    const std::lock_guard lock(mutex_);
    if (cancelled_) stream->cancel();
    stream_.swap(stream);
  }
  return {};  // connects with the first event, over lost connections too
}

// The time of its FORMAT_DESCRIPTION: no change in the file is older, by the source's clock.
Result<int64_t> BinlogSearch::begin_of(const std::string& file) {
  if (Status status = open(file); !status.ok()) return status;
  while (true) {
    auto event = stream_->next();
    if (!event.ok()) return event.status();
    if (event->type != static_cast<uint8_t>(EventType::kFormatDescription)) continue;
    auto header = binlog::parse_event_header(event->data);
    if (!header.ok()) return header.status();
    return static_cast<int64_t>(header->timestamp);
  }
}

Result<std::optional<BinlogPlace>> BinlogSearch::scan(const std::string& file, const Wanted& wanted) {
  if (Status status = open(file); !status.ok()) return status;
  Reading reading;
  reading.begin(file);
  while (true) {
    auto event = stream_->next();
    if (!event.ok()) return event.status();
    if (event->kind == StreamEvent::Kind::Heartbeat) continue;
    const auto type = static_cast<EventType>(event->type);
    if (type == EventType::kFormatDescription) {
      if (Status status = reading.describe(*event); !status.ok()) return status;
    }
    if (event->replayed || event->end_pos == event->start_pos) continue;  // not of the file
    auto view = binlog::parse_event(event->data, reading.format());
    if (!view.ok()) return view.status();
    const bool matches =
        wanted.time && tells_time_of_change(type) && static_cast<int64_t>(view->header.timestamp) >= *wanted.time;
    if (matches) {
      // The event may open a transaction or stand in one: in both cases nothing of the transaction has been passed.
      BinlogPlace place{reading.place().file, reading.place().pos, reading.gtid_set(), false};
      if (place.file != *event->file) place = {*event->file, event->start_pos, reading.gtid_set(), false};
      return std::optional(std::move(place));
    }
    if (Status status = reading.take(*event, *view); !status.ok()) return status;
    const binlog::Position here{*event->file, event->end_pos};
    if (!reading.between_transactions() || here < wanted.limit) continue;
    if (wanted.time) return std::optional<BinlogPlace>();
    return std::optional(BinlogPlace{here.name, here.offset, reading.gtid_set(), false});
  }
}

Result<BinlogPlace> BinlogSearch::at_time(int64_t time, const std::string& shown) {
  auto connection = Connection::open(endpoint_, {}, canceller_);
  if (!connection.ok()) return connection.status();
  auto end = binlog_status(connection.value());
  if (!end.ok()) return end.status();
  auto files = binlog_files(connection.value());
  if (!files.ok()) return files.status();
  if (files->empty() || end->file.empty()) {
    return make_error(11125, "the source has no binlog", {}, "Switch its binlog on (log_bin, binlog_format = ROW).");
  }
  // The last file that begins before the time: one that begins with it may have changes of the same second before it.
  size_t low = 0;
  int64_t oldest = INT64_MIN;
  for (size_t high = files->size(); low < high;) {
    const size_t middle = low + (high - low) / 2;
    auto begin = begin_of(files->at(middle).name);
    if (!begin.ok()) return begin.status();
    if (middle == 0) oldest = begin.value();
    if (begin.value() < time) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  const binlog::Position limit{end->file, end->pos};
  if (low == 0) {  // everything that the source has is at or after the time
    auto first = scan(files->front().name, {INT64_MIN, limit});
    if (!first.ok()) return first.status();
    BinlogPlace place = *first ? std::move(**first) : BinlogPlace{files->front().name, 4, "", false};
    place.before_first = time < oldest;
    return place;
  }
  auto found = scan(files->at(low - 1).name, {time, limit});
  if (!found.ok()) return found.status();
  if (!*found) return too_late(shown, end.value());
  return std::move(**found);
}

Result<std::string> BinlogSearch::gtid_set_before(const std::string& file, uint64_t pos) {
  auto place = scan(file, {std::nullopt, {file, pos}});
  if (!place.ok()) return place.status();
  return std::move((*place)->gtid_set);
}

Result<int64_t> unix_time(const model::Endpoint& endpoint, const std::string& text, const Canceller& canceller) {
  const auto time = model::parse_start_time(text);
  if (!time) return make_error(49001, "start_time " + text + " is not a time");
  if (time->offset_minutes) return time->seconds - static_cast<int64_t>(*time->offset_minutes) * 60;
  auto connection = Connection::open(endpoint, {}, canceller);
  if (!connection.ok()) return connection.status();
  std::string plain = text;
  plain[10] = ' ';
  auto rows = connection->query("SELECT UNIX_TIMESTAMP('" + plain + "') AS t");
  if (!rows.ok()) return rows.status();
  const int64_t seconds = std::strtoll(rows->get(0, "t").c_str(), nullptr, 10);
  // Servers that count in 32 bits answer 0 for what they cannot count: before and after all binlogs alike.
  return seconds != 0 ? seconds : time->seconds;
}

}  // namespace sluice::upstream
