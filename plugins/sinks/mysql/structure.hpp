#pragma once

#include <string>
#include <string_view>

#include "connection.hpp"
#include "table_plan.hpp"

namespace sluice::mysql {

/// Columns and unique keys of a table of the target. Throws a Failure with native 1146 when it does not exist.
TargetTable read_target_table(Connection& connection, std::string_view schema, std::string_view table);
/// The CREATE TABLE text; "" when it does not exist.
std::string read_create_table(Connection& connection, std::string_view schema, std::string_view table);
/// Its changes can be rolled back.
bool is_transactional(Connection& connection, std::string_view schema, std::string_view table);
bool table_has_rows(Connection& connection, std::string_view schema, std::string_view table);

}  // namespace sluice::mysql
