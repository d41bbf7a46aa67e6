#include "core/units/loader/literal.hpp"

#include <algorithm>

#include "core/sql/lexer.hpp"

namespace sluice::units::loader {
namespace {

using sql::equals_ignore_case;

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

void skip_space(char*& at, const char* end) {
  while (at < end && is_space(*at)) ++at;
}

std::string_view word_at(const char* at, const char* end) {
  const char* p = at;
  while (p < end && (is_letter(*p) || is_digit(*p))) ++p;
  return {at, static_cast<size_t>(p - at)};
}

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// What a backslash and this byte stand for in a MySQL string.
char unescaped(char c) {
  switch (c) {
    case '0': return '\0';
    case 'b': return '\b';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'Z': return '\x1a';
    default: return c;
  }
}

/// `at` stands on the opening quote.
bool read_string(char*& at, const char* end, bool backslash_escapes, Literal& out, std::string& why) {
  const char quote = *at++;
  out.kind = Literal::Kind::Text;
  out.data = at;
  char* to = at;
  while (at < end) {
    const char c = *at++;
    if (c == quote) {
      if (at == end || *at != quote) {
        out.size = static_cast<size_t>(to - out.data);
        return true;
      }
      *to++ = *at++;
    } else if (c == '\\' && backslash_escapes) {
      if (at == end) break;
      if (*at == '%' || *at == '_') *to++ = '\\';  // these two keep theirs
      *to++ = unescaped(*at++);
    } else {
      *to++ = c;
    }
  }
  why = "a string without an end";
  return false;
}

/// `digits` of a hexadecimal number, written over the start of `out`. An odd number has a zero before it.
bool read_hex(std::string_view digits, char* out, Literal& literal, std::string& why) {
  literal.kind = Literal::Kind::Bytes;
  literal.data = out;
  size_t size = 0;
  size_t i = 0;
  int high = 0;
  const bool odd = digits.size() % 2 != 0;
  for (; i < digits.size(); ++i) {
    const int digit = hex_digit(digits[i]);
    if (digit < 0) {
      why = "a hexadecimal literal with other digits";
      return false;
    }
    if ((i % 2 == 0) != odd) {
      high = digit;
    } else {
      out[size++] = static_cast<char>(high << 4 | digit);
      high = 0;
    }
  }
  literal.size = size;
  return true;
}

/// The same of a binary number.
bool read_bits(std::string_view digits, char* out, Literal& literal, std::string& why) {
  literal.kind = Literal::Kind::Bytes;
  literal.data = out;
  size_t size = 0;
  int byte = 0;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (digits[i] != '0' && digits[i] != '1') {
      why = "a bit literal with other digits";
      return false;
    }
    byte = byte << 1 | (digits[i] - '0');
    if ((digits.size() - i) % 8 == 1) {
      out[size++] = static_cast<char>(byte);
      byte = 0;
    }
  }
  literal.size = size;
  return true;
}

/// x'…' or b'…'; `at` stands on the letter.
bool read_quoted_digits(char*& at, const char* end, Literal& out, std::string& why) {
  const bool hex = *at == 'x' || *at == 'X';
  char* const first = at + 2;
  char* last = first;
  while (last < end && *last != '\'') ++last;
  if (last == end) {
    why = "a literal without an end";
    return false;
  }
  const std::string_view digits(first, static_cast<size_t>(last - first));
  if (hex && digits.size() % 2 != 0) {
    why = "a hexadecimal literal with an odd number of digits";
    return false;
  }
  at = last + 1;
  return hex ? read_hex(digits, first, out, why) : read_bits(digits, first, out, why);
}

bool read_number(char*& at, const char* end, Literal& out, std::string& why) {
  char* const first = at;
  if (at < end && (*at == '-' || *at == '+')) ++at;
  bool digits = false;
  for (; at < end; ++at) {
    const bool exponent = (*at == 'e' || *at == 'E') && digits;
    if (is_digit(*at)) {
      digits = true;
    } else if (exponent && at + 1 < end && (at[1] == '-' || at[1] == '+')) {
      ++at;
    } else if (*at != '.' && !exponent) {
      break;
    }
  }
  out.kind = Literal::Kind::Number;
  out.data = first;
  out.size = static_cast<size_t>(at - first);
  if (!digits) why = "a number without digits";
  return digits;
}

bool read_convert(char*& at, char* end, bool backslash_escapes, Literal& out, std::string& why) {
  skip_space(at, end);
  if (at == end || *at != '(') {
    why = "CONVERT without parenthesis";
    return false;
  }
  ++at;
  skip_space(at, end);
  if (!read_literal(at, end, backslash_escapes, out, why)) return false;
  skip_space(at, end);
  const std::string_view with = word_at(at, end);
  at += with.size();
  skip_space(at, end);
  const std::string_view charset = word_at(at, end);
  at += charset.size();
  skip_space(at, end);
  const bool utf8 = equals_ignore_case(charset, "utf8mb4") || equals_ignore_case(charset, "utf8");
  if (!equals_ignore_case(with, "USING") || !utf8 || at == end || *at != ')') {
    why = "only CONVERT('text' USING utf8mb4) is understood";
    return false;
  }
  ++at;
  if (out.kind == Literal::Kind::Bytes) out.kind = Literal::Kind::Text;
  out.utf8 = true;
  return true;
}

/// _binary 'x', _utf8mb4'x', _binary 0x00
bool read_introduced(std::string_view introducer, char*& at, char* end, bool backslash_escapes, Literal& out,
                     std::string& why) {
  skip_space(at, end);
  if (!read_literal(at, end, backslash_escapes, out, why)) return false;
  if (out.kind == Literal::Kind::Null || out.kind == Literal::Kind::Number) {
    why = "an introducer without a string";
    return false;
  }
  if (equals_ignore_case(introducer, "_binary")) {
    out.kind = Literal::Kind::Bytes;
    return true;
  }
  if (equals_ignore_case(introducer, "_utf8mb4") || equals_ignore_case(introducer, "_utf8") ||
      equals_ignore_case(introducer, "_utf8mb3")) {
    out.kind = Literal::Kind::Text;
    out.utf8 = true;
    return true;
  }
  why = "the introducer " + std::string(introducer) + " is not understood";
  return false;
}

}  // namespace

// NOLINTNEXTLINE(misc-no-recursion): CONVERT and introducers hold one literal; the depth is bounded below.
bool read_literal(char*& at, char* end, bool backslash_escapes, Literal& out, std::string& why) {
  if (at >= end) {
    why = "a value is missing";
    return false;
  }
  const char c = *at;
  if (c == '\'' || c == '"') return read_string(at, end, backslash_escapes, out, why);
  if (c == '0' && end - at > 2 && (at[1] == 'x' || at[1] == 'b')) {
    const std::string_view word = word_at(at, end);
    char* const first = at;
    at += word.size();
    return word[1] == 'x' ? read_hex(word.substr(2), first, out, why) : read_bits(word.substr(2), first, out, why);
  }
  if (is_digit(c) || c == '-' || c == '+' || c == '.') return read_number(at, end, out, why);
  if (end - at > 1 && at[1] == '\'' && (c == 'x' || c == 'X' || c == 'b' || c == 'B')) {
    return read_quoted_digits(at, end, out, why);
  }
  const std::string_view word = word_at(at, end);
  if (equals_ignore_case(word, "NULL")) {
    at += word.size();
    out.kind = Literal::Kind::Null;
    return true;
  }
  const bool nested = out.utf8;  // set by those that hold a literal, so that none holds another one
  if (!nested && word.size() > 1 && word.front() == '_') {
    at += word.size();
    out.utf8 = true;
    const bool read = read_introduced(word, at, end, backslash_escapes, out, why);
    if (out.kind == Literal::Kind::Bytes) out.utf8 = false;
    return read;
  }
  if (!nested && equals_ignore_case(word, "CONVERT")) {
    at += word.size();
    out.utf8 = true;
    return read_convert(at, end, backslash_escapes, out, why);
  }
  why = "the value " + std::string(at, std::min<size_t>(static_cast<size_t>(end - at), 40)) +
        " is no literal that can be loaded";
  return false;
}

}  // namespace sluice::units::loader
