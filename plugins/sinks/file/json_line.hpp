#pragma once

#include <string>
#include <string_view>

#include "sluice/abi/row.h"
#include "sluice/plugin/sink.hpp"

/// The lines of the data files; the README describes them. Each ends with a newline and holds no other.
namespace sluice::file_sink {

/// {"op":"insert",...} of a row change. Throws Failure for a value kind that is not known.
void append_row_line(std::string& out, const sluice_table& table, const sluice_row& row);
/// {"op":"load",...} of a row of a chunk.
void append_load_line(std::string& out, const sluice_table& table, const sluice_value* row);
/// {"op":"ddl",...}
void append_ddl_line(std::string& out, const plugin::Statement& statement);

}  // namespace sluice::file_sink
