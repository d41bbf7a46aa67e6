#include "core/task/subtask_commands.hpp"

#include "core/model/stage.hpp"
#include "core/task/handling_commands.hpp"
#include "core/task/structure_commands.hpp"

namespace sluice::task {
namespace {

using model::Json;

struct Entry {
  const char* kind;
  bool exclusive;
  bool changes;  ///< something: can be had as a trial
  Result<Json> (*run)(const Json& arguments, const CommandContext& context);
};

constexpr Entry kEntries[] = {
    {"targets", false, false, migrate_targets},
    {"schemas", true, false, [](const Json&, const CommandContext& context) { return tracked_schemas(context); }},
    {"tables", true, false, tracked_tables},
    {"structure.get", true, false, get_structure},
    {"structure.set", true, true, set_structure},
    {"structure.forget", true, true, forget_structure},
    {"handling.list", false, false, list_handlings},
    {"handling.set", true, true, set_handling},
    {"handling.revert", true, true, revert_handlings},
};

constexpr const char* kTrial = ".trial";

Result<const Entry*> find(const std::string& kind) {
  for (const Entry& entry : kEntries) {
    if (kind == entry.kind || (entry.changes && kind == std::string(entry.kind) + kTrial)) return &entry;
  }
  return make_error(49001, "a subtask knows no command " + kind, "master and worker are of different releases",
                    "Run the same release on all nodes.");
}

}  // namespace

Result<CommandKind> find_command(const std::string& kind) {
  auto entry = find(kind);
  if (!entry.ok()) return entry.status();
  return CommandKind{(*entry)->exclusive};
}

Status check_stage(const CommandKind& kind, const model::SubtaskStatus& status) {
  const std::string stage = model::stage_name(status.stage);
  const bool paused = status.stage == model::Stage::Paused;
  if (!kind.exclusive) {
    if (paused || status.stage == model::Stage::Running) return {};
    return make_error(40051, "current stage is " + stage + " but not running or paused, invalid", {},
                      "Start the task: POST /api/v1/tasks/" + status.task + "/start.");
  }
  if (!paused) {
    return make_error(40051, "current stage is " + stage + " but not paused, invalid", {},
                      "Stop the task first: POST /api/v1/tasks/" + status.task + "/stop.");
  }
  if (status.unit == "sync") return {};
  return make_error(
      40056,
      "such operation is only available for syncer, but now syncer is not running. current unit is " + status.unit);
}

Result<Json> run_command(const Command& command, const CommandContext& context) {
  auto entry = find(command.kind);
  if (!entry.ok()) return entry.status();
  CommandContext own = context;
  own.trial = command.kind != (*entry)->kind;
  return (*entry)->run(command.arguments, own);
}

}  // namespace sluice::task
