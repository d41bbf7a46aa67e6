#pragma once

#include <string>

#include "core/model/error.hpp"
#include "core/sql/lexer.hpp"

namespace sluice::units::loader {

/// The first CREATE statement of a file's text, without its semicolon; "" when there is none, and for a view. The
/// message of the error says what cannot be read.
Result<std::string> create_statement(const std::string& text, sql::Dialect dialect);

/// The content of a file of structures. 34019 when it cannot be read.
Result<std::string> read_small_file(const std::string& path);

}  // namespace sluice::units::loader
