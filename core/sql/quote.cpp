#include "core/sql/quote.hpp"

namespace sluice::sql {

std::string quote_identifier(std::string_view name) {
  std::string out = "`";
  for (const char c : name) {
    out += c;
    if (c == '`') out += c;
  }
  return out += '`';
}

std::string quote_table(std::string_view schema, std::string_view table) {
  return schema.empty() ? quote_identifier(table) : quote_identifier(schema) + "." + quote_identifier(table);
}

std::string quote_string(std::string_view text, bool no_backslash_escapes) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "''";
    } else if (no_backslash_escapes) {
      out += c;
    } else {
      switch (c) {
        case '\0': out += "\\0"; break;
        case '\n': out += "\\n"; break;
        case '\r': out += "\\r"; break;
        case '\x1a': out += "\\Z"; break;
        case '\\': out += "\\\\"; break;
        default: out += c;
      }
    }
  }
  return out += '\'';
}

}  // namespace sluice::sql
