#include "core/sql/table_def.hpp"

#include <algorithm>

#include "core/sql/charset.hpp"
#include "core/sql/lexer.hpp"
#include "core/sql/quote.hpp"

namespace sluice::sql {
namespace {

const char* base_name(ColumnType type) {
  switch (type) {
    case ColumnType::Bit: return "bit";
    case ColumnType::TinyInt: return "tinyint";
    case ColumnType::SmallInt: return "smallint";
    case ColumnType::MediumInt: return "mediumint";
    case ColumnType::Int: return "int";
    case ColumnType::BigInt: return "bigint";
    case ColumnType::Float: return "float";
    case ColumnType::Double: return "double";
    case ColumnType::Decimal: return "decimal";
    case ColumnType::Year: return "year";
    case ColumnType::Date: return "date";
    case ColumnType::Time: return "time";
    case ColumnType::DateTime: return "datetime";
    case ColumnType::Timestamp: return "timestamp";
    case ColumnType::Char: return "char";
    case ColumnType::VarChar: return "varchar";
    case ColumnType::TinyText: return "tinytext";
    case ColumnType::Text: return "text";
    case ColumnType::MediumText: return "mediumtext";
    case ColumnType::LongText: return "longtext";
    case ColumnType::Binary: return "binary";
    case ColumnType::VarBinary: return "varbinary";
    case ColumnType::TinyBlob: return "tinyblob";
    case ColumnType::Blob: return "blob";
    case ColumnType::MediumBlob: return "mediumblob";
    case ColumnType::LongBlob: return "longblob";
    case ColumnType::Enum: return "enum";
    case ColumnType::Set: return "set";
    case ColumnType::Json: return "json";
    case ColumnType::Geometry: return "geometry";
    case ColumnType::Vector: return "vector";
    case ColumnType::Uuid: return "uuid";
    case ColumnType::Inet4: return "inet4";
    case ColumnType::Inet6: return "inet6";
  }
  return "";
}

bool is_temporal_with_fraction(ColumnType type) {
  return type == ColumnType::Time || type == ColumnType::DateTime || type == ColumnType::Timestamp;
}

ColumnType blob_of(ColumnType type) {
  switch (type) {
    case ColumnType::Char: return ColumnType::Binary;
    case ColumnType::VarChar: return ColumnType::VarBinary;
    case ColumnType::TinyText: return ColumnType::TinyBlob;
    case ColumnType::Text: return ColumnType::Blob;
    case ColumnType::MediumText: return ColumnType::MediumBlob;
    case ColumnType::LongText: return ColumnType::LongBlob;
    default: return type;
  }
}

/// TEXT(n) and BLOB(n) stand for the smallest type that holds n characters.
void size_to_type(ColumnDef& column) {
  if (column.type != ColumnType::Text && column.type != ColumnType::Blob) return;
  if (!column.length || *column.length == 0) {
    column.length.reset();
    return;
  }
  const bool text = column.type == ColumnType::Text;
  const uint64_t bytes = uint64_t{*column.length} * (text ? max_bytes_per_char(column.charset) : 1);
  if (bytes < 256) {
    column.type = text ? ColumnType::TinyText : ColumnType::TinyBlob;
  } else if (bytes >= (1U << 24)) {
    column.type = text ? ColumnType::LongText : ColumnType::LongBlob;
  } else if (bytes >= (1U << 16)) {
    column.type = text ? ColumnType::MediumText : ColumnType::MediumBlob;
  }
  column.length.reset();
}

/// Servers forget a prefix that is no shorter than the column, and any on a type that has none.
bool covers_all(const ColumnDef& column, uint32_t prefix) {
  const bool members = column.type == ColumnType::Enum || column.type == ColumnType::Set;
  if (members || !(column.is_character() || column.is_binary())) return column.type != ColumnType::Geometry;
  return column.length && *column.length <= prefix;
}

}  // namespace

bool ColumnDef::is_integer() const { return type >= ColumnType::TinyInt && type <= ColumnType::BigInt; }
bool ColumnDef::is_binary() const { return type >= ColumnType::Binary && type <= ColumnType::LongBlob; }
bool ColumnDef::is_character() const {
  return (type >= ColumnType::Char && type <= ColumnType::LongText) || type == ColumnType::Enum ||
         type == ColumnType::Set;
}

bool KeyDef::has_expression() const {
  return std::any_of(parts.begin(), parts.end(), [](const KeyPart& part) { return !part.expression.empty(); });
}

const ColumnDef* TableDef::find_column(const std::string& name) const {
  const auto found = std::find_if(columns.begin(), columns.end(),
                                  [&](const ColumnDef& c) { return equals_ignore_case(c.name, name); });
  return found == columns.end() ? nullptr : &*found;
}

const KeyDef* TableDef::find_key(const std::string& name) const {
  const auto found =
      std::find_if(keys.begin(), keys.end(), [&](const KeyDef& k) { return equals_ignore_case(k.name, name); });
  return found == keys.end() ? nullptr : &*found;
}

const KeyDef* TableDef::primary_key() const {
  const auto found = std::find_if(keys.begin(), keys.end(), [](const KeyDef& k) { return k.type == KeyType::Primary; });
  return found == keys.end() ? nullptr : &*found;
}

void resolve_charset(ColumnDef& column, const std::string& table_charset, const std::string& table_collation) {
  if (column.is_binary()) {
    size_to_type(column);
    column.charset = column.collation = "binary";
  } else if (column.is_character()) {
    if (column.charset.empty()) {
      column.charset = table_charset;
      if (column.collation.empty()) column.collation = table_collation;
    }
    if (column.bin_collation) column.collation = binary_collation(column.charset);
    if (column.charset == "binary") column.type = blob_of(column.type);
    size_to_type(column);
  } else {
    column.charset.clear();
    column.collation.clear();
    column.charset_given = column.collation_given = false;
  }
  column.bin_collation = false;
  refresh_type_text(column);
}

void settle_keys(TableDef& table) {
  for (KeyDef& key : table.keys) {
    for (KeyPart& part : key.parts) {
      const ColumnDef* column = part.prefix > 0 ? table.find_column(part.column) : nullptr;
      if (column && covers_all(*column, part.prefix)) part.prefix = 0;
    }
    if (!key.name.empty()) continue;
    const std::string base =
        key.parts.empty() || key.parts[0].column.empty() ? "functional_index" : key.parts[0].column;
    std::string name = base;
    for (int n = 2; equals_ignore_case(name, "PRIMARY") || table.find_key(name); ++n) {
      name = base + "_" + std::to_string(n);
    }
    key.name = std::move(name);
  }
  std::stable_partition(table.keys.begin(), table.keys.end(),
                        [](const KeyDef& k) { return k.type == KeyType::Primary; });
  const KeyDef* primary = table.primary_key();
  if (!primary) return;
  for (const KeyPart& part : primary->parts) {
    for (ColumnDef& column : table.columns) {
      if (equals_ignore_case(column.name, part.column)) column.not_null = true;
    }
  }
}

void refresh_type_text(ColumnDef& column) {
  if (column.type == ColumnType::Geometry) {  // the kind of geometry is nowhere else
    if (column.type_text.empty()) column.type_text = base_name(column.type);
    return;
  }
  std::string text = base_name(column.type);
  if (column.type == ColumnType::Enum || column.type == ColumnType::Set) {
    text += '(';
    for (size_t i = 0; i < column.members.size(); ++i) {
      if (i > 0) text += ',';
      text += quote_string(column.members[i]);
    }
    text += ')';
  } else if (is_temporal_with_fraction(column.type)) {
    if (column.decimals.value_or(0) > 0) text += "(" + std::to_string(*column.decimals) + ")";
  } else if (column.length) {
    text += "(" + std::to_string(*column.length);
    if (column.decimals) text += "," + std::to_string(*column.decimals);
    text += ')';
  }
  if (column.is_unsigned) text += " unsigned";
  if (column.zerofill) text += " zerofill";
  column.type_text = std::move(text);
}

}  // namespace sluice::sql
