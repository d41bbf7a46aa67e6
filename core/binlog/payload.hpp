#pragma once

#include <cstdint>
#include <memory>

#include "core/binlog/arena.hpp"
#include "core/binlog/events.hpp"

namespace sluice::binlog {

/// Walks over the events inside a TRANSACTION_PAYLOAD_EVENT, decompressing as it goes: only one event at a time is
/// held besides the decompressor's window. One thread at a time. The payload's bytes must outlive the reader.
class PayloadReader {
 public:
  /// The largest event that a server may write.
  static constexpr uint64_t kMaxEventSize = uint64_t{1} << 30;

  /// `format` is that of the file; inner events have no checksum of their own. An inner event larger than
  /// `max_event_size` is an error.
  PayloadReader(const TransactionPayloadEvent& event, const FormatDescription& format,
                uint64_t max_event_size = kMaxEventSize);
  ~PayloadReader();
  PayloadReader(const PayloadReader&) = delete;
  PayloadReader& operator=(const PayloadReader&) = delete;

  /// The next inner event; its bytes are in `arena` (compressed payload) or in the payload itself. False at the
  /// end and on error (see status()). A cut stream or a total that is not the announced one is an error.
  bool next(EventView& out, Arena& arena);

  const Status& status() const { return status_; }
  /// To decode the inner events with.
  const FormatDescription& format() const { return format_; }

 private:
  class Source;

  bool fail(const std::string& why);

  FormatDescription format_;
  uint64_t uncompressed_size_;
  uint64_t max_event_size_;
  uint64_t done_ = 0;
  std::unique_ptr<Source> source_;
  Status status_;
};

}  // namespace sluice::binlog
