#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/model/error.hpp"

namespace sluice::units::sync {

/// The text of a query event in UTF-8. `collation` is the client collation's number of the event's status variables
/// (information_schema.COLLATIONS.ID), 0 when unknown. 36067 when it cannot be converted.
Result<std::string> query_to_utf8(std::string_view text, uint16_t collation);

/// The id in "XA COMMIT X'..',X'..',1", letter case and blanks taken out: equal texts for equal ids.
std::string xa_id(std::string_view statement);

}  // namespace sluice::units::sync
