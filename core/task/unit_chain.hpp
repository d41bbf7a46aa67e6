#pragma once

#include <memory>
#include <mutex>

#include "core/model/error.hpp"
#include "core/task/subtask.hpp"
#include "core/units/unit.hpp"

namespace sluice::host {
class Sink;
}

namespace sluice::task {

/// Cuts off what a run does at the target, whichever step it is in.
class SinkCancel {
 public:
  /// The sink in use from now on.
  void set(std::shared_ptr<host::Sink> sink);
  /// Every call of the sink fails from now on, also of one that is set later. [any thread]
  void cancel();

 private:
  std::mutex mutex_;
  std::shared_ptr<host::Sink> sink_;
  bool cancelled_ = false;
};

/// What one run of a subtask works with (sink, filters, checkpoints), and the order of its units: inspected from the
/// last to the first, the first one that is not fresh is where to continue (behaviour.md, section 1).
class UnitChain {
 public:
  /// Connects to the target. `arguments` are honoured by the first unit.
  static Result<std::unique_ptr<UnitChain>> open(const SubtaskConfig& config, const SubtaskServices& services,
                                                 const model::StartArguments& arguments, SinkCancel& cancel);
  UnitChain(const UnitChain&) = delete;
  UnitChain& operator=(const UnitChain&) = delete;
  ~UnitChain();

  /// The next unit to run; null when the task is finished. The former one must be gone.
  Result<std::unique_ptr<units::Unit>> next();

 private:
  class Impl;
  explicit UnitChain(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// As the function of subtask.hpp, cut off by `cancel`.
Status remove_metadata(const SubtaskConfig& config, const SubtaskServices& services, SinkCancel& cancel);

}  // namespace sluice::task
