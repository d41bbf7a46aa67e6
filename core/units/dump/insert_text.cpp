#include "core/units/dump/insert_text.hpp"

#include "core/sql/quote.hpp"

namespace sluice::units::dump {
namespace {

constexpr char kDigits[] = "0123456789ABCDEF";

void append_hex(std::string& out, const char* data, size_t size) {
  if (size == 0) {
    out += "''";
    return;
  }
  out += "0x";
  for (size_t i = 0; i < size; ++i) {
    out += kDigits[static_cast<unsigned char>(data[i]) >> 4];
    out += kDigits[static_cast<unsigned char>(data[i]) & 15];
  }
}

}  // namespace

std::string insert_head(const schema::TableInfo& table) {
  std::string columns;
  for (const schema::ColumnInfo& column : table.columns) {
    if (column.generated != sql::Generated::No) continue;
    columns += (columns.empty() ? "" : ",") + sql::quote_identifier(column.name);
  }
  return "INSERT INTO " + sql::quote_identifier(table.name) + " (" + columns + ") VALUES\n";
}

void append_literal(std::string& out, const sluice_value& value) {
  switch (value.kind) {
    case SLUICE_NULL: out += "NULL"; return;
    case SLUICE_ENUM:
    case SLUICE_SET: out += std::to_string(value.v.u); return;
    case SLUICE_BYTES:
    case SLUICE_GEOMETRY:
    case SLUICE_VECTOR: append_hex(out, value.v.p, value.size); return;
    case SLUICE_JSON:
      // A JSON column refuses text of the character set binary.
      out += "CONVERT(" + sql::quote_string({value.v.p, value.size}) + " USING utf8mb4)";
      return;
    default: out += sql::quote_string({value.v.p, value.size}); return;
  }
}

void append_tuple(std::string& out, const sluice_value* values, size_t count) {
  char before = '(';
  for (size_t i = 0; i < count; ++i) {
    if (values[i].kind == SLUICE_ABSENT) continue;
    out += before;
    append_literal(out, values[i]);
    before = ',';
  }
  if (before == '(') out += '(';
  out += ')';
}

std::string file_name_part(std::string_view name) {
  std::string out;
  for (char c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
                       c == '-' || static_cast<unsigned char>(c) >= 0x80;
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += kDigits[static_cast<unsigned char>(c) >> 4];
      out += kDigits[static_cast<unsigned char>(c) & 15];
    }
  }
  return out;
}

}  // namespace sluice::units::dump
