#include "core/model/stage.hpp"

namespace sluice::model {

const char* stage_name(Stage stage) {
  switch (stage) {
    case Stage::New: return "New";
    case Stage::Running: return "Running";
    case Stage::Paused: return "Paused";
    case Stage::Stopped: return "Stopped";
    case Stage::Finished: return "Finished";
    case Stage::Pausing: return "Pausing";
    case Stage::Resuming: return "Resuming";
    case Stage::Stopping: return "Stopping";
  }
  return "Stopped";
}

const char* api_stage_name(Stage stage) {
  switch (stage) {
    case Stage::New: return "Stopped";
    case Stage::Pausing:
    case Stage::Stopping: return "Running";
    case Stage::Resuming: return "Paused";
    default: return stage_name(stage);
  }
}

}  // namespace sluice::model
