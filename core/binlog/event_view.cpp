#include "core/binlog/event_view.hpp"

#include <algorithm>

#include "core/binlog/binlog_error.hpp"

namespace sluice::binlog {
namespace {

Result<EventView> parse_format_description(const EventHeader& header, Bytes event) {
  auto own = FormatDescription::parse(event);
  if (!own) return own.error();
  // With the algorithm byte come four bytes of checksum, whatever the algorithm says; the body keeps them.
  return EventView{header, event, event.subspan(EventHeader::kSize)};
}

}  // namespace

Result<EventView> parse_event(Bytes event, const FormatDescription& format, Verify verify) {
  auto header = parse_event_header(event);
  if (!header) return header.error();
  if (header->event_size != event.size()) {
    return damaged(describe(header->type), "the header says " + std::to_string(header->event_size) + " bytes, " +
                                               std::to_string(event.size()) + " are there");
  }
  if (header->type == EventType::kFormatDescription) return parse_format_description(*header, event);
  const size_t overhead = format.header_size() + format.checksum_size();
  if (event.size() < overhead) {
    return damaged(describe(header->type), "its " + std::to_string(event.size()) +
                                               " bytes leave no room for header and checksum (" +
                                               std::to_string(overhead) + " bytes)");
  }
  const Bytes content = event.first(event.size() - format.checksum_size());
  if (verify == Verify::kChecksum && format.checksum() == Checksum::kCrc32) {
    const uint32_t stored = load_le<uint32_t>(event.data() + content.size());
    if (stored != event_crc32(content)) {
      return damaged(describe(header->type),
                     "its CRC32 checksum does not match: the event was damaged on disk or on the way");
    }
  }
  return EventView{*header, event, content.subspan(format.header_size())};
}

bool BinlogBuffer::fail(Error error) {
  error.binlog_pos = offset_;
  status_ = Status(std::move(error)).with("at offset " + std::to_string(offset_));
  return false;
}

bool BinlogBuffer::next(EventView& out) {
  if (!status_.ok()) return false;
  if (offset_ == 0) {
    if (data_.size() < sizeof kMagic || !std::equal(std::begin(kMagic), std::end(kMagic), data_.begin())) {
      return fail(damaged("a binlog file", "it does not start with the magic bytes fe 62 69 6e"));
    }
    offset_ = sizeof kMagic;
  }
  const Bytes rest = data_.subspan(static_cast<size_t>(offset_));
  if (rest.empty()) return false;
  auto header = parse_event_header(rest);
  if (!header) return fail(header.error());
  if (header->event_size > rest.size()) {
    return fail(damaged(describe(header->type), "the event has " + std::to_string(header->event_size) +
                                                    " bytes, the file ends after " + std::to_string(rest.size())));
  }
  const Bytes event = rest.first(header->event_size);
  auto view = parse_event(event, format_, verify_);
  if (!view) return fail(view.error());
  if (view->type() == EventType::kFormatDescription) {
    auto format = FormatDescription::parse(event);
    if (!format) return fail(format.error());
    format_ = std::move(format).value();
  }
  out = *view;
  offset_ += event.size();
  return true;
}

}  // namespace sluice::binlog
