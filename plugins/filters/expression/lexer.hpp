#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace expression {

enum class TokenKind { End, Word, QuotedName, Exact, Real, String, Hex, Symbol };

struct Token {
  TokenKind kind = TokenKind::End;
  size_t place = 0;
  std::string text;   ///< a word as written, names and strings without quotes, the bytes of a hex literal
  std::string upper;  ///< of a word
};

/// Splits an expression; the last token is End. Throws Failure 20041.
std::vector<Token> tokens_of(std::string_view text);

/// Throws Failure 20041: "<what>, <place>".
[[noreturn]] void refuse_at(std::string_view expression, size_t place, const std::string& what,
                            const std::string& remedy = {});

/// ASCII letters only.
std::string upper(std::string_view text);
std::string lower(std::string_view text);

}  // namespace expression
