#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/task/subtask_commands.hpp"
#include "core/units/checkpoints.hpp"
#include "core/units/full/source_tables.hpp"

namespace sluice::task {

/// The target and the checkpoint of a subtask, opened for one command. One thread.
class CommandSession {
 public:
  static Result<CommandSession> open(const CommandContext& context);

  units::Checkpoints& checkpoints() { return *checkpoints_; }
  const units::full::TableRules& rules() const { return rules_; }
  /// The rows of the selected tables that hold a structure, and the global one.
  Result<std::vector<units::CheckpointRow>> rows();
  /// The target's structure under the source table's name; null when there is no such table there.
  Result<schema::TablePtr> target_structure(const std::string& schema, const std::string& table);

 private:
  CommandSession(std::shared_ptr<host::Sink> sink, std::unique_ptr<units::Checkpoints> checkpoints,
                 units::full::TableRules rules)
      : sink_(std::move(sink)), checkpoints_(std::move(checkpoints)), rules_(std::move(rules)) {}
  std::shared_ptr<host::Sink> sink_;
  std::unique_ptr<units::Checkpoints> checkpoints_;
  units::full::TableRules rules_;
};

}  // namespace sluice::task
