#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/model/error.hpp"
#include "core/model/json.hpp"
#include "core/task/command.hpp"

namespace sluice::host {
class Store;
}

namespace sluice::cluster {

/// A command to the subtask of a task on a source.
struct SubtaskCommand {
  std::string task;
  std::string source;
  task::Command command;
};

/// Commands from any master to the worker that holds a subtask, through the store:
///   /sluice/v1/commands/requests/<worker>/<id>   written by the caller under a lease
///   /sluice/v1/commands/replies/<id>             written by the worker under the same lease
/// A worker takes a request by removing it and noting the reply as begun in one transaction, so that a command is
/// executed once or not at all, whatever dies. What a caller that died leaves behind vanishes with its lease. Both
/// sides watch the store, and look by themselves every second should a watch be lost. Thread-safe.
class CommandChannel {
 public:
  /// Runs on threads of the channel, several at a time.
  using Execute = std::function<Result<model::Json>(const SubtaskCommand&)>;

  /// `node` is for the log; requests to `workers` are taken here (none: it only calls).
  CommandChannel(std::shared_ptr<host::Store> store, std::string node, const std::vector<std::string>& workers,
                 Execute execute);
  CommandChannel(const CommandChannel&) = delete;
  CommandChannel& operator=(const CommandChannel&) = delete;
  /// Stops.
  ~CommandChannel();

  void start();
  /// Takes no request any more and gives up waiting calls. What is being executed goes on until `join`.
  void stop();
  /// Waits for what is being executed.
  void join();

  /// Sends and waits for the reply. Errors of the worker come back as they are; 38033 when there was none in time (the
  /// text says whether the command may have been executed), 38008 when `alive` says that the worker is gone.
  Result<model::Json> call(const std::string& worker, const SubtaskCommand& command, std::chrono::milliseconds bound,
                           const std::function<bool()>& alive);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sluice::cluster
