#pragma once

#include <string>

#include "sluice/abi/row.h"

namespace sluice::units::sync {

/// "`id` = 7 AND `name` = 'Ann'": the key by which a row change finds its row, values as SQL literals, long ones cut.
/// An update that moves the row says where to, too. Nothing but key columns appears; a table without a key that tells
/// this row apart gives "".
std::string row_key(const sluice_table& table, const sluice_row& row);

}  // namespace sluice::units::sync
