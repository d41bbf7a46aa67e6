#include "to_utf8.hpp"

#include <iconv.h>

#include <array>
#include <cstdint>
#include <map>
#include <utility>

namespace sluice::file_sink {
namespace {

/// MySQL's latin1 is cp1252 with the five unused bytes as the control characters of the same number.
constexpr std::array<uint16_t, 32> kCp1252 = {0x20AC, 0x81,   0x201A, 0x192,  0x201E, 0x2026, 0x2020, 0x2021,
                                              0x2C6,  0x2030, 0x160,  0x2039, 0x152,  0x8D,   0x17D,  0x8F,
                                              0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                              0x2DC,  0x2122, 0x161,  0x203A, 0x153,  0x9D,   0x17E,  0x178};

/// MySQL's names and iconv's. MySQL's sjis has a backslash where others have a yen sign: that is cp932.
constexpr std::pair<std::string_view, const char*> kNames[] = {
    {"big5", "CP950"},         {"gbk", "CP936"},          {"gb2312", "EUC-CN"},     {"gb18030", "GB18030"},
    {"sjis", "CP932"},         {"cp932", "CP932"},        {"ujis", "EUC-JP"},       {"eucjpms", "EUC-JP-MS"},
    {"euckr", "CP949"},        {"ucs2", "UCS-2BE"},       {"utf16", "UTF-16BE"},    {"utf16le", "UTF-16LE"},
    {"utf32", "UTF-32BE"},     {"latin2", "ISO-8859-2"},  {"latin5", "ISO-8859-9"}, {"latin7", "ISO-8859-13"},
    {"greek", "ISO-8859-7"},   {"hebrew", "ISO-8859-8"},  {"tis620", "TIS-620"},    {"koi8r", "KOI8-R"},
    {"koi8u", "KOI8-U"},       {"cp1250", "CP1250"},      {"cp1251", "CP1251"},     {"cp1256", "CP1256"},
    {"cp1257", "CP1257"},      {"cp850", "CP850"},        {"cp852", "CP852"},       {"cp866", "CP866"},
    {"macroman", "MACINTOSH"}, {"armscii8", "ARMSCII-8"},
};

const iconv_t kNone = reinterpret_cast<iconv_t>(-1);

/// The converters of a thread; iconv_t must not be shared.
class Converters {
 public:
  Converters() = default;
  Converters(const Converters&) = delete;
  Converters& operator=(const Converters&) = delete;
  ~Converters() {
    for (const auto& [name, converter] : open_) {
      if (converter != kNone) ::iconv_close(converter);
    }
  }
  iconv_t get(std::string_view charset) {
    const auto found = open_.find(charset);
    if (found != open_.end()) return found->second;
    iconv_t converter = kNone;
    for (const auto& [mysql, name] : kNames) {
      if (mysql == charset) converter = ::iconv_open("UTF-8", name);
    }
    return open_.emplace(charset, converter).first->second;
  }

 private:
  std::map<std::string, iconv_t, std::less<>> open_;
};

bool append_iconv(std::string& out, std::string_view bytes, std::string_view charset) {
  static thread_local Converters converters;
  const iconv_t converter = converters.get(charset);
  if (converter == kNone) return false;
  std::string text(bytes.size() * 4 + 8, '\0');
  char* in = const_cast<char*>(bytes.data());
  char* to = text.data();
  size_t in_left = bytes.size();
  size_t to_left = text.size();
  ::iconv(converter, nullptr, nullptr, nullptr, nullptr);
  if (::iconv(converter, &in, &in_left, &to, &to_left) == static_cast<size_t>(-1) || in_left != 0) return false;
  out.append(text, 0, text.size() - to_left);
  return true;
}

void append_latin1(std::string& out, std::string_view bytes) {
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    const uint32_t code = byte >= 0x80 && byte < 0xA0 ? kCp1252[byte - 0x80] : byte;
    if (code < 0x80) {
      out += c;
    } else if (code < 0x800) {
      out += static_cast<char>(0xC0 | code >> 6);
      out += static_cast<char>(0x80 | (code & 0x3F));
    } else {
      out += static_cast<char>(0xE0 | code >> 12);
      out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
      out += static_cast<char>(0x80 | (code & 0x3F));
    }
  }
}

}  // namespace

bool is_utf8(std::string_view bytes) {
  for (size_t i = 0; i < bytes.size();) {
    const auto first = static_cast<unsigned char>(bytes[i]);
    if (first < 0x80) {
      ++i;
      continue;
    }
    const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || i + length > bytes.size()) return false;
    uint32_t code = first & (0xFFu >> (length + 1));
    for (size_t k = 1; k < length; ++k) {
      const auto next = static_cast<unsigned char>(bytes[i + k]);
      if ((next & 0xC0u) != 0x80u) return false;
      code = code << 6 | (next & 0x3Fu);
    }
    const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
    if (overlong || (code >= 0xD800 && code <= 0xDFFF) || code > 0x10FFFF) return false;
    i += length;
  }
  return true;
}

bool append_utf8(std::string& out, std::string_view bytes, std::string_view charset) {
  if (charset.empty() || charset == "utf8mb4" || charset == "utf8" || charset == "utf8mb3" || charset == "ascii") {
    if (!is_utf8(bytes)) return false;
    out += bytes;
    return true;
  }
  if (charset == "latin1") {
    append_latin1(out, bytes);
    return true;
  }
  return append_iconv(out, bytes, charset);
}

}  // namespace sluice::file_sink
