#include "core/binlog/binlog_error.hpp"
#include "core/binlog/table_map.hpp"

namespace sluice::binlog {
namespace {

/// Field types of the optional metadata (MySQL: Table_map_event::Optional_metadata_field_type).
enum : uint8_t {
  kSignedness = 1,
  kDefaultCharset = 2,
  kColumnCharset = 3,
  kColumnName = 4,
  kSetMembers = 5,
  kEnumMembers = 6,
  kGeometryType = 7,
  kPrimaryKey = 8,
  kPrimaryKeyWithPrefix = 9,
  kEnumSetDefaultCharset = 10,
  kEnumSetColumnCharset = 11,
  kVisibility = 12,
  kVectorDimension = 13,
};

/// YEAR has a bit too, although it has no sign.
bool is_numeric(ColumnType type) {
  switch (type) {
    case ColumnType::kYear:
    case ColumnType::kDecimal:
    case ColumnType::kTiny:
    case ColumnType::kShort:
    case ColumnType::kInt24:
    case ColumnType::kLong:
    case ColumnType::kLongLong:
    case ColumnType::kFloat:
    case ColumnType::kDouble:
    case ColumnType::kNewDecimal: return true;
    default: return false;
  }
}

bool is_character(ColumnType type) {
  switch (type) {
    case ColumnType::kVarchar:
    case ColumnType::kVarString:
    case ColumnType::kString:
    case ColumnType::kTinyBlob:
    case ColumnType::kMediumBlob:
    case ColumnType::kLongBlob:
    case ColumnType::kBlob:
    case ColumnType::kVector:
    case ColumnType::kMariaBlobCompressed:
    case ColumnType::kMariaVarcharCompressed: return true;
    default: return false;
  }
}

bool is_enum_or_set(ColumnType type) { return type == ColumnType::kEnum || type == ColumnType::kSet; }

/// One pass over the fields; the column lists that several fields refer to are built once.
class MetadataReader {
 public:
  MetadataReader(const std::vector<WireColumn>& columns, bool mariadb, TableMetadata& out)
      : columns_(columns), mariadb_(mariadb), out_(out) {}

  /// False when the field's content is malformed.
  bool field(uint8_t type, ByteReader in) {
    const auto character = [this](ColumnType t) { return is_character(t) || (mariadb_ && t == ColumnType::kGeometry); };
    switch (type) {
      case kSignedness: return bits(in, is_numeric, out_.is_unsigned);
      case kDefaultCharset: return default_charset(in, character);
      case kColumnCharset: return column_charset(in, character);
      case kEnumSetDefaultCharset: return default_charset(in, is_enum_or_set);
      case kEnumSetColumnCharset: return column_charset(in, is_enum_or_set);
      case kColumnName: return names(in);
      case kSetMembers: return members(in, ColumnType::kSet);
      case kEnumMembers: return members(in, ColumnType::kEnum);
      case kGeometryType: return numbers(in, out_.geometry_types);
      case kVectorDimension: return numbers(in, out_.vector_dimensions);
      case kPrimaryKey: return primary_key(in, false);
      case kPrimaryKeyWithPrefix: return primary_key(in, true);
      case kVisibility:
        return bits(
            in, [](ColumnType) { return true; }, out_.visible);
      default: out_.unknown_fields.push_back(type); return true;
    }
  }

 private:
  /// Most significant bit first, one per column that matches.
  template <typename Predicate>
  bool bits(ByteReader in, Predicate matches, std::vector<bool>& out) {
    const Bytes bitmap = in.rest();
    out.assign(columns_.size(), false);
    size_t next = 0;
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (!matches(columns_[i].type)) continue;
      if (next / 8 >= bitmap.size()) return false;
      out[i] = (bitmap[next / 8] >> (7 - next % 8) & 1) != 0;
      ++next;
    }
    return true;
  }

  template <typename Predicate>
  std::vector<size_t> matching(Predicate matches) const {
    std::vector<size_t> out;
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (matches(columns_[i].type)) out.push_back(i);
    }
    return out;
  }

  /// The default, then pairs (index among the matching columns, collation) for the others.
  template <typename Predicate>
  bool default_charset(ByteReader in, Predicate matches) {
    out_.collation.resize(columns_.size());
    const std::vector<size_t> at = matching(matches);
    const auto fallback = static_cast<uint32_t>(in.packed());
    for (const size_t i : at) out_.collation[i] = fallback;
    while (in.ok() && !in.at_end()) {
      const uint64_t index = in.packed();
      const uint64_t collation = in.packed();
      if (!in.ok() || index >= at.size()) return false;
      out_.collation[at[static_cast<size_t>(index)]] = static_cast<uint32_t>(collation);
    }
    return in.ok();
  }

  template <typename Predicate>
  bool column_charset(ByteReader in, Predicate matches) {
    out_.collation.resize(columns_.size());
    for (const size_t i : matching(matches)) out_.collation[i] = static_cast<uint32_t>(in.packed());
    return in.ok() && in.at_end();
  }

  bool names(ByteReader in) {
    for (size_t i = 0; i < columns_.size(); ++i) out_.names.push_back(in.text(in.packed()));
    return in.ok() && in.at_end();
  }

  bool members(ByteReader in, ColumnType type) {
    out_.members.resize(columns_.size());
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i].type != type) continue;
      const uint64_t count = in.packed();
      if (count > in.left()) return false;  // each takes a byte at least
      for (uint64_t k = 0; k < count; ++k) out_.members[i].push_back(in.text(in.packed()));
    }
    return in.ok() && in.at_end();
  }

  static bool numbers(ByteReader in, std::vector<uint32_t>& out) {
    while (in.ok() && !in.at_end()) out.push_back(static_cast<uint32_t>(in.packed()));
    return in.ok();
  }

  bool primary_key(ByteReader in, bool with_prefix) {
    while (in.ok() && !in.at_end()) {
      PrimaryKeyPart part;
      part.column = static_cast<uint32_t>(in.packed());
      if (with_prefix) part.prefix = static_cast<uint32_t>(in.packed());
      if (part.column >= columns_.size()) return false;
      out_.primary_key.push_back(part);
    }
    return in.ok();
  }

  const std::vector<WireColumn>& columns_;
  bool mariadb_;
  TableMetadata& out_;
};

}  // namespace

Result<TableMetadata> decode_table_metadata(const TableMap& map) {
  TableMetadata out;
  std::vector<WireColumn> columns;
  if (Status st = map.columns(columns); !st) return st;
  ByteReader in(map.optional_metadata);
  MetadataReader reader(columns, map.mariadb, out);
  while (!in.at_end()) {
    const uint8_t type = in.u8();
    const Bytes value = in.bytes(in.packed());
    if (!in.ok() || !reader.field(type, ByteReader(value))) {
      return damaged("the table map of " + std::string(map.schema) + "." + std::string(map.table),
                     "its optional metadata field " + std::to_string(type) + " is malformed");
    }
  }
  return out;
}

}  // namespace sluice::binlog
