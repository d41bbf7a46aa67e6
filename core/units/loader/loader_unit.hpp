#pragma once

#include <memory>
#include <string>

#include "core/model/source.hpp"
#include "core/model/task.hpp"
#include "core/units/checkpoints.hpp"
#include "core/units/unit.hpp"

namespace sluice::host {
class Sink;
}

namespace sluice::units::loader {

/// What a load of files works with. `checkpoints` outlives the unit.
struct LoaderUnitOptions {
  model::Task task;
  model::Source source;
  std::shared_ptr<host::Sink> sink;
  Checkpoints* checkpoints = nullptr;
  uint64_t part_bytes = 32ULL << 20;  ///< of a file in one transaction
};

/// Loads the SQL files of a dump into the sink (task mode load): those of mode dump, Dumpling and mydumper. The source
/// is not asked for anything; its name, its rules and its kind of server say what is loaded, and how it is read.
///
/// Exactly once: how far a file is loaded stands in its mark, in the transaction of the rows. A new run goes on there;
/// it refuses a folder that is not the one of before. Files are read as streams: one window and one row are in memory.
class LoaderUnit : public Unit {
 public:
  explicit LoaderUnit(LoaderUnitOptions options);
  ~LoaderUnit() override;

  const char* name() const override { return "load"; }
  /// 34019 for whatever is wrong with the folder or its files.
  Status run(std::stop_token stop) override;
  void cancel() override;
  void fill_status(model::SubtaskStatus& status) const override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sluice::units::loader
