#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/binlog/event_view.hpp"

namespace sluice::binlog {

/// Column types on the wire: MySQL's enum_field_types plus MariaDB's compressed columns.
enum class ColumnType : uint8_t {
  kDecimal = 0,
  kTiny = 1,
  kShort = 2,
  kLong = 3,
  kFloat = 4,
  kDouble = 5,
  kNull = 6,
  kTimestamp = 7,
  kLongLong = 8,
  kInt24 = 9,
  kDate = 10,
  kTime = 11,
  kDateTime = 12,
  kYear = 13,
  kNewDate = 14,
  kVarchar = 15,
  kBit = 16,
  kTimestamp2 = 17,
  kDateTime2 = 18,
  kTime2 = 19,
  kTypedArray = 20,
  kMariaBlobCompressed = 140,
  kMariaVarcharCompressed = 141,
  kVector = 242,
  kJson = 245,
  kNewDecimal = 246,
  kEnum = 247,
  kSet = 248,
  kTinyBlob = 249,
  kMediumBlob = 250,
  kLongBlob = 251,
  kBlob = 252,
  kVarString = 253,
  kString = 254,
  kGeometry = 255,
};

const char* column_type_name(ColumnType type);

/// One column as the table map describes it. `type` is the real type: ENUM and SET, which travel as STRING with
/// their type inside the metadata, are resolved.
struct WireColumn {
  ColumnType type = ColumnType::kNull;
  bool nullable = false;
  /// By type: bytes of the length prefix (BLOB family, JSON, GEOMETRY, VECTOR); maximum length in bytes (STRING,
  /// VARCHAR); bytes of the number (ENUM, SET); precision (NEWDECIMAL); bits (BIT).
  uint16_t length = 0;
  /// Digits behind the point: NEWDECIMAL and the fractional temporal types.
  uint8_t scale = 0;
};

/// TABLE_MAP_EVENT. Points into the event's buffer.
struct TableMap {
  uint64_t table_id = 0;
  uint16_t flags = 0;
  std::string_view schema;
  std::string_view table;
  Bytes types;            ///< raw type per column
  Bytes column_metadata;  ///< packed, its size depends on the types
  Bytes null_bitmap;
  Bytes optional_metadata;  ///< type-length-value list (8.0, MariaDB 10.5 and later); may be empty
  bool mariadb = false;     ///< written by MariaDB, whose charset lists include geometry columns

  uint32_t column_count() const { return static_cast<uint32_t>(types.size()); }
  /// The columns with their metadata resolved. Refuses, by name, types that cannot be replicated (DECIMAL before
  /// 5.0, typed arrays).
  Status columns(std::vector<WireColumn>& out) const;
};

/// Checks all lengths, including that the column metadata fits the types.
Result<TableMap> decode_table_map(const EventView& view, const FormatDescription& format);

struct PrimaryKeyPart {
  uint32_t column = 0;
  uint32_t prefix = 0;  ///< characters; 0 = the whole column
};

/// The optional metadata, unpacked. A vector is empty when its field was not there, else as long as said.
/// MINIMAL metadata (the default) has signedness and charsets; FULL has all.
struct TableMetadata {
  std::vector<bool> is_unsigned;                       ///< per column; false for non-numeric ones
  std::vector<uint32_t> collation;                     ///< per column; 0 when not recorded. 63 = binary
  std::vector<std::string_view> names;                 ///< per column
  std::vector<std::vector<std::string_view>> members;  ///< per column; ENUM and SET members in the column's charset
  std::vector<uint32_t> geometry_types;                ///< per geometry column
  std::vector<PrimaryKeyPart> primary_key;
  std::vector<bool> visible;                ///< per column
  std::vector<uint32_t> vector_dimensions;  ///< per vector column
  /// Types of fields that were passed over by their length.
  std::vector<uint8_t> unknown_fields;
};

Result<TableMetadata> decode_table_metadata(const TableMap& map);

/// The table maps of the current statement, by id, kept beyond the buffers they came in. One thread at a time.
class TableMapCache {
 public:
  /// Copies what `map` points to. A known id is replaced.
  void put(const TableMap& map);
  /// Null when the id is unknown: the row event lacks its table map. Valid until the next put() or clear().
  const TableMap* find(uint64_t table_id) const;
  void clear() { maps_.clear(); }

 private:
  struct Entry {
    std::vector<uint8_t> storage;
    TableMap map;
  };
  std::unordered_map<uint64_t, Entry> maps_;
};

}  // namespace sluice::binlog
