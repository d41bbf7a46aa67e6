#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/error.hpp"

namespace sluice::sql {

/// Bits of @@sql_mode that change how text is read (the same numbers in MySQL and MariaDB).
inline constexpr uint64_t kModeAnsiQuotes = 1ULL << 2;
inline constexpr uint64_t kModeAnsi = 1ULL << 18;  ///< the server sets ANSI_QUOTES along with it
inline constexpr uint64_t kModeNoBackslashEscapes = 1ULL << 20;

/// Whose versioned comments are executed: MariaDB passes over `/*!50700 … */` to `/*!99999 … */`, MySQL over `/*M! …
/// */`.
enum class Dialect { MySql, MariaDb };

enum class TokenKind {
  Word,        ///< unquoted identifier or keyword
  Identifier,  ///< quoted by backticks, or by " under ANSI_QUOTES
  String,      ///< '…' or "…"; adjacent literals are separate tokens
  Number,      ///< 12, 1.5, 1e3
  Bits,        ///< 0x1F, x'1F', b'01', 0b01
  Variable,    ///< @name, @@name
  Symbol,      ///< one character of punctuation
  End,         ///< always the last token; empty
};

struct Token {
  TokenKind kind = TokenKind::End;
  size_t offset = 0;    ///< bytes from the start of the text
  size_t length = 0;    ///< bytes of the text it covers
  std::string value;    ///< unquoted and unescaped; for words and symbols the text itself
  bool spaced = false;  ///< white space or a comment stands before it
  int comment = -1;     ///< index into TokenList::comments when inside an executed /*! … */
  std::string hint;     ///< comment before it that is kept in the text: /*T! … */, /*+ … */
};

struct TokenList {
  std::string_view sql;
  std::vector<Token> tokens;          ///< at least the End token
  bool backslash_escapes = true;      ///< not NO_BACKSLASH_ESCAPES
  std::vector<std::string> comments;  ///< opening of each executed comment: "/*!50100", "/*M!100301"
};

/// Splits `sql` (UTF-8, borrowed) into tokens. Plain comments vanish; executed ones yield their content.
/// Stops after `limit` tokens (classification needs only the first ones). Fails with 36067 on an unterminated string,
/// identifier or comment. Linear in the length of the text.
Result<TokenList> tokenize(std::string_view sql, uint64_t sql_mode, Dialect dialect, size_t limit = SIZE_MAX);

/// ASCII case-insensitive comparison, as keywords and column names need it.
bool equals_ignore_case(std::string_view a, std::string_view b);
/// ASCII lower case; other bytes unchanged.
std::string to_lower(std::string_view text);

}  // namespace sluice::sql
