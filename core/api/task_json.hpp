#pragma once

#include <string>

#include "core/api/call.hpp"
#include "core/cluster/views.hpp"
#include "core/model/json.hpp"

namespace sluice::api {

/// A task as replies of the dialect show it: secrets masked (also the settings that the sink plugin declares secret).
model::Json task_reply(const Call& call, const model::Task& task);
/// The same with status_list when asked for.
model::Json task_reply(const Call& call, const cluster::TaskView& view, bool with_status);
/// SubTaskStatus in the dialect's letter case of `unit`.
model::Json status_reply(const Call& call, const model::SubtaskStatus& status);

/// The task of a request body of either shape; with `stored`, the secrets that the body leaves out, masks or blanks are
/// taken from there (api.md section 9).
Result<model::Task> read_task_body(const model::Json& body, const model::Task* stored);

/// What a task that leaves out full_migrate_conf or incr_migrate_conf gets, for the units that it has.
void fill_defaults(model::Task& task);

/// "Running", "Paused", ... from any letter case; "runing" is what the product document writes. E49001 otherwise.
Result<std::string> read_stage(const std::string& text);

}  // namespace sluice::api
