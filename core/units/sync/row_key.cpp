#include "core/units/sync/row_key.hpp"

#include <algorithm>
#include <string_view>

#include "core/sql/quote.hpp"
#include "sluice/common/text.hpp"
#include "sluice/plugin/values.hpp"

namespace sluice::units::sync {
namespace {

constexpr size_t kMostBytes = 64;  // of one value
constexpr size_t kMostText = 512;  // of the whole key

bool is_utf8(const sluice_column& column) {
  const std::string_view charset = view(column.charset);
  return charset.substr(0, 4) == "utf8" || charset == "ascii";
}

// At most kMostBytes, not in the middle of a character.
std::string_view cut(std::string_view text) {
  size_t size = std::min(text.size(), kMostBytes);
  while (size > 0 && size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) --size;
  return text.substr(0, size);
}

std::string hex(std::string_view bytes) {
  constexpr const char* kDigits = "0123456789ABCDEF";
  std::string out = "X'";
  for (const char c : bytes.substr(0, kMostBytes / 2)) {
    out += kDigits[static_cast<unsigned char>(c) >> 4U];
    out += kDigits[static_cast<unsigned char>(c) & 15U];
  }
  out += '\'';
  if (bytes.size() > kMostBytes / 2) out += "…";
  return out;
}

std::string literal(const sluice_column& column, const sluice_value& value) {
  std::string text;
  if (!plugin::append_value(text, value)) return "NULL";
  switch (value.kind) {
    case SLUICE_INT:
    case SLUICE_UINT:
    case SLUICE_FLOAT:
    case SLUICE_DOUBLE:
    case SLUICE_DECIMAL:
    case SLUICE_YEAR:
    case SLUICE_BIT:
    case SLUICE_ENUM:
    case SLUICE_SET: return text;
    case SLUICE_TIMESTAMP: return sql::quote_string(text + "+00:00");
    case SLUICE_DATE:
    case SLUICE_TIME:
    case SLUICE_DATETIME:
    case SLUICE_TEXT: return sql::quote_string(cut(text));
    case SLUICE_STRING: {
      const bool ascii = std::all_of(text.begin(), text.end(), [](char c) { return static_cast<signed char>(c) >= 0; });
      if (!ascii && !is_utf8(column)) return hex(text);
      return sql::quote_string(cut(text)) + (text.size() > kMostBytes ? "…" : "");
    }
    default: return hex(text);
  }
}

// The first key all of whose columns have a value: the primary key comes first.
const sluice_key* key_of(const sluice_table& table, const sluice_value* image) {
  const Strided<sluice_key> keys{table.keys, table.key_count, table.key_stride};
  for (const sluice_key& key : keys) {
    if ((key.flags & SLUICE_KEY_EXPRESSION) != 0 || key.column_count == 0) continue;
    const bool whole = std::all_of(key.columns, key.columns + key.column_count, [&](uint32_t column) {
      return image[column].kind != SLUICE_NULL && image[column].kind != SLUICE_ABSENT;
    });
    if (whole) return &key;
  }
  return nullptr;
}

std::string text_of(const sluice_table& table, const sluice_key& key, const sluice_value* image) {
  const Strided<sluice_column> columns{table.columns, table.column_count, table.column_stride};
  std::string out;
  for (size_t i = 0; i < key.column_count; ++i) {
    const sluice_column& column = columns[key.columns[i]];
    const std::string part = sql::quote_identifier(view(column.name)) + " = " + literal(column, image[key.columns[i]]);
    if (out.size() + part.size() > kMostText) return out + " AND …";
    out += (out.empty() ? "" : " AND ") + part;
  }
  return out;
}

}  // namespace

std::string row_key(const sluice_table& table, const sluice_row& row) {
  const sluice_value* image = row.before != nullptr ? row.before : row.after;
  const sluice_key* key = image == nullptr ? nullptr : key_of(table, image);
  if (key == nullptr) return {};
  std::string out = text_of(table, *key, image);
  if (row.before == nullptr || row.after == nullptr) return out;
  const std::string moved = text_of(table, *key, row.after);
  return moved == out ? out : out + ", which becomes " + moved;
}

}  // namespace sluice::units::sync
