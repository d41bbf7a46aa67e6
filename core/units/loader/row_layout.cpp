#include "core/units/loader/row_layout.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "core/schema/column_kind.hpp"
#include "core/sql/lexer.hpp"
#include "core/units/full/row_reader.hpp"
#include "core/units/loader/literal.hpp"

namespace sluice::units::loader {
namespace {

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x80; });
}

bool is_utf8_charset(const std::string& charset) {
  return charset.empty() || charset == "utf8mb4" || charset == "utf8mb3" || charset == "utf8" || charset == "ascii" ||
         charset == "binary";
}

Error wrong(std::string why) { return make_error(34019, std::move(why)); }

/// The column names that a statement without a list stands for: what SELECT * shows, without what cannot be written.
std::vector<std::string> listed(const schema::TableInfo& table, const InsertHead& head) {
  if (head.has_columns) return head.columns;
  std::vector<std::string> out;
  for (const schema::ColumnInfo& column : table.columns) {
    if (column.generated == sql::Generated::No && !column.invisible) out.push_back(column.name);
  }
  return out;
}

// Days since 1970-01-01 of a date of the proleptic Gregorian calendar.
int64_t days_of(int64_t year, int64_t month, int64_t day) {
  year -= month <= 2 ? 1 : 0;
  const int64_t era = year / 400;
  const int64_t of_era = year - era * 400;
  const int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

struct Date {
  int64_t year;
  int64_t month;
  int64_t day;
};

Date date_of(int64_t days) {
  days += 719468;
  const int64_t era = days / 146097;
  const int64_t of_era = days - era * 146097;
  const int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  const int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
  const int64_t month = (5 * of_year + 2) / 153;
  return {year + era * 400 + (month >= 10 ? 1 : 0), month < 10 ? month + 3 : month - 9,
          of_year - (153 * month + 2) / 5 + 1};
}

bool digits_at(const char* text, size_t from, size_t count, int64_t& out) {
  out = 0;
  for (size_t i = from; i < from + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return false;
    out = out * 10 + (text[i] - '0');
  }
  return true;
}

void put_digits(char* text, size_t from, size_t count, int64_t value) {
  for (size_t i = count; i > 0; --i) {
    text[from + i - 1] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

}  // namespace

std::optional<int> zone_minutes(const std::string& zone) {
  const std::string lower = sql::to_lower(zone);
  if (lower == "utc" || lower == "etc/utc") return 0;
  int64_t hours = 0;
  int64_t minutes = 0;
  if (zone.size() < 5 || (zone[0] != '+' && zone[0] != '-')) return std::nullopt;
  const size_t colon = zone.find(':');
  if (colon == std::string::npos || (colon != 2 && colon != 3) || zone.size() != colon + 3) return std::nullopt;
  if (!digits_at(zone.data(), 1, colon - 1, hours) || !digits_at(zone.data(), colon + 1, 2, minutes)) {
    return std::nullopt;
  }
  const int total = static_cast<int>(hours * 60 + minutes);
  return zone[0] == '-' ? -total : total;
}

Result<TextRules> text_rules(const FileSettings& settings, const std::string& task_zone) {
  TextRules out;
  out.backslash_escapes = settings.backslash_escapes;
  const std::string& names = settings.charset;
  // Under SET NAMES binary mydumper and mode dump write the columns' own bytes, and the time zone beside it. Dumpling
  // writes the same line, but reads through a utf8mb4 session, and names no time zone.
  if (names == "binary") {
    out.utf8 = !settings.time_zone;
  } else if (!names.empty() && names != "utf8mb4" && names != "utf8" && names != "utf8mb3") {
    return wrong("its text is in " + names + " (SET NAMES); only utf8mb4, utf8 and binary can be loaded");
  }
  const std::string& zone = settings.time_zone ? *settings.time_zone : task_zone;
  out.zone_minutes = zone_minutes(zone);
  if (settings.time_zone && !out.zone_minutes) {
    return wrong("its TIMESTAMPs are in the time zone " + zone + "; only offsets such as +09:00 can be loaded");
  }
  return out;
}

Result<std::shared_ptr<const RowLayout>> RowLayout::make(const schema::TablePtr& table, const schema::AbiNames& names,
                                                         const InsertHead& head, const TextRules& rules) {
  auto out = std::make_shared<RowLayout>();
  out->rules_ = rules;
  const std::vector<std::string> wanted = listed(*table, head);
  auto info = std::make_shared<schema::TableInfo>(*table);
  info->columns.clear();
  for (const std::string& name : wanted) {
    const schema::ColumnInfo* column = table->find_column(name);
    if (column == nullptr) return wrong("the structure of the table has no column " + name);
    if (column->generated != sql::Generated::No) return wrong("the generated column " + name + " is given a value");
    if (info->find_column(name) != nullptr) return wrong("the column " + name + " is named twice");
    Kind kind;
    kind.kind = full::text_kind(*column);
    kind.timestamp = column->type == sql::ColumnType::Timestamp;
    kind.bit = column->type == sql::ColumnType::Bit;
    kind.geometry = column->type == sql::ColumnType::Geometry;
    kind.own_is_utf8 = is_utf8_charset(column->charset);
    kind.name = column->name;
    kind.type = column->type_text;
    for (size_t i = 0; i < column->members.size(); ++i) {
      const uint64_t value = column->type == sql::ColumnType::Set ? uint64_t{1} << (i & 63) : i + 1;
      kind.members.emplace(column->members[i], value);
    }
    out->kinds_.push_back(std::move(kind));
    info->columns.push_back(*column);
    // What the sink is told of the text that it gets.
    if (rules.utf8 && column->is_character() && !is_utf8_charset(column->charset)) {
      info->columns.back().charset = "utf8mb4";
      info->columns.back().collation.clear();
    }
  }
  info->touch();
  out->abi_ = schema::make_abi_table(std::move(info), names);
  return std::shared_ptr<const RowLayout>(std::move(out));
}

Result<std::vector<size_t>> RowLayout::positions(const InsertHead& head) const {
  std::vector<size_t> out;
  if (!head.has_columns) {
    for (size_t i = 0; i < kinds_.size(); ++i) out.push_back(i);
    return out;
  }
  std::vector<bool> taken(kinds_.size(), false);
  for (const std::string& name : head.columns) {
    const auto found = std::find_if(kinds_.begin(), kinds_.end(),
                                    [&](const Kind& kind) { return sql::equals_ignore_case(kind.name, name); });
    const auto index = static_cast<size_t>(found - kinds_.begin());
    if (found == kinds_.end() || taken[index]) {
      return wrong("the statement names the column " + name + ", the first one of the file does not");
    }
    taken[index] = true;
    out.push_back(index);
  }
  if (out.size() != kinds_.size()) return wrong("the statement names fewer columns than the first one of the file");
  return out;
}

// MySQL prints YYYY-MM-DD hh:mm:ss[.ffffff]; the sink wants it in UTC. The text keeps its length.
bool RowLayout::shift_time(char* text, size_t size, std::string& why) const {
  if (rules_.zone_minutes == 0) return true;
  int64_t year = 0;
  int64_t month = 0;
  int64_t day = 0;
  int64_t hour = 0;
  int64_t minute = 0;
  const bool read = size >= 19 && digits_at(text, 0, 4, year) && digits_at(text, 5, 2, month) &&
                    digits_at(text, 8, 2, day) && digits_at(text, 11, 2, hour) && digits_at(text, 14, 2, minute) &&
                    text[4] == '-' && text[7] == '-' && (text[10] == ' ' || text[10] == 'T') && text[13] == ':';
  if (!read) {
    why = "a TIMESTAMP that is not of the form 2006-01-02 15:04:05";
    return false;
  }
  if (year == 0 && month == 0 && day == 0) return true;  // the zero date has no zone
  if (!rules_.zone_minutes) {
    why = "the file does not say in which time zone its TIMESTAMPs are (Dumpling's files do not)";
    return false;
  }
  const int64_t minutes = (days_of(year, month, day) * 24 + hour) * 60 + minute - *rules_.zone_minutes;
  const int64_t days = (minutes >= 0 ? minutes : minutes - 1439) / 1440;
  const Date date = date_of(days);
  put_digits(text, 0, 4, date.year);
  put_digits(text, 5, 2, date.month);
  put_digits(text, 8, 2, date.day);
  put_digits(text, 11, 2, (minutes - days * 1440) / 60);
  put_digits(text, 14, 2, (minutes - days * 1440) % 60);
  return true;
}

// Members come as names (Dumpling, mydumper) or as numbers (mode dump); the sink gets numbers.
bool RowLayout::member_of(const Kind& kind, const Literal& literal, sluice_value& out, std::string& why) const {
  out.kind = static_cast<uint8_t>(kind.kind);
  const std::string_view text = literal.view();
  if (literal.kind == Literal::Kind::Number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out.v.u);
    if (error == std::errc() && end == text.data() + text.size()) return true;
    why = "no number of a member";
    return false;
  }
  if (text.empty() && kind.members.count("") == 0) return true;  // 0: the empty set, or ENUM's error value
  if (!rules_.utf8 && !kind.own_is_utf8 && !literal.utf8 && !is_ascii(text)) {
    why = "a member of " + kind.type + " in the bytes of another character set than utf8mb4";
    return false;
  }
  if (kind.kind == SLUICE_ENUM) {
    const auto found = kind.members.find(text);
    if (found != kind.members.end()) out.v.u = found->second;
    if (found == kind.members.end()) why = "'" + std::string(text.substr(0, 60)) + "' is no member of " + kind.type;
    return found != kind.members.end();
  }
  for (size_t from = 0; from <= text.size();) {
    const size_t comma = std::min(text.find(',', from), text.size());
    const auto found = kind.members.find(text.substr(from, comma - from));
    if (found == kind.members.end()) {
      why = "'" + std::string(text.substr(from, 60)) + "' is no member of " + kind.type;
      return false;
    }
    out.v.u |= found->second;
    from = comma + 1;
  }
  return true;
}

bool RowLayout::value_of(const Kind& kind, const Literal& literal, sluice_value& out, std::string& why) const {
  using LiteralKind = Literal::Kind;
  out = {};
  out.kind = SLUICE_NULL;
  if (literal.kind == LiteralKind::Null) return true;
  if (literal.size > UINT32_MAX) {
    why = "a value of more than 4 GiB";
    return false;
  }
  if (kind.kind == SLUICE_ENUM || kind.kind == SLUICE_SET) return member_of(kind, literal, out, why);
  out.kind = static_cast<uint8_t>(kind.kind);
  out.size = static_cast<uint32_t>(literal.size);
  out.v.p = literal.data;
  switch (kind.kind) {
    case SLUICE_TEXT:
      if (literal.kind == LiteralKind::Bytes) {
        why = "a binary literal for a " + kind.type;
        return false;
      }
      return !kind.timestamp || shift_time(literal.data, literal.size, why);
    case SLUICE_BYTES:
    case SLUICE_VECTOR:
      if (literal.kind != LiteralKind::Number) return true;
      if (kind.bit) {
        out.kind = SLUICE_BIT;
        out.size = 0;
        const auto [end, error] = std::from_chars(literal.data, literal.data + literal.size, out.v.u);
        if (error == std::errc() && end == literal.data + literal.size) return true;
      }
      if (!kind.bit && !kind.geometry && kind.kind == SLUICE_BYTES) return true;
      why = "a number for a " + kind.type;
      return false;
    default:
      // Text of another character set than the one in which the sink expects it.
      if (!kind.own_is_utf8 && !is_ascii(literal.view())) {
        if (literal.kind == LiteralKind::Bytes && rules_.utf8) {
          why = "a binary literal for text that the column keeps in another character set than utf8mb4";
          return false;
        }
        if (literal.utf8 && !rules_.utf8) {
          why = "utf8mb4 text for a column of another character set, in a file of binary text";
          return false;
        }
      }
      return true;
  }
}

bool RowLayout::decode(char* begin, char* end, const std::vector<size_t>& positions, sluice_value* out,
                       std::string& why, const char*& where) const {
  char* at = begin + 1;
  char* const last = end - 1;  // the closing parenthesis
  const auto skip = [&] {
    while (at < last && is_space(*at)) ++at;
  };
  size_t count = 0;
  skip();
  const bool empty = at == last;
  while (!empty) {
    where = at;
    Literal literal;
    if (!read_literal(at, last, rules_.backslash_escapes, literal, why)) return false;
    if (count < positions.size()) {
      const Kind& kind = kinds_[positions[count]];
      if (!value_of(kind, literal, out[positions[count]], why)) {
        why = "column " + kind.name + ": " + why;
        return false;
      }
    }
    ++count;
    skip();
    if (at == last) break;
    if (*at != ',') {
      where = at;
      why = "a comma is expected behind a value";
      return false;
    }
    ++at;
    skip();
  }
  where = begin;
  if (count == positions.size()) return true;
  why = "the row has " + std::to_string(count) + " values for " + std::to_string(positions.size()) + " columns";
  return false;
}

}  // namespace sluice::units::loader
