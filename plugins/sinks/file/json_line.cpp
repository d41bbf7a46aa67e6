#include "json_line.hpp"

#include "sluice/plugin/json.hpp"
#include "sluice/plugin/values.hpp"
#include "to_utf8.hpp"

namespace sluice::file_sink {
namespace {

using plugin::append_json_string;
using plugin::Failure;
using plugin::value_bytes;

void append_base64(std::string& out, std::string_view bytes) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const auto byte = [&](size_t k) -> uint32_t {
      return i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0;
    };
    const uint32_t three = byte(0) << 16 | byte(1) << 8 | byte(2);
    out += kDigits[three >> 18];
    out += kDigits[three >> 12 & 63];
    out += i + 1 < bytes.size() ? kDigits[three >> 6 & 63] : '=';
    out += i + 2 < bytes.size() ? kDigits[three & 63] : '=';
  }
}

void append_bytes(std::string& out, std::string_view bytes, std::string_view charset) {
  out += "{\"base64\":\"";
  append_base64(out, bytes);
  out += '"';
  if (!charset.empty() && charset != "binary") {
    out += ",\"charset\":";
    append_json_string(out, charset);
  }
  out += '}';
}

/// Text as a JSON string; bytes that are no text in their character set are kept as bytes.
void append_text(std::string& out, std::string_view bytes, std::string_view charset) {
  std::string utf8;
  if (append_utf8(utf8, bytes, charset))
    append_json_string(out, utf8);
  else
    append_bytes(out, bytes, charset.empty() ? "utf8mb4" : charset);
}

bool is_json_number(std::string_view text) {
  size_t i = !text.empty() && text[0] == '-' ? 1 : 0;
  const auto digits = [&] {
    const size_t from = i;
    while (i < text.size() && text[i] >= '0' && text[i] <= '9') ++i;
    return i - from;
  };
  const size_t whole = i;
  const size_t count = digits();
  if (count == 0 || (count > 1 && text[whole] == '0')) return false;
  if (i < text.size() && text[i] == '.' && (++i, digits() == 0)) return false;
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
    if (digits() == 0) return false;
  }
  return i == text.size();
}

/// What MySQL printed: a number where the column's own values are numbers in these files.
void append_printed(std::string& out, std::string_view text, int32_t type) {
  const bool number = type == SLUICE_INT || type == SLUICE_UINT || type == SLUICE_FLOAT || type == SLUICE_DOUBLE;
  if (number && is_json_number(text))
    out += text;
  else
    append_text(out, text, "");
}

void append_bit_bytes(std::string& out, std::string_view bytes) {
  uint64_t number = 0;
  for (const char c : bytes) number = number << 8 | static_cast<unsigned char>(c);
  plugin::append_uint(out, number);
}

void append_json_value(std::string& out, const sluice_column& column, const sluice_value& value) {
  switch (value.kind) {
    case SLUICE_NULL: out += "null"; return;
    case SLUICE_INT:
    case SLUICE_UINT:
    case SLUICE_FLOAT:
    case SLUICE_DOUBLE:
    case SLUICE_BIT:
    case SLUICE_ENUM:
    case SLUICE_SET: plugin::append_value(out, value); return;
    case SLUICE_YEAR: plugin::append_uint(out, value.v.u); return;
    case SLUICE_STRING: return append_text(out, value_bytes(value), view(column.charset));
    case SLUICE_JSON: return append_text(out, value_bytes(value), "");
    case SLUICE_TEXT: return append_printed(out, value_bytes(value), column.type);
    case SLUICE_BYTES:
      if (column.type == SLUICE_BIT && value.size <= 8) return append_bit_bytes(out, value_bytes(value));
      return append_bytes(out, value_bytes(value), "");
    case SLUICE_GEOMETRY:
    case SLUICE_VECTOR: return append_bytes(out, value_bytes(value), "");
    default: break;
  }
  std::string text;
  if (!plugin::append_value(text, value)) {
    throw Failure("column `" + std::string(view(column.name)) + "`: value kind " + std::to_string(value.kind) +
                  " is not known to this sink");
  }
  append_json_string(out, text);
}

void append_image(std::string& out, const char* name, const sluice_table& table, const sluice_value* row) {
  if (!row) return;
  out += ",\"";
  out += name;
  out += "\":";
  char separator = '{';
  const auto columns = plugin::columns(table);
  for (size_t i = 0; i < columns.size(); ++i) {
    if (row[i].kind == SLUICE_ABSENT) continue;
    out += separator;
    separator = ',';
    append_json_string(out, view(columns[i].name));
    out += ':';
    append_json_value(out, columns[i], row[i]);
  }
  if (separator == '{') out += '{';
  out += '}';
}

void append_head(std::string& out, const char* op, std::string_view schema, std::string_view table) {
  out += "{\"op\":\"";
  out += op;
  out += "\",\"schema\":";
  append_json_string(out, schema);
  out += ",\"table\":";
  append_json_string(out, table);
}

void append_source(std::string& out, std::string_view source) {
  out += ",\"source\":";
  append_json_string(out, source);
}

}  // namespace

void append_row_line(std::string& out, const sluice_table& table, const sluice_row& row) {
  const char* op = row.kind == SLUICE_INSERT ? "insert" : row.kind == SLUICE_UPDATE ? "update" : "delete";
  append_head(out, op, view(table.schema), view(table.name));
  append_source(out, view(table.source));
  append_image(out, "before", table, row.before);
  append_image(out, "after", table, row.after);
  out += "}\n";
}

void append_load_line(std::string& out, const sluice_table& table, const sluice_value* row) {
  append_head(out, "load", view(table.schema), view(table.name));
  append_source(out, view(table.source));
  append_image(out, "after", table, row);
  out += "}\n";
}

void append_ddl_line(std::string& out, const plugin::Statement& statement) {
  append_head(out, "ddl", statement.schema(), statement.table());
  out += ",\"sql\":";
  append_text(out, statement.sql(), statement.charset());
  if (!statement.time_zone().empty()) {
    out += ",\"time_zone\":";
    append_json_string(out, statement.time_zone());
  }
  if (statement.has_sql_mode()) out += ",\"sql_mode\":" + std::to_string(statement.sql_mode());
  if (statement.timestamp_us() != 0) out += ",\"timestamp_us\":" + std::to_string(statement.timestamp_us());
  out += "}\n";
}

}  // namespace sluice::file_sink
