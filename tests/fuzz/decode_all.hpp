#pragma once

#include <cstdint>

#include "core/binlog/payload.hpp"
#include "core/binlog/rows_decoder.hpp"

namespace sluice::binlog {

/// What decoding a whole file met. Reads every byte of every value, so that a sanitizer sees them all.
struct DecodeTotals {
  uint64_t events = 0;
  uint64_t rows = 0;
  uint64_t refused = 0;  ///< events with a clear error
  uint64_t sum = 0;      ///< keeps the reads alive
  Status file;           ///< why the file ended early, if it did
};

class DecodeAll {
 public:
  /// Decodes all that `data`, a binlog file in memory, holds. Damaged events are counted and passed over.
  DecodeTotals run(Bytes data, Verify verify) {
    totals_ = {};
    maps_.clear();
    BinlogBuffer buffer(data, verify);
    EventView view;
    while (buffer.next(view)) {
      event(view, buffer.format());
      arena_.reset();
    }
    totals_.file = buffer.status();
    return std::move(totals_);
  }

  /// One event, as if it came next. Returns whether it was decoded without an error.
  bool event(const EventView& view, const FormatDescription& format) {
    ++totals_.events;
    auto decoded = decode_event(view, format, arena_);
    bool ok = decoded.ok();
    if (ok) {
      if (const auto* map = std::get_if<TableMap>(&*decoded)) ok = table_map(*map);
      if (const auto* rows = std::get_if<RowsEvent>(&*decoded)) ok = row_event(*rows);
      if (const auto* payload = std::get_if<TransactionPayloadEvent>(&*decoded)) ok = payload_event(*payload, format);
      if (const auto* query = std::get_if<QueryEvent>(&*decoded)) touch(query->query.data(), query->query.size());
      if (const auto* set = std::get_if<PreviousGtidsEvent>(&*decoded)) totals_.sum += set->set.to_string().size();
    }
    if (!ok) ++totals_.refused;
    return ok;
  }

  const DecodeTotals& totals() const { return totals_; }

 private:
  static constexpr uint64_t kMaxInnerEvent = 16 << 20;

  bool table_map(const TableMap& map) {
    maps_.put(map);
    return decode_table_metadata(map).ok();
  }

  bool row_event(const RowsEvent& event) {
    if (event.dummy()) return true;
    const TableMap* map = maps_.find(event.table_id);
    if (map == nullptr || !layout_.build(*map)) return false;
    if (!decoder_.open(event, layout_, arena_)) return false;
    const sluice_value* before = nullptr;
    const sluice_value* after = nullptr;
    while (decoder_.next(before, after)) {
      ++totals_.rows;
      if (before != nullptr) touch(before);
      if (after != nullptr) touch(after);
      if (arena_.bytes_used() > (64 << 20)) break;  // a few bytes may stand for many rows
    }
    return decoder_.status().ok();
  }

  bool payload_event(const TransactionPayloadEvent& payload, const FormatDescription& format) {
    PayloadReader reader(payload, format, kMaxInnerEvent);
    EventView view;
    bool ok = true;
    while (reader.next(view, arena_)) ok = event(view, reader.format()) && ok;
    return ok && reader.status().ok();
  }

  void touch(const sluice_value* values) {
    for (size_t i = 0; i < layout_.column_count(); ++i) {
      const sluice_value& v = values[i];
      const bool has_bytes = v.kind == SLUICE_DECIMAL || v.kind == SLUICE_STRING || v.kind == SLUICE_BYTES ||
                             (v.kind >= SLUICE_JSON && v.kind <= SLUICE_VECTOR);
      if (has_bytes) {
        touch(v.v.p, v.size);
      } else {
        totals_.sum += v.v.u;
      }
    }
  }
  void touch(const char* p, size_t n) {
    for (size_t i = 0; i < n; ++i) totals_.sum += static_cast<uint8_t>(p[i]);
  }

  DecodeTotals totals_;
  TableMapCache maps_;
  RowLayout layout_;
  RowsDecoder decoder_;
  Arena arena_;
};

}  // namespace sluice::binlog
