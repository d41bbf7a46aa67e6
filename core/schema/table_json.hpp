#pragma once

#include <string>
#include <string_view>

#include "core/model/error.hpp"
#include "core/schema/table_info.hpp"

namespace sluice::schema {

/// The structure as checkpoints keep it in `table_info`: {"version":1,"create_sql":"CREATE TABLE …"}. Reading it back
/// gives an equal structure.
std::string to_json(const TableInfo& table);

/// Null for "null", "" and {} (a row without structure). 44009 for anything else that is not ours, such as the
/// structure format of DM itself.
Result<TablePtr> table_from_json(std::string_view json);

}  // namespace sluice::schema
