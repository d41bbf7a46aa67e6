#pragma once

#include <memory>

#include "core/model/source.hpp"
#include "core/model/task.hpp"
#include "core/units/checkpoints.hpp"
#include "core/units/unit.hpp"

namespace sluice::host {
class Sink;
}

namespace sluice::units::load {

/// What a full load works with. `checkpoints` outlives the unit.
struct FullUnitOptions {
  model::Task task;
  model::Source source;
  std::shared_ptr<host::Sink> sink;
  Checkpoints* checkpoints = nullptr;
};

/// Dump and load in one (task modes all and full): rows go from a snapshot of the source straight to the sink, without
/// files. When it has finished, the checkpoints hold the global row and one row per table, and the sync unit can start.
///
/// Exactly once: a chunk's mark is stored in the transaction of its rows, and the plan (position, tables, chunks)
/// before the first row. A new run after a failure goes on with the chunks that are missing, from a new snapshot at P2;
/// the sync unit then starts at P1 of the plan in safe mode until P2. Tables whose rows cannot be told apart (no key),
/// or whose structure changed in between, are emptied and loaded anew, if the target table was empty at first and
/// nobody else writes into it; otherwise the unit fails and says what to do.
class FullUnit : public Unit {
 public:
  explicit FullUnit(FullUnitOptions options);
  ~FullUnit() override;

  const char* name() const override { return "load"; }
  Status run(std::stop_token stop) override;
  void cancel() override;
  void fill_status(model::SubtaskStatus& status) const override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sluice::units::load
