#pragma once

#include <string>
#include <string_view>

/// Names and literals of MySQL's SQL.
namespace sluice::mysql {

/// `name` in backticks, backticks inside doubled.
void append_name(std::string& out, std::string_view name);
std::string quoted_name(std::string_view name);
/// `schema`.`table`
std::string quoted_name(std::string_view schema, std::string_view table);

/// A quoted string of raw bytes. `backslash` is false in sessions with NO_BACKSLASH_ESCAPES.
void append_string(std::string& out, std::string_view bytes, bool backslash);
std::string quoted_string(std::string_view bytes, bool backslash);
/// 0x...; the caller takes care of the empty string, for which MySQL has no such form.
void append_hex(std::string& out, std::string_view bytes);

/// How a string of a character set is written in a session that talks utf8mb4.
enum class TextForm : unsigned char {
  kPlain,       ///< '...': the bytes are utf8mb4 already
  kIntroducer,  ///< _latin1'...': single-byte sets and binary, in which a quote is a quote
  kHex,         ///< _gbk 0x...: sets whose characters may contain the bytes of a quote or a backslash
};
TextForm text_form(std::string_view charset);
/// "_gbk"; throws Failure when the name is not one (only letters, digits and _ are let into a statement).
std::string introducer(std::string_view charset);

}  // namespace sluice::mysql
