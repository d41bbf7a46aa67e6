#include "quote.hpp"

#include <algorithm>
#include <array>

#include "sluice/plugin/failure.hpp"

namespace sluice::mysql {
namespace {

/// Character sets of one byte per character that MySQL or MariaDB know.
constexpr std::array<std::string_view, 25> kSingleByte = {
    "latin1", "latin2",   "latin5",  "latin7", "cp1250",   "cp1251",  "cp1256", "cp1257", "cp850",
    "cp852",  "cp866",    "dec8",    "hp8",    "koi8r",    "koi8u",   "swe7",   "hebrew", "tis620",
    "greek",  "armscii8", "keybcs2", "macce",  "macroman", "geostd8", "binary"};

}  // namespace

void append_name(std::string& out, std::string_view name) {
  out += '`';
  for (const char c : name) {
    if (c == '`') out += '`';
    out += c;
  }
  out += '`';
}

std::string quoted_name(std::string_view name) {
  std::string out;
  append_name(out, name);
  return out;
}

std::string quoted_name(std::string_view schema, std::string_view table) {
  std::string out;
  append_name(out, schema);
  out += '.';
  append_name(out, table);
  return out;
}

void append_string(std::string& out, std::string_view bytes, bool backslash) {
  out += '\'';
  size_t from = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    const char c = bytes[i];
    if (c != '\'' && (!backslash || (c != '\\' && c != '\0'))) continue;
    out.append(bytes, from, i - from);
    from = i + 1;
    if (c == '\'')
      out += "''";
    else if (c == '\\')
      out += "\\\\";
    else
      out += "\\0";
  }
  out.append(bytes, from, bytes.size() - from);
  out += '\'';
}

std::string quoted_string(std::string_view bytes, bool backslash) {
  std::string out;
  append_string(out, bytes, backslash);
  return out;
}

void append_hex(std::string& out, std::string_view bytes) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  const size_t at = out.size();
  out.resize(at + 2 + bytes.size() * 2);
  char* to = out.data() + at;
  *to++ = '0';
  *to++ = 'x';
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    *to++ = kHex[byte >> 4];
    *to++ = kHex[byte & 15];
  }
}

TextForm text_form(std::string_view charset) {
  if (charset.empty() || charset == "utf8" || charset == "utf8mb3" || charset == "utf8mb4" || charset == "ascii") {
    return TextForm::kPlain;
  }
  const bool single = std::find(kSingleByte.begin(), kSingleByte.end(), charset) != kSingleByte.end();
  return single ? TextForm::kIntroducer : TextForm::kHex;
}

std::string introducer(std::string_view charset) {
  const bool clean =
      !charset.empty() && charset.size() <= 64 && std::all_of(charset.begin(), charset.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
      });
  if (!clean) throw plugin::Failure("`" + std::string(charset) + "` is not the name of a character set");
  std::string text(1, '_');
  text += charset;
  return text;
}

}  // namespace sluice::mysql
