#include "lexer.hpp"

#include <algorithm>
#include <array>

#include "sluice/plugin/failure.hpp"
#include "syntax.hpp"

namespace expression {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_name(char c) {
  return is_letter(c) || is_digit(c) || c == '_' || c == '$' || static_cast<unsigned char>(c) >= 0x80;
}
int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  const char low = static_cast<char>(c | 0x20);
  return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  std::vector<Token> read() {
    std::vector<Token> out;
    for (;;) {
      while (at_ < text_.size() && is_space(text_[at_])) ++at_;
      Token token;
      token.place = at_;
      if (at_ < text_.size()) next(token);
      out.push_back(std::move(token));
      if (out.back().kind == TokenKind::End) return out;
    }
  }

 private:
  char peek(size_t ahead) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  void next(Token& token) {
    const char c = text_[at_];
    if (c == '\'' || c == '"') return string(token, c);
    if (c == '`') return quoted_name(token);
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number(token);
    if ((c == 'x' || c == 'X') && peek(1) == '\'') return hex(token, 2, '\'');
    if ((c == 'b' || c == 'B') && peek(1) == '\'') return bits(token, 2, '\'');
    if (is_name(c)) return word(token);
    symbol(token);
  }

  void word(Token& token) {
    const size_t begin = at_;
    while (at_ < text_.size() && is_name(text_[at_])) ++at_;
    token.kind = TokenKind::Word;
    token.text = text_.substr(begin, at_ - begin);
    token.upper = upper(token.text);
  }

  void quoted_name(Token& token) {
    token.kind = TokenKind::QuotedName;
    for (++at_;; ++at_) {
      if (at_ >= text_.size()) refuse_at(text_, token.place, "the name that begins with ` is not closed");
      if (text_[at_] == '`') {
        if (peek(1) != '`') break;
        ++at_;
      }
      token.text += text_[at_];
    }
    ++at_;
    if (token.text.empty()) refuse_at(text_, token.place, "the name is empty");
  }

  void string(Token& token, char quote) {
    token.kind = TokenKind::String;
    for (++at_;; ++at_) {
      if (at_ >= text_.size()) refuse_at(text_, token.place, "the text is not closed");
      char c = text_[at_];
      if (c == quote) {
        if (peek(1) != quote) break;
        ++at_;
      } else if (c == '\\') {
        if (++at_ >= text_.size()) refuse_at(text_, token.place, "the text is not closed");
        c = text_[at_];
        if (c == '%' || c == '_') token.text += '\\';  // only LIKE knows what they mean
        c = escaped(c);
      }
      token.text += c;
    }
    ++at_;
  }

  static char escaped(char c) {
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

  void number(Token& token) {
    if (text_[at_] == '0' && peek(1) == 'x' && hex_digit(peek(2)) >= 0) return hex(token, 2, '\0');
    if (text_[at_] == '0' && peek(1) == 'b' && (peek(2) == '0' || peek(2) == '1')) return bits(token, 2, '\0');
    const size_t begin = at_;
    token.kind = TokenKind::Exact;
    while (is_digit(peek(0))) ++at_;
    if (peek(0) == '.') {
      ++at_;
      while (is_digit(peek(0))) ++at_;
    }
    const size_t sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
    if ((peek(0) == 'e' || peek(0) == 'E') && is_digit(peek(1 + sign))) {
      token.kind = TokenKind::Real;
      at_ += 2 + sign;
      while (is_digit(peek(0))) ++at_;
    }
    if (at_ < text_.size() && is_name(text_[at_])) {
      refuse_at(text_, begin, "the number is followed by a letter without a space",
                "write a column whose name begins with a digit in backquotes");
    }
    token.text = text_.substr(begin, at_ - begin);
  }

  void hex(Token& token, size_t skip, char end) {
    token.kind = TokenKind::Hex;
    std::vector<int> digits;
    for (at_ += skip; hex_digit(peek(0)) >= 0; ++at_) digits.push_back(hex_digit(text_[at_]));
    close(token, end);
    if (digits.size() % 2 != 0) {
      if (end != '\0') refuse_at(text_, token.place, "X'...' needs an even number of digits");
      digits.insert(digits.begin(), 0);
    }
    for (size_t i = 0; i < digits.size(); i += 2) token.text += static_cast<char>(digits[i] * 16 + digits[i + 1]);
  }

  void bits(Token& token, size_t skip, char end) {
    token.kind = TokenKind::Hex;
    std::string digits;
    for (at_ += skip; peek(0) == '0' || peek(0) == '1'; ++at_) digits += text_[at_];
    close(token, end);
    digits.insert(0, (8 - digits.size() % 8) % 8, '0');
    for (size_t i = 0; i < digits.size(); i += 8) {
      int byte = 0;
      for (size_t k = 0; k < 8; ++k) byte = byte * 2 + (digits[i + k] - '0');
      token.text += static_cast<char>(byte);
    }
  }

  void close(const Token& token, char end) {
    if (end != '\0' && peek(0) != end) refuse_at(text_, token.place, "the literal has a wrong digit or is not closed");
    if (end != '\0') ++at_;
    if (at_ < text_.size() && is_name(text_[at_])) refuse_at(text_, token.place, "the literal has a wrong digit");
  }

  void symbol(Token& token) {
    static constexpr std::array<std::string_view, 9> kLong = {"<=>", "<=", ">=", "<>", "!=", "&&", "||", "/*", ":="};
    token.kind = TokenKind::Symbol;
    if (text_[at_] == '-' && peek(1) == '-' && (peek(2) == '\0' || is_space(peek(2)))) {
      refuse_at(text_, at_, "comments are not read");
    }
    for (const std::string_view symbol : kLong) {
      if (text_.substr(at_, symbol.size()) != symbol) continue;
      if (symbol == "/*") refuse_at(text_, at_, "comments are not read");
      token.text = symbol;
      at_ += symbol.size();
      return;
    }
    if (std::string_view("=<>+-*/%(),!.").find(text_[at_]) == std::string_view::npos) {
      const bool printable = text_[at_] > ' ' && text_[at_] < 0x7F;
      refuse_at(text_, at_, printable ? std::string("`") + text_[at_] + "` is not understood here" : "a control byte");
    }
    token.text = text_[at_++];
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

std::vector<Token> tokens_of(std::string_view text) { return Lexer(text).read(); }

void refuse_at(std::string_view expression, size_t place, const std::string& what, const std::string& remedy) {
  auto failure =
      sluice::plugin::Failure(20041, "config", "internal", "high", what + ", " + place_text(expression, place));
  if (remedy.empty()) throw failure;
  throw std::move(failure).workaround(remedy);
}

std::string place_text(std::string_view expression, size_t place) {
  place = std::min(place, expression.size());
  const auto starts = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };
  const auto before =
      std::count_if(expression.begin(), expression.begin() + static_cast<std::ptrdiff_t>(place), starts);
  std::string out = "at character " + std::to_string(before + 1);
  if (place == expression.size()) return out + ", at its end";
  constexpr size_t kShown = 24;
  std::string_view near = expression.substr(place);
  size_t end = std::min(near.size(), kShown);
  while (end < near.size() && !starts(near[end])) ++end;
  out += ", near `" + std::string(near.substr(0, end)) + (end < near.size() ? "…" : "") + "`";
  return out;
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return out;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

}  // namespace expression
