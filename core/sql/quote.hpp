#pragma once

#include <string>
#include <string_view>

namespace sluice::sql {

/// `name` in backticks, inner backticks doubled.
std::string quote_identifier(std::string_view name);
/// `schema`.`table`; only the table when `schema` is empty.
std::string quote_table(std::string_view schema, std::string_view table);
/// 'text' for a session without NO_BACKSLASH_ESCAPES: quotes, backslash and control bytes escaped by backslash. With
/// `no_backslash_escapes` only quotes are doubled.
std::string quote_string(std::string_view text, bool no_backslash_escapes = false);

}  // namespace sluice::sql
