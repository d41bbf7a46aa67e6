#pragma once

#include <string>
#include <string_view>

namespace binlog_event {

/// The names that ignore_event accepts (behaviour of DM's binlog event filter), and the groups they stand for.
enum class Family { Dml, Ddl };

/// Lower case, aliases resolved ("drop schema" -> "drop database"). Empty for a name that does not exist.
std::string canonical_event(std::string_view name);
/// `event` belongs to the group "incompatible ddl changes".
bool is_incompatible(std::string_view event);

}  // namespace binlog_event
