#pragma once

#include <random>
#include <string>
#include <vector>

namespace sluice::test {

/// Random expressions over the columns of oracle_test.cpp. Most fit the types, some do not; parentheses are left out
/// now and then, so that precedence is compared, too.
class Generator {
 public:
  /// `mariadb`: without what MariaDB does otherwise than MySQL and TiDB: it rounds exact quotients where it compares
  /// them, though not in IN. Else without what MySQL 5.6 does wrong: BETWEEN and IN that mix signed and unsigned
  /// integers, <=> of dates with NULL, and `!!`.
  Generator(uint64_t seed, bool mariadb) : engine_(seed), mariadb_(mariadb) {}

  std::string truth(int depth) {
    switch (below(depth > 0 ? 16 : 8)) {
      case 0: return wrap(number(depth) + comparison() + number(depth));
      case 1: return wrap(text_column() + comparison() + text());
      case 2: return wrap(text_column() + maybe_not() + " LIKE " + pattern());
      case 3: return wrap(moment(depth));
      case 4:
        return wrap(signed_number(depth) + maybe_not() + " IN (" + signed_number(0) + ", " + signed_number(0) + ", " +
                    signed_number(0) + ")");
      case 5: return wrap(text_column() + maybe_not() + " IN (" + text() + ", " + text() + maybe(", NULL") + ")");
      case 6: return wrap(any(depth) + " IS" + maybe(" NOT") + " NULL");
      case 7:
        return wrap(signed_number(depth) + maybe_not() + " BETWEEN " + signed_number(0) + " AND " + signed_number(0));
      case 8: return wrap(truth(depth - 1) + one_of({" AND ", " && "}) + truth(depth - 1));
      case 9: return wrap(truth(depth - 1) + one_of({" OR ", " || "}) + truth(depth - 1));
      case 10: return wrap(truth(depth - 1) + " XOR " + truth(depth - 1));
      case 11: return wrap("NOT " + truth(depth - 1));
      case 12: return wrap((mariadb_ ? "!" : "NOT ") + truth(depth - 1));
      case 13: return wrap(truth(depth - 1) + " IS" + maybe(" NOT") + one_of({" TRUE", " FALSE", " UNKNOWN"}));
      case 14: return wrap(truth(depth - 1) + comparison() + truth(depth - 1));
      default: return wrap(text_column() + maybe_not() + " BETWEEN " + text() + " AND " + text());
    }
  }

 private:
  size_t below(size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(engine_); }
  std::string one_of(std::initializer_list<const char*> list) { return *(list.begin() + below(list.size())); }
  std::string maybe(const char* text) { return below(3) == 0 ? text : ""; }
  std::string maybe_not() { return maybe(" NOT"); }
  std::string wrap(const std::string& text) { return below(6) == 0 ? text : "(" + text + ")"; }
  std::string comparison() {
    return " " + one_of({"=", mariadb_ ? "<=>" : "=", "<>", "!=", "<", "<=", ">", ">="}) + " ";
  }

  std::string literal() {
    switch (below(8)) {
      case 0: return std::to_string(below(4));
      case 1: return std::to_string(below(300));
      case 2: return one_of({"9223372036854775807", "9223372036854775808", "18446744073709551615", "4294967296"});
      case 3: return one_of({"1.5", "0.10", "123.456", ".5", "100.", "99999999.99", "0.000001", "2.50"});
      case 4: return one_of({"1e0", "1.5e2", "25e-2", "1E10"});
      case 5: return one_of({"0x10", "X'FF'", "b'101'", "0b11"});
      case 6: return one_of({"TRUE", "FALSE", "NULL"});
      default: return "-" + std::to_string(below(50));
    }
  }

  std::string column() {
    return one_of({"i", "u", "b", "`ti`", "d", "e", "f", "g", "(y + 0)", "bi", "i", "d", "ti", "I"});
  }

  std::string number(int depth) {
    switch (below(depth > 0 ? 12 : 4)) {
      case 0:
      case 1:
      case 2: return column();
      case 3: return literal();
      case 4: return wrap(number(depth - 1) + one_of({" + ", " - ", "*"}) + number(depth - 1));
      // MariaDB has a DECIMAL -0.00, which is not equal to its 0.00; a sum is never one.
      case 5:
        return wrap("0 + " + number(depth - 1) + one_of({mariadb_ ? " / 1e0 / " : " / ", " DIV ", " % ", " MOD "}) +
                    number(depth - 1));
      case 6: return wrap("- " + column());
      case 7: return one_of({"ABS(", "IFNULL(NULL, ", "COALESCE("}) + number(depth - 1) + ")";
      case 8: return "(MOD(" + number(depth - 1) + ", " + number(depth - 1) + ") + 0)";
      case 9: return one_of({"LENGTH(", "CHAR_LENGTH("}) + text_column() + ")";
      case 10:
        return one_of({"YEAR(`day`)", "MONTH(`day`)", "DAY(`day`)", "HOUR(`at`)", "MINUTE(`at`)", "SECOND(`at`)",
                       "YEAR(`at`)", "HOUR(t)", "MINUTE(t)", "SECOND(t)", "DAYOFMONTH(`at`)"});
      default: return "IFNULL(" + column() + ", " + number(depth - 1) + ")";
    }
  }

  std::string signed_number(int depth) {
    if (mariadb_) return number(depth);
    return one_of({"d", "e", "g", "f", "1.5", "100.00", "(0 + d / i)", "(0 + e / d)", "0.0", "(0 + i / ti)"});
  }

  std::string text_column() {
    return one_of({"s", "s", "c", "c", "l", "un", "v", "x", "LOWER(c)", "UPPER(s)", "IFNULL(s, 'none')", "BINARY c",
                   "c COLLATE utf8mb4_bin", "COALESCE(c, 'x', 'y')", "`S`"});
  }
  std::string text() {
    return one_of({"'abc'",   "'ABC'",    "'abc '",       "'ab'",     "''",      "' '",   "'B'",
                   "'Zoo'",   "'a_c'",    "'long value'", "\"it's\"", "'it''s'", "'été'", "'日本'",
                   "'a\\tb'", "'a\\\\b'", "x'616263'",    "'zoo'",    "'Été'",   "'ss'",  "'ÿ'"});
  }
  std::string pattern() {
    return one_of({"'a%'", "'%c'", "'%b%'", "'_bc'", "'A__'", "'%'", "''", "'a\\_c'", "'a|_c' ESCAPE '|'", "'%%o'",
                   "'_'", "'__'", "'é%'", "'%本'", "'a%c%'", "'abc '", "'100\\%'", "'%\\\\\\\\%'", "'E%'"});
  }
  std::string moment(int depth) {
    const std::string date =
        one_of({"'2024-02-29'", "'2020-01-01'", "'1999-12-31'", "DATE '2024-03-01'", "'0000-00-00'"});
    const std::string stamp = one_of({"'2024-02-29 12:30:00'", "'2020-01-01 00:00:00.5'", "'2024-02-29'",
                                      "TIMESTAMP '2024-02-29 12:30:00.250'", "`day`"});
    const std::string time = one_of({"'12:30:00'", "'-01:00:00'", "'100:00:00.25'", "TIME '00:00:00'"});
    switch (below(7)) {
      case 0: return "`day`" + comparison() + date;
      case 1: return "`at`" + comparison() + stamp;
      case 2: return "t" + comparison() + time;
      case 3: return "DATE(`at`)" + comparison() + "`day`";
      case 4: return "`day`" + maybe_not() + " BETWEEN " + date + " AND " + date;
      case 5: return "`at`" + maybe_not() + " IN (" + stamp + ", " + stamp + ")";
      default: return depth > 0 ? "y" + comparison() + std::to_string(1990 + below(40)) : "t" + comparison() + "t";
    }
  }
  std::string any(int depth) {
    return below(2) == 0 ? number(depth) : one_of({"s", "c", "v", "x", "`day`", "`at`", "t", "y", "j", "z"});
  }

  std::mt19937_64 engine_;
  bool mariadb_;
};

}  // namespace sluice::test
