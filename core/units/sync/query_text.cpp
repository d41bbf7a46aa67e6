#include "core/units/sync/query_text.hpp"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>

namespace sluice::units::sync {
namespace {

struct Range {
  uint16_t first;
  uint16_t last;
  const char* iconv_name;
};

// Ids of collations whose charset can be a client's (MySQL: strings/ctype*.c, SHOW COLLATION). utf8 families and
// binary are passed as they are.
constexpr std::array kRanges = {
    Range{1, 1, "BIG5"},         Range{84, 84, "BIG5"},       Range{2, 2, "ISO-8859-2"},   Range{9, 9, "ISO-8859-2"},
    Range{21, 21, "ISO-8859-2"}, Range{27, 27, "ISO-8859-2"}, Range{77, 77, "ISO-8859-2"}, Range{5, 5, "CP1252"},
    Range{8, 8, "CP1252"},       Range{15, 15, "CP1252"},     Range{31, 31, "CP1252"},     Range{47, 49, "CP1252"},
    Range{94, 94, "CP1252"},     Range{12, 12, "EUC-JP"},     Range{91, 91, "EUC-JP"},     Range{13, 13, "SHIFT-JIS"},
    Range{88, 88, "SHIFT-JIS"},  Range{95, 96, "CP932"},      Range{97, 98, "EUC-JP-MS"},  Range{19, 19, "EUC-KR"},
    Range{85, 85, "EUC-KR"},     Range{24, 24, "GB2312"},     Range{86, 86, "GB2312"},     Range{28, 28, "GBK"},
    Range{87, 87, "GBK"},        Range{248, 250, "GB18030"},  Range{7, 7, "KOI8-R"},       Range{74, 74, "KOI8-R"},
    Range{22, 22, "KOI8-U"},     Range{75, 75, "KOI8-U"},     Range{14, 14, "CP1251"},     Range{23, 23, "CP1251"},
    Range{50, 52, "CP1251"},     Range{26, 26, "CP1250"},     Range{34, 34, "CP1250"},     Range{44, 44, "CP1250"},
    Range{66, 66, "CP1250"},     Range{99, 99, "CP1250"},     Range{57, 57, "CP1256"},     Range{67, 67, "CP1256"},
    Range{29, 29, "CP1257"},     Range{58, 59, "CP1257"},     Range{25, 25, "ISO-8859-7"}, Range{70, 70, "ISO-8859-7"},
    Range{30, 30, "ISO-8859-9"}, Range{78, 78, "ISO-8859-9"}, Range{16, 16, "ISO-8859-8"}, Range{71, 71, "ISO-8859-8"},
    Range{18, 18, "TIS-620"},    Range{89, 89, "TIS-620"}};

const char* charset_of(uint16_t collation) {
  const auto* it = std::find_if(kRanges.begin(), kRanges.end(), [collation](const Range& range) {
    return collation >= range.first && collation <= range.last;
  });
  return it == kRanges.end() ? nullptr : it->iconv_name;
}

}  // namespace

Result<std::string> query_to_utf8(std::string_view text, uint16_t collation) {
  const bool ascii = std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  const char* from = charset_of(collation);
  if (ascii || from == nullptr) return std::string(text);
  iconv_t converter = iconv_open("UTF-8", from);
  std::string out(text.size() * 4, '\0');
  if (converter == reinterpret_cast<iconv_t>(-1)) {
    return make_error(36067, std::string("a statement in the character set ") + from + " cannot be read here");
  }
  char* in = const_cast<char*>(text.data());
  size_t in_left = text.size();
  char* to = out.data();
  size_t out_left = out.size();
  const size_t failed = iconv(converter, &in, &in_left, &to, &out_left);
  iconv_close(converter);
  if (failed == static_cast<size_t>(-1)) {
    return make_error(36067, std::string("a statement is not valid in its character set ") + from);
  }
  out.resize(out.size() - out_left);
  return out;
}

std::string xa_id(std::string_view statement) {
  // "XA <verb> <id> [ONE PHASE]": the id is what stands behind the verb.
  size_t at = statement.find_first_not_of(" \t\r\n");
  for (int word = 0; word < 2 && at != std::string_view::npos; ++word) {
    at = statement.find_first_of(" \t\r\n", at);
    if (at != std::string_view::npos) at = statement.find_first_not_of(" \t\r\n", at);
  }
  std::string out;
  if (at == std::string_view::npos) return out;
  for (const char c : statement.substr(at)) {
    if (std::isspace(static_cast<unsigned char>(c)) == 0)
      out.push_back(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
  }
  if (const size_t tail = out.rfind("onephase"); tail != std::string::npos && tail + 8 == out.size()) out.resize(tail);
  return out;
}

}  // namespace sluice::units::sync
