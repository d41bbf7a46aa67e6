#include "moment.hpp"

#include "sluice/plugin/values.hpp"

namespace expression {
namespace {

using sluice::plugin::CivilTime;

/// Reads fixed forms from the front of a text.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}
  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }
  bool accept(char c) {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char c) { ok_ = accept(c) && ok_; }
  /// Between `least` and `most` digits.
  uint32_t digits(size_t least, size_t most) {
    uint32_t out = 0;
    size_t count = 0;
    while (count < most && !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9') {
      out = out * 10 + static_cast<uint32_t>(rest_[0] - '0');
      rest_.remove_prefix(1);
      ++count;
    }
    if (count < least) ok_ = false;
    return out;
  }
  /// ".5" in microseconds.
  uint32_t fraction() {
    if (!accept('.')) return 0;
    const size_t before = rest_.size();
    uint32_t out = digits(1, 6);
    for (size_t count = before - rest_.size(); count < 6; ++count) out *= 10;
    return out;
  }
  void require(bool valid) { ok_ = ok_ && valid; }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

uint32_t days_of_month(uint32_t year, uint32_t month) {
  constexpr uint32_t kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : kDays[month - 1];
}

void read_date(Reader& reader, CivilTime& out) {
  out.year = reader.digits(4, 4);
  reader.expect('-');
  out.month = reader.digits(2, 2);
  reader.expect('-');
  out.day = reader.digits(2, 2);
  const bool zero = out.year == 0 && out.month == 0 && out.day == 0;
  if (!reader.ok() || zero) return;
  reader.require(out.year > 0 && out.month >= 1 && out.month <= 12);
  if (reader.ok()) reader.require(out.day >= 1 && out.day <= days_of_month(out.year, out.month));
}

void read_clock(Reader& reader, CivilTime& out) {
  out.hour = reader.digits(2, 2);
  reader.expect(':');
  out.minute = reader.digits(2, 2);
  reader.expect(':');
  out.second = reader.digits(2, 2);
  out.microsecond = reader.fraction();
  reader.require(out.hour < 24 && out.minute < 60 && out.second < 60);
}

/// Days since 1970-01-01 (Howard Hinnant's algorithm, proleptic Gregorian).
int64_t day_number(const CivilTime& time) {
  const int64_t year = static_cast<int64_t>(time.year) - (time.month <= 2 ? 1 : 0);
  const int64_t era = year / 400;
  const int64_t yoe = year - era * 400;
  const int64_t doy = (153 * ((static_cast<int64_t>(time.month) + 9) % 12) + 2) / 5 + time.day - 1;
  return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

}  // namespace

std::optional<DateLiteral> parse_date(std::string_view text) {
  Reader reader(text);
  CivilTime time{};
  DateLiteral out;
  read_date(reader, time);
  if (reader.ok() && reader.accept(' ')) {
    read_clock(reader, time);
    out.has_time = true;
  }
  if (!reader.ok() || !reader.at_end()) return std::nullopt;
  out.packed = static_cast<int64_t>(time.pack());
  return out;
}

std::optional<int64_t> parse_time(std::string_view text) {
  Reader reader(text);
  const bool negative = reader.accept('-');
  const int64_t hour = reader.digits(2, 3);
  reader.expect(':');
  const int64_t minute = reader.digits(2, 2);
  reader.expect(':');
  const int64_t second = reader.digits(2, 2);
  const int64_t fraction = reader.fraction();
  reader.require(hour <= 838 && minute < 60 && second < 60);
  if (!reader.ok() || !reader.at_end()) return std::nullopt;
  const int64_t size = ((hour * 60 + minute) * 60 + second) * 1000000 + fraction;
  return negative ? -size : size;
}

std::optional<int64_t> parse_instant(std::string_view text) {
  Reader reader(text);
  CivilTime time{};
  read_date(reader, time);
  reader.expect(' ');
  read_clock(reader, time);
  const bool behind = reader.accept('-');
  if (!behind) reader.expect('+');
  const int64_t hours = reader.digits(2, 2);
  reader.expect(':');
  const int64_t minutes = reader.digits(2, 2);
  reader.require(hours <= 14 && minutes < 60 && time.year > 0);
  if (!reader.ok() || !reader.at_end()) return std::nullopt;
  const int64_t offset = (hours * 60 + minutes) * 60;
  const int64_t seconds =
      day_number(time) * 86400 + (time.hour * 60 + time.minute) * 60 + time.second + (behind ? offset : -offset);
  return seconds * 1000000 + time.microsecond;
}

}  // namespace expression
