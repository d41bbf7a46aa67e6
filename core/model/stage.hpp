#pragma once

#include <cstdint>
#include <string>

namespace sluice::model {

/// Stages of a subtask (behaviour.md, section 2); the values are those of dm_worker_task_state.
enum class Stage : int32_t {
  New = 1,
  Running = 2,
  Paused = 3,
  Stopped = 4,
  Finished = 5,
  Pausing = 6,
  Resuming = 7,
  Stopping = 8
};

/// "Running", "Paused", ...
const char* stage_name(Stage stage);

/// The four stages that API replies show (api.md 3.12): New is Stopped, Pausing and Stopping are Running, Resuming is
/// Paused.
const char* api_stage_name(Stage stage);

}  // namespace sluice::model
