#include "core/sql/lexer.hpp"

#include <algorithm>
#include <utility>

namespace sluice::sql {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
/// Every byte of a multi-byte character may be part of an identifier.
bool is_name_char(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}

class Lexer {
 public:
  Lexer(std::string_view sql, uint64_t mode, Dialect dialect)
      : sql_(sql),
        ansi_quotes_((mode & (kModeAnsiQuotes | kModeAnsi)) != 0),
        backslash_((mode & kModeNoBackslashEscapes) == 0),
        dialect_(dialect) {
    out_.sql = sql;
    out_.backslash_escapes = backslash_;
  }

  Result<TokenList> run(size_t limit) {
    while (out_.tokens.size() < limit && skip_blank()) next();
    if (!problem_.empty()) return failure();
    if (comment_ >= 0 && at_ >= sql_.size()) {
      at_ = comment_start_;
      problem_ = "a comment is not closed";
      return failure();
    }
    start_token(TokenKind::End);
    return std::move(out_);
  }

 private:
  char peek(size_t ahead = 0) const { return at_ + ahead < sql_.size() ? sql_[at_ + ahead] : '\0'; }
  bool starts(std::string_view text) const { return sql_.substr(at_, text.size()) == text; }

  Error failure() const {
    return make_error(36067, "the SQL text cannot be read: " + problem_ + " (byte " + std::to_string(at_) + ")");
  }

  /// Moves past white space and comments; false at the end or on an error.
  bool skip_blank() {
    while (problem_.empty() && at_ < sql_.size()) {
      const char c = sql_[at_];
      if (is_space(c) || c == '\0') {
        ++at_;
      } else if (c == '#' ||
                 (starts("--") && (at_ + 2 >= sql_.size() || is_space(sql_[at_ + 2]) || sql_[at_ + 2] == '\0'))) {
        at_ = std::min(sql_.find('\n', at_), sql_.size());
      } else if (starts("/*")) {
        open_comment();
      } else if (comment_ >= 0 && starts("*/")) {
        at_ += 2;
        comment_ = -1;
      } else {
        return true;
      }
      spaced_ = true;
    }
    return false;
  }

  /// Passes over a comment, or enters an executed one.
  void open_comment() {
    const bool kept = starts("/*T!") || starts("/*+");
    const bool mariadb_only = starts("/*M!");
    if ((starts("/*!") || mariadb_only) && comment_ < 0) {
      size_t end = at_ + (mariadb_only ? 4 : 3);
      const size_t digits = end;
      uint32_t version = 0;
      while (end < sql_.size() && is_digit(sql_[end]) && end - digits < 6) {
        version = version * 10 + static_cast<uint32_t>(sql_[end++] - '0');
      }
      if (executed(mariadb_only, version)) {
        comment_start_ = at_;
        comment_ = static_cast<int>(out_.comments.size());
        out_.comments.emplace_back(sql_.substr(at_, end - at_));
        at_ = end;
        return;
      }
    }
    const size_t close = sql_.find("*/", at_ + 2);
    if (close == std::string_view::npos) {
      problem_ = "a comment is not closed";
      return;
    }
    if (kept) hint_ += std::string(sql_.substr(at_, close + 2 - at_)) + " ";
    at_ = close + 2;
  }

  bool executed(bool mariadb_only, uint32_t version) const {
    if (mariadb_only && dialect_ == Dialect::MySql) return false;
    // MariaDB's "sandbox" marker of dumps carries 999999: newer than any server.
    if (version >= 200000) return false;
    if (dialect_ == Dialect::MariaDb && !mariadb_only) return version < 50700 || version > 99999;
    return true;
  }

  Token& start_token(TokenKind kind) {
    Token token;
    token.kind = kind;
    token.offset = at_;
    token.spaced = spaced_;
    token.comment = comment_;
    token.hint = std::exchange(hint_, {});
    spaced_ = false;
    out_.tokens.push_back(std::move(token));
    return out_.tokens.back();
  }
  void finish(Token& token) {
    token.length = at_ - token.offset;
    if (token.value.empty() && token.kind != TokenKind::String && token.kind != TokenKind::Identifier) {
      token.value = std::string(sql_.substr(token.offset, token.length));
    }
  }

  void next() {
    const char c = peek();
    if (c == '`') return quoted(TokenKind::Identifier);
    if (c == '"') return quoted(ansi_quotes_ ? TokenKind::Identifier : TokenKind::String);
    if (c == '\'') return quoted(TokenKind::String);
    if ((c == 'x' || c == 'X' || c == 'b' || c == 'B') && peek(1) == '\'') return bit_string();
    if (c == '@') return variable();
    if (after_dot() && is_name_char(c)) return word();
    if (is_digit(c) || (c == '.' && is_digit(peek(1)) && !after_name())) return number();
    if (is_name_char(c)) return word();
    Token& token = start_token(TokenKind::Symbol);
    ++at_;
    finish(token);
  }

  bool after_dot() const {
    return !spaced_ && !out_.tokens.empty() && out_.tokens.back().kind == TokenKind::Symbol &&
           out_.tokens.back().value == ".";
  }
  bool after_name() const {
    return !spaced_ && !out_.tokens.empty() &&
           (out_.tokens.back().kind == TokenKind::Word || out_.tokens.back().kind == TokenKind::Identifier);
  }

  void word() {
    Token& token = start_token(TokenKind::Word);
    while (at_ < sql_.size() && is_name_char(sql_[at_])) ++at_;
    finish(token);
  }

  void quoted(TokenKind kind) {
    const char quote = peek();
    Token& token = start_token(kind);
    const bool escapes = kind == TokenKind::String && backslash_;
    for (++at_; at_ < sql_.size(); ++at_) {
      const char c = sql_[at_];
      if (c == quote) {
        if (peek(1) != quote) {
          ++at_;
          return finish(token);
        }
        ++at_;
        token.value += quote;
      } else if (escapes && c == '\\' && at_ + 1 < sql_.size()) {
        token.value += unescape(sql_[++at_]);
      } else {
        token.value += c;
      }
    }
    at_ = token.offset;
    problem_ = kind == TokenKind::String ? "a string is not closed" : "a quoted identifier is not closed";
  }

  static std::string unescape(char c) {
    switch (c) {
      case '0': return std::string(1, '\0');
      case 'b': return "\b";
      case 'n': return "\n";
      case 'r': return "\r";
      case 't': return "\t";
      case 'Z': return "\x1a";
      case '%': return "\\%";
      case '_': return "\\_";
      default: return std::string(1, c);
    }
  }

  void bit_string() {
    Token& token = start_token(TokenKind::Bits);
    const size_t close = sql_.find('\'', at_ + 2);
    if (close == std::string_view::npos) {
      problem_ = "a bit string is not closed";
      return;
    }
    at_ = close + 1;
    finish(token);
  }

  void variable() {
    Token& token = start_token(TokenKind::Variable);
    while (peek() == '@') ++at_;
    const char c = peek();
    if (c == '`' || c == '\'' || c == '"') {
      const size_t close = sql_.find(c, at_ + 1);
      if (close == std::string_view::npos) {
        problem_ = "a quoted name is not closed";
        return;
      }
      at_ = close + 1;
    } else {
      while (at_ < sql_.size() && (is_name_char(sql_[at_]) || sql_[at_] == '.')) ++at_;
    }
    finish(token);
  }

  /// A run of name characters that starts with a digit is a number only when all of it is one: `1a` is a name.
  void number() {
    Token& token = start_token(TokenKind::Number);
    size_t end = at_;
    if (sql_[end] == '0' && end + 2 < sql_.size() && (sql_[end + 1] == 'x' || sql_[end + 1] == 'b')) {
      end += 2;
      while (end < sql_.size() && is_hex(sql_[end])) ++end;
      if (end > at_ + 2 && (end == sql_.size() || !is_name_char(sql_[end]))) {
        token.kind = TokenKind::Bits;
        at_ = end;
        return finish(token);
      }
      end = at_;
    }
    while (end < sql_.size() && is_digit(sql_[end])) ++end;
    const bool fraction = end < sql_.size() && sql_[end] == '.';
    if (fraction) {
      ++end;
      while (end < sql_.size() && is_digit(sql_[end])) ++end;
    }
    if (end < sql_.size() && (sql_[end] == 'e' || sql_[end] == 'E')) {
      size_t exponent = end + 1;
      if (exponent < sql_.size() && (sql_[exponent] == '+' || sql_[exponent] == '-')) ++exponent;
      const size_t digits = exponent;
      while (exponent < sql_.size() && is_digit(sql_[exponent])) ++exponent;
      if (exponent > digits && (exponent == sql_.size() || !is_name_char(sql_[exponent]))) end = exponent;
    }
    if (!fraction && end < sql_.size() && is_name_char(sql_[end])) {
      while (end < sql_.size() && is_name_char(sql_[end])) ++end;
      token.kind = TokenKind::Word;
    }
    at_ = end;
    finish(token);
  }

  std::string_view sql_;
  bool ansi_quotes_;
  bool backslash_;
  Dialect dialect_;
  TokenList out_;
  size_t at_ = 0;
  bool spaced_ = false;
  std::string hint_;
  int comment_ = -1;
  size_t comment_start_ = 0;
  std::string problem_;
};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

Result<TokenList> tokenize(std::string_view sql, uint64_t sql_mode, Dialect dialect, size_t limit) {
  return Lexer(sql, sql_mode, dialect).run(limit);
}

bool equals_ignore_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string to_lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

}  // namespace sluice::sql
