#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/binlog/arena.hpp"
#include "core/binlog/events.hpp"
#include "core/binlog/fixed_binary.hpp"
#include "core/binlog/table_map.hpp"
#include "sluice/abi/row.h"

namespace sluice::binlog {

/// What the row events do not say about a column; from the tracked table structure.
struct ColumnPlan {
  bool is_unsigned = false;
  bool is_binary = false;     ///< charset binary: SLUICE_BYTES instead of SLUICE_STRING
  uint32_t fixed_length = 0;  ///< BINARY(n): padded with zeros to n bytes; 0 = take the table map's length
  /// Fractional digits of a TIME, DATETIME or TIMESTAMP column. Needed only for MariaDB's high-resolution types
  /// before 10.1 (mysql56_temporal_format=OFF), which look like the types of second precision in a table map.
  uint8_t scale = 0;
  /// Set for MariaDB's INET4, INET6 and UUID: they come out as SLUICE_TEXT.
  FixedBinary fixed = FixedBinary::kNone;
};

/// How to decode each column of a table: table map and plan, compiled. Build it once per structure and keep it
/// (it owns what it needs); const use is safe from several threads.
class RowLayout {
 public:
  /// `plans` has one entry per column of the table map, or is empty: then signedness and charsets come from the
  /// optional metadata; where that is missing too, numbers are signed, character types are SLUICE_STRING and the
  /// BLOB family is SLUICE_BYTES. Keeps its memory when built again.
  Status build(const TableMap& map, std::span<const ColumnPlan> plans = {});

  size_t column_count() const { return columns_.size(); }
  /// The kind that non-null values of the column have: SLUICE_INT ... SLUICE_VECTOR.
  uint8_t kind(size_t column) const { return columns_[column].kind; }

 private:
  friend class RowsDecoder;
  friend struct ColumnDecoder;

  enum class Op : uint8_t {
    kInt1,
    kInt2,
    kInt3,
    kInt4,
    kInt8,
    kUint1,
    kUint2,
    kUint3,
    kUint4,
    kUint8,
    kFloat,
    kDouble,
    kDecimal,
    kYear,
    kDate,
    kTime,
    kTime2,
    kTimeHires,
    kDateTime,
    kDateTime2,
    kDateTimeHires,
    kTimestamp,
    kTimestamp2,
    kTimestampHires,
    kBit,
    kNumber,
    kText1,
    kText2,
    kText3,
    kText4,
    kPadded,
    kFixedBinary,
    kCompressed,
    kJson,
    kNull,
  };
  struct Column {
    Op op = Op::kNull;
    uint8_t kind = SLUICE_NULL;
    uint8_t scale = 0;
    uint8_t prefix = 0;   ///< bytes of the length prefix, or of the number
    uint32_t length = 0;  ///< fixed length, precision or bits
    FixedBinary fixed = FixedBinary::kNone;
  };

  Status compile(const WireColumn& wire, const ColumnPlan& plan, Column& out) const;

  std::vector<Column> columns_;
  std::string table_;  ///< `schema`.`table` for messages
};

/// Decodes the rows of one event. Values point into the event's buffer or the arena and are valid as long as both
/// are. One thread at a time; reuse one decoder for many events.
class RowsDecoder {
 public:
  /// Starts an event. `layout` must outlive the iteration. An error when the event does not fit the layout.
  Status open(const RowsEvent& event, const RowLayout& layout, Arena& arena);

  /// The next row: one value per column of the table map each. `before` is null for inserts, `after` for deletes.
  /// Columns missing from an image are SLUICE_ABSENT. False at the end and on error (see status()); the event's
  /// bytes must be used up exactly, a remainder is an error.
  bool next(const sluice_value*& before, const sluice_value*& after);

  const Status& status() const { return status_; }
  /// Rows returned since open().
  uint64_t row_count() const { return row_count_; }

 private:
  const sluice_value* image(Bytes present, size_t present_count);
  bool fail(size_t column, const char* why);

  const RowLayout* layout_ = nullptr;
  Arena* arena_ = nullptr;
  RowsKind kind_ = RowsKind::kInsert;
  Bytes present_before_;
  Bytes present_after_;
  size_t count_before_ = 0;
  size_t count_after_ = 0;
  const uint8_t* begin_ = nullptr;
  const uint8_t* p_ = nullptr;
  const uint8_t* end_ = nullptr;
  uint64_t row_count_ = 0;
  Status status_;
  std::string scratch_;
};

}  // namespace sluice::binlog
