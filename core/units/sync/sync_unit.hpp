#pragma once

#include <memory>

#include "core/units/sync/sync_options.hpp"
#include "core/units/unit.hpp"

namespace sluice::units::sync {

/// Continuous replication: binlog stream → decode → filter → route → lanes → sink, with DDL as a barrier
/// (behaviour.md 10-12). Begins at the checkpoint, else at the task's binlog location (20022 when there is neither).
class SyncUnit : public Unit {
 public:
  explicit SyncUnit(SyncOptions options);
  ~SyncUnit() override;

  const char* name() const override { return "sync"; }
  Status run(std::stop_token stop) override;
  void cancel() override;
  void fill_status(model::SubtaskStatus& status) const override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sluice::units::sync
