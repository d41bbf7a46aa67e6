#pragma once

#include "core/task/subtask_commands.hpp"

namespace sluice::task {

// The commands on the tables of a subtask (behaviour.md 16), see subtask_commands.hpp. What is tracked is what the
// checkpoint says: a paused subtask has no other memory.
Result<model::Json> migrate_targets(const model::Json& arguments, const CommandContext& context);
Result<model::Json> tracked_schemas(const CommandContext& context);
Result<model::Json> tracked_tables(const model::Json& arguments, const CommandContext& context);
Result<model::Json> get_structure(const model::Json& arguments, const CommandContext& context);
Result<model::Json> set_structure(const model::Json& arguments, const CommandContext& context);
Result<model::Json> forget_structure(const model::Json& arguments, const CommandContext& context);

}  // namespace sluice::task
