#include "row_sql.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "sluice/plugin/failure.hpp"
#include "sluice/plugin/values.hpp"

namespace sluice::mysql {
namespace {

using plugin::value_bytes;

/// The shortest text that reads back as the same number, with an exponent so that SQL takes it as approximate.
template <typename Number>
void append_real(std::string& out, Number value) {
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific).ptr;
  out.append(buffer, static_cast<size_t>(end - buffer));
}

bool is_numeric(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
  });
}

bool has_number_type(int32_t type) {
  return type == SLUICE_INT || type == SLUICE_UINT || type == SLUICE_DECIMAL || type == SLUICE_FLOAT ||
         type == SLUICE_DOUBLE || type == SLUICE_YEAR || type == SLUICE_BIT;
}

/// Text that MySQL printed for a number goes out bare: quoted, it would be compared as a double.
void append_number_text(std::string& out, std::string_view text, Dialect dialect) {
  if (is_numeric(text))
    out += text;
  else
    append_string(out, text, dialect.backslash);
}

void append_charset_string(std::string& out, const ColumnPlan& column, std::string_view bytes, Dialect dialect) {
  if (column.form == TextForm::kPlain) return append_string(out, bytes, dialect.backslash);
  out += column.intro;
  if (column.form == TextForm::kIntroducer || bytes.empty()) return append_string(out, bytes, dialect.backslash);
  out += ' ';
  append_hex(out, bytes);
}

/// BIT values from a dump arrive as bytes, most significant first.
uint64_t big_endian(const ColumnPlan& column, std::string_view bytes) {
  if (bytes.size() > 8) throw plugin::Failure("column " + column.name + ": a BIT value has more than 8 bytes");
  uint64_t number = 0;
  for (const char c : bytes) number = number << 8 | static_cast<unsigned char>(c);
  return number;
}

void append_binary(std::string& out, const ColumnPlan& column, std::string_view bytes, Dialect dialect) {
  if (column.type == SLUICE_BIT) return plugin::append_uint(out, big_endian(column, bytes));
  out += "_binary";
  append_string(out, bytes, dialect.backslash);
}

void append_real_value(std::string& out, const ColumnPlan& column, const sluice_value& value) {
  if (!std::isfinite(value.v.d)) throw plugin::Failure("column " + column.name + ": not a finite number");
  if (value.kind == SLUICE_FLOAT && !column.float_target) return append_real(out, static_cast<float>(value.v.d));
  append_real(out, value.v.d);
}

[[noreturn]] void refuse_kind(const ColumnPlan& column, const sluice_value& value) {
  throw plugin::Failure("column " + column.name + ": value kind " + std::to_string(value.kind) +
                        " is not known to this sink");
}

/// One comparison of a WHERE clause.
void append_equal(std::string& out, const ColumnPlan& column, const sluice_value& value, bool null_safe,
                  Dialect dialect) {
  if (value.kind == SLUICE_NULL) {
    out += column.name;
    out += " IS NULL";
    return;
  }
  if (null_safe && value.kind == SLUICE_STRING && column.type == SLUICE_STRING && !column.target_charset.empty()) {
    // Every column identifies the row: 'a' and 'A', 'x' and 'x ' are different rows whatever the collation says.
    const bool converts = column.target_charset != column.charset;
    out += "CAST(" + column.name + " AS BINARY)<=>CAST(";
    if (converts) out += "CONVERT(";
    append_literal(out, column, value, dialect);
    if (converts) out += " USING " + column.target_charset + ")";
    out += " AS BINARY)";
    return;
  }
  const bool json = value.kind == SLUICE_JSON || column.type == SLUICE_JSON;
  const bool as_json = json && column.json_target;
  const bool compact = json && dialect.mariadb;  // texts that differ in blanks only are the same document
  const bool raw = value.kind == SLUICE_GEOMETRY;
  if (compact)
    out += "JSON_COMPACT(" + column.name + ")";
  else if (raw)
    out += "CAST(" + column.name + " AS BINARY)";
  else
    out += column.name;
  out += null_safe ? "<=>" : "=";
  out += compact ? "JSON_COMPACT(" : as_json ? "CAST(" : "";
  append_literal(out, column, value, dialect);
  out += compact ? ")" : as_json ? " AS JSON)" : "";
}

}  // namespace

void append_literal(std::string& out, const ColumnPlan& column, const sluice_value& value, Dialect dialect) {
  switch (value.kind) {
    case SLUICE_NULL: out += "NULL"; return;
    case SLUICE_INT: return plugin::append_int(out, value.v.i);
    case SLUICE_UINT:
    case SLUICE_YEAR:
    case SLUICE_BIT:
    case SLUICE_ENUM:
    case SLUICE_SET: return plugin::append_uint(out, value.v.u);
    case SLUICE_FLOAT:
    case SLUICE_DOUBLE: return append_real_value(out, column, value);
    case SLUICE_DECIMAL: return append_number_text(out, value_bytes(value), dialect);
    case SLUICE_STRING: return append_charset_string(out, column, value_bytes(value), dialect);
    case SLUICE_BYTES: return append_binary(out, column, value_bytes(value), dialect);
    case SLUICE_DATE:
    case SLUICE_TIME:
    case SLUICE_DATETIME:
    case SLUICE_TIMESTAMP:
      out += '\'';
      plugin::append_value(out, value);
      out += '\'';
      return;
    case SLUICE_JSON: return append_string(out, value_bytes(value), dialect.backslash);
    case SLUICE_GEOMETRY:
    case SLUICE_VECTOR: out += "_binary"; return append_string(out, value_bytes(value), dialect.backslash);
    case SLUICE_TEXT:
      if (has_number_type(column.type)) return append_number_text(out, value_bytes(value), dialect);
      return append_string(out, value_bytes(value), dialect.backslash);
    default: refuse_kind(column, value);
  }
}

void append_tuple(std::string& out, const TablePlan& plan, const sluice_value* row, Dialect dialect) {
  char separator = '(';
  for (const uint32_t i : plan.written) {
    out += separator;
    separator = ',';
    append_literal(out, plan.columns[i], row[i], dialect);
  }
  if (plan.written.empty()) out += '(';
  out += ')';
}

bool is_complete(const TablePlan& plan, const sluice_value* row) {
  return std::none_of(plan.written.begin(), plan.written.end(),
                      [row](uint32_t i) { return row[i].kind == SLUICE_ABSENT; });
}

void append_partial_insert(std::string& out, const TablePlan& plan, const sluice_value* row, bool replace,
                           Dialect dialect) {
  std::string names;
  std::string values;
  for (const uint32_t i : plan.written) {
    if (row[i].kind == SLUICE_ABSENT) continue;
    names += (names.empty() ? "" : ",") + plan.columns[i].name;
    if (!values.empty()) values += ',';
    append_literal(values, plan.columns[i], row[i], dialect);
  }
  out += replace ? "REPLACE INTO " : "INSERT INTO ";
  out += plan.name + "(" + names + ")VALUES(" + values + ")";
}

const KeyPlan* identify(const TablePlan& plan, const sluice_value* row) {
  for (const KeyPlan& key : plan.keys) {
    const bool valued = std::all_of(key.columns.begin(), key.columns.end(), [row](uint32_t i) {
      return row[i].kind != SLUICE_NULL && row[i].kind != SLUICE_ABSENT;
    });
    if (valued) return &key;
  }
  return nullptr;
}

void append_where(std::string& out, const TablePlan& plan, const KeyPlan* key, const sluice_value* row,
                  Dialect dialect) {
  const char* separator = "";
  const auto append = [&](uint32_t i) {
    out += separator;
    separator = " AND ";
    append_equal(out, plan.columns[i], row[i], key == nullptr, dialect);
  };
  if (key) {
    for (const uint32_t i : key->columns) append(i);
    return;
  }
  for (uint32_t i = 0; i < plan.columns.size(); ++i) {
    if (row[i].kind != SLUICE_ABSENT) append(i);
  }
  if (*separator == '\0') throw plugin::Failure("a row of " + plan.name + " has no value by which it can be found");
  out += " LIMIT 1";
}

void append_update(std::string& out, const TablePlan& plan, const sluice_value* before, const sluice_value* after,
                   Dialect dialect) {
  const KeyPlan* key = identify(plan, before);
  out += "UPDATE ";
  out += plan.name;
  const char* separator = " SET ";
  // All columns are set, changed or not: one left out would follow its ON UPDATE clause at the target.
  for (const uint32_t i : plan.written) {
    if (after[i].kind == SLUICE_ABSENT) continue;
    out += separator;
    separator = ",";
    out += plan.columns[i].name;
    out += '=';
    append_literal(out, plan.columns[i], after[i], dialect);
  }
  if (*separator == ' ') throw plugin::Failure("an update of " + plan.name + " changes no column");
  out += " WHERE ";
  append_where(out, plan, key, before, dialect);
}

void append_key_bytes(std::string& out, const KeyPlan& key, const sluice_value* row) {
  for (const uint32_t i : key.columns) {
    const sluice_value& value = row[i];
    const bool inside = value.kind != SLUICE_BYTES;
    const std::string_view bytes =
        inside ? std::string_view(reinterpret_cast<const char*>(&value.v), sizeof value.v) : value_bytes(value);
    const auto size = static_cast<uint32_t>(bytes.size());
    out.append(reinterpret_cast<const char*>(&size), sizeof size);
    out += bytes;
  }
}

bool same_value(const sluice_value& a, const sluice_value& b) {
  if (a.kind != b.kind) return false;
  switch (a.kind) {
    case SLUICE_NULL:
    case SLUICE_ABSENT: return true;
    case SLUICE_DECIMAL:
    case SLUICE_STRING:
    case SLUICE_BYTES:
    case SLUICE_JSON:
    case SLUICE_GEOMETRY:
    case SLUICE_VECTOR:
    case SLUICE_TEXT: return value_bytes(a) == value_bytes(b);
    default: return a.v.u == b.v.u;
  }
}

}  // namespace sluice::mysql
