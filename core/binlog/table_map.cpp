#include "core/binlog/table_map.hpp"

#include <cstring>

#include "core/binlog/binlog_error.hpp"

namespace sluice::binlog {
namespace {

constexpr const char* kWhat = "TABLE_MAP_EVENT";

/// Bytes of metadata that a type has in the table map; -1 for a type that is not known.
int metadata_size(ColumnType type) {
  switch (type) {
    case ColumnType::kDecimal:
    case ColumnType::kTiny:
    case ColumnType::kShort:
    case ColumnType::kLong:
    case ColumnType::kNull:
    case ColumnType::kTimestamp:
    case ColumnType::kLongLong:
    case ColumnType::kInt24:
    case ColumnType::kDate:
    case ColumnType::kTime:
    case ColumnType::kDateTime:
    case ColumnType::kYear:
    case ColumnType::kNewDate: return 0;
    case ColumnType::kFloat:
    case ColumnType::kDouble:
    case ColumnType::kTimestamp2:
    case ColumnType::kDateTime2:
    case ColumnType::kTime2:
    case ColumnType::kVector:
    case ColumnType::kJson:
    case ColumnType::kTinyBlob:
    case ColumnType::kMediumBlob:
    case ColumnType::kLongBlob:
    case ColumnType::kBlob:
    case ColumnType::kGeometry:
    case ColumnType::kMariaBlobCompressed: return 1;
    case ColumnType::kVarchar:
    case ColumnType::kBit:
    case ColumnType::kNewDecimal:
    case ColumnType::kEnum:
    case ColumnType::kSet:
    case ColumnType::kVarString:
    case ColumnType::kString:
    case ColumnType::kMariaVarcharCompressed: return 2;
    case ColumnType::kTypedArray: break;
  }
  return -1;
}

/// STRING hides ENUM, SET and the upper bits of lengths above 255 in its first metadata byte.
bool resolve_string(uint8_t first, uint8_t second, WireColumn& out) {
  if (first == 0) {  // servers before 5.0.?? wrote a plain length
    out.length = second;
    return true;
  }
  out.length = second;
  uint8_t real = first;
  if ((first & 0x30) != 0x30) {
    real = first | 0x30;
    out.length = static_cast<uint16_t>(second | ((first & 0x30) ^ 0x30) << 4);
  }
  out.type = static_cast<ColumnType>(real);
  if (out.type == ColumnType::kEnum) return out.length == 1 || out.length == 2;
  if (out.type == ColumnType::kSet) return out.length >= 1 && out.length <= 8;
  return out.type == ColumnType::kString || out.type == ColumnType::kVarString;
}

bool in_range(uint16_t value, uint16_t low, uint16_t high) { return value >= low && value <= high; }

/// `meta` has the type's metadata size. False when the metadata makes no sense.
bool resolve(Bytes meta, WireColumn& out) {
  switch (out.type) {
    case ColumnType::kTimestamp2:
    case ColumnType::kDateTime2:
    case ColumnType::kTime2: out.scale = meta[0]; return out.scale <= 6;
    case ColumnType::kFloat: out.length = meta[0]; return out.length == 4;
    case ColumnType::kDouble: out.length = meta[0]; return out.length == 8;
    case ColumnType::kVector:
    case ColumnType::kJson:
    case ColumnType::kTinyBlob:
    case ColumnType::kMediumBlob:
    case ColumnType::kLongBlob:
    case ColumnType::kBlob:
    case ColumnType::kGeometry:
    case ColumnType::kMariaBlobCompressed: out.length = meta[0]; return in_range(out.length, 1, 4);
    case ColumnType::kVarchar:
    case ColumnType::kVarString:
    case ColumnType::kMariaVarcharCompressed: out.length = load_le<uint16_t>(meta.data()); return true;
    case ColumnType::kBit:
      out.length = static_cast<uint16_t>(meta[1] * 8 + meta[0]);
      return meta[0] < 8 && in_range(out.length, 1, 64);
    case ColumnType::kNewDecimal:
      out.length = meta[0];
      out.scale = meta[1];
      return in_range(out.length, 1, 65) && out.scale <= 38 && out.scale <= out.length;
    case ColumnType::kEnum: out.length = meta[1]; return in_range(out.length, 1, 2);
    case ColumnType::kSet: out.length = meta[1]; return in_range(out.length, 1, 8);
    case ColumnType::kString: return resolve_string(meta[0], meta[1], out);
    default: return true;
  }
}

}  // namespace

const char* column_type_name(ColumnType type) {
  switch (type) {
    case ColumnType::kDecimal: return "DECIMAL (before 5.0)";
    case ColumnType::kTiny: return "TINYINT";
    case ColumnType::kShort: return "SMALLINT";
    case ColumnType::kLong: return "INT";
    case ColumnType::kFloat: return "FLOAT";
    case ColumnType::kDouble: return "DOUBLE";
    case ColumnType::kNull: return "NULL";
    case ColumnType::kTimestamp:
    case ColumnType::kTimestamp2: return "TIMESTAMP";
    case ColumnType::kLongLong: return "BIGINT";
    case ColumnType::kInt24: return "MEDIUMINT";
    case ColumnType::kDate:
    case ColumnType::kNewDate: return "DATE";
    case ColumnType::kTime:
    case ColumnType::kTime2: return "TIME";
    case ColumnType::kDateTime:
    case ColumnType::kDateTime2: return "DATETIME";
    case ColumnType::kYear: return "YEAR";
    case ColumnType::kVarchar: return "VARCHAR";
    case ColumnType::kBit: return "BIT";
    case ColumnType::kTypedArray: return "typed array";
    case ColumnType::kMariaBlobCompressed: return "BLOB COMPRESSED";
    case ColumnType::kMariaVarcharCompressed: return "VARCHAR COMPRESSED";
    case ColumnType::kVector: return "VECTOR";
    case ColumnType::kJson: return "JSON";
    case ColumnType::kNewDecimal: return "DECIMAL";
    case ColumnType::kEnum: return "ENUM";
    case ColumnType::kSet: return "SET";
    case ColumnType::kTinyBlob:
    case ColumnType::kMediumBlob:
    case ColumnType::kLongBlob:
    case ColumnType::kBlob: return "BLOB";
    case ColumnType::kVarString: return "VAR_STRING";
    case ColumnType::kString: return "CHAR";
    case ColumnType::kGeometry: return "GEOMETRY";
  }
  return "unknown type";
}

Status TableMap::columns(std::vector<WireColumn>& out) const {
  out.clear();
  out.reserve(types.size());
  ByteReader meta(column_metadata);
  for (size_t i = 0; i < types.size(); ++i) {
    WireColumn column;
    column.type = static_cast<ColumnType>(types[i]);
    column.nullable = (null_bitmap[i / 8] >> (i % 8) & 1) != 0;
    const std::string where =
        "column " + std::to_string(i + 1) + " of " + std::string(schema) + "." + std::string(table);
    const int size = metadata_size(column.type);
    if (size < 0) {
      return refused(where,
                     "its type " + std::to_string(types[i]) + " (" + column_type_name(column.type) +
                         ") cannot be decoded from row events",
                     "Remove the column or the multi-valued index it belongs to, or exclude the table from the task.");
    }
    const Bytes bytes = meta.bytes(static_cast<uint64_t>(size));
    if (!meta.ok() || !resolve(bytes, column)) {
      return damaged(where, std::string("the table map's metadata of its type ") + column_type_name(column.type) +
                                (meta.ok() ? " is out of range" : " is cut off"));
    }
    out.push_back(column);
  }
  if (!meta.at_end()) {
    return damaged("the table map of " + std::string(schema) + "." + std::string(table),
                   std::to_string(meta.left()) + " bytes of column metadata are left over");
  }
  return {};
}

Result<TableMap> decode_table_map(const EventView& view, const FormatDescription& format) {
  ByteReader in(view.body);
  TableMap map;
  map.table_id = in.le(format.post_header_size(EventType::kTableMap, 8) == 6 ? 4 : 6);
  map.flags = in.u16();
  map.schema = in.text(in.u8());
  in.skip(1);
  map.table = in.text(in.u8());
  in.skip(1);
  const uint64_t count = in.packed();
  map.types = in.bytes(count);
  map.column_metadata = in.bytes(in.packed());
  map.null_bitmap = in.bytes((count + 7) / 8);
  map.optional_metadata = in.rest();
  map.mariadb = format.mariadb();
  if (!in.ok()) return damaged(kWhat, "a length points behind the event's end");
  return map;
}

void TableMapCache::put(const TableMap& map) {
  Entry& entry = maps_[map.table_id];
  const Bytes parts[] = {as_bytes(map.schema), as_bytes(map.table), map.types,
                         map.column_metadata,  map.null_bitmap,     map.optional_metadata};
  size_t total = 0;
  for (const Bytes part : parts) total += part.size();
  // Filled aside first: `map` may point into the entry it replaces.
  std::vector<uint8_t> storage(total);
  Bytes copies[std::size(parts)];
  size_t at = 0;
  for (size_t i = 0; i < std::size(parts); ++i) {
    if (!parts[i].empty()) std::memcpy(storage.data() + at, parts[i].data(), parts[i].size());
    copies[i] = {storage.data() + at, parts[i].size()};
    at += parts[i].size();
  }
  TableMap copied = map;
  copied.schema = as_text(copies[0]);
  copied.table = as_text(copies[1]);
  copied.types = copies[2];
  copied.column_metadata = copies[3];
  copied.null_bitmap = copies[4];
  copied.optional_metadata = copies[5];
  entry.storage = std::move(storage);
  entry.map = copied;
}

const TableMap* TableMapCache::find(uint64_t table_id) const {
  const auto it = maps_.find(table_id);
  return it == maps_.end() ? nullptr : &it->second.map;
}

}  // namespace sluice::binlog
