#pragma once

#include "core/task/subtask_commands.hpp"

namespace sluice::task {

// Requests about the statement at which a subtask stopped: they lie in the checkpoint until it has passed the
// statement.
Result<model::Json> list_handlings(const model::Json& arguments, const CommandContext& context);
Result<model::Json> set_handling(const model::Json& arguments, const CommandContext& context);
Result<model::Json> revert_handlings(const model::Json& arguments, const CommandContext& context);

}  // namespace sluice::task
