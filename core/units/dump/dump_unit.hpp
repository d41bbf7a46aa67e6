#pragma once

#include <memory>

#include "core/model/source.hpp"
#include "core/model/task.hpp"
#include "core/units/unit.hpp"

namespace sluice::units::dump {

struct DumpUnitOptions {
  model::Task task;
  model::Source source;
};

/// Writes the selected tables of a source into files (task mode dump; behaviour.md 8.2): `metadata`, one file per
/// schema and table with its CREATE, and INSERT files of at most about 64 MB. The directory is
/// dump_directory(); it is emptied first, since an interrupted dump cannot be continued. Files are readable by their
/// owner only.
class DumpUnit : public Unit {
 public:
  explicit DumpUnit(DumpUnitOptions options);
  ~DumpUnit() override;

  const char* name() const override { return "dump"; }
  /// A stop request ends it after the batches in hand; the next run begins anew. 32001 for files that cannot be
  /// written.
  Status run(std::stop_token stop) override;
  void cancel() override;
  void fill_status(model::SubtaskStatus& status) const override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sluice::units::dump
