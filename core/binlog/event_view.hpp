#pragma once

#include <cstdint>

#include "core/binlog/event_header.hpp"
#include "core/binlog/format_description.hpp"

namespace sluice::binlog {

/// One event, seen through its bytes. Everything points into the buffer it was parsed from.
struct EventView {
  EventHeader header;
  Bytes bytes;  ///< the whole event, checksum included: what a relay log stores
  Bytes body;   ///< behind the common header, without the checksum

  EventType type() const { return header.type; }
};

/// How much to check.
enum class Verify : uint8_t { kNo, kChecksum };

/// Parses one event. `event` must hold exactly the event. Lengths are always checked; the CRC32 when the format
/// has one and `verify` asks for it. FORMAT_DESCRIPTION_EVENT is split by its own rules (FormatDescription::parse
/// then verifies it), so any format will do for it.
Result<EventView> parse_event(Bytes event, const FormatDescription& format, Verify verify = Verify::kChecksum);

/// Walks over the events of a binlog file held in memory. Pure: the caller reads or maps the file.
/// One thread at a time. The buffer must outlive the reader and every view it returned.
class BinlogBuffer {
 public:
  static constexpr uint8_t kMagic[4] = {0xfe, 'b', 'i', 'n'};

  /// `data` starts with the magic.
  explicit BinlogBuffer(Bytes data, Verify verify = Verify::kChecksum) : data_(data), verify_(verify) {}

  /// The next event in `out`; false at the end of the data and on error (see status()). Follows
  /// FORMAT_DESCRIPTION events on its own. An event that is cut off by the end of the data is an error; offset()
  /// then still points to its beginning.
  bool next(EventView& out);

  const Status& status() const { return status_; }
  const FormatDescription& format() const { return format_; }
  /// Where the next event begins.
  uint64_t offset() const { return offset_; }

 private:
  bool fail(Error error);

  Bytes data_;
  Verify verify_;
  FormatDescription format_;
  uint64_t offset_ = 0;
  Status status_;
};

}  // namespace sluice::binlog
