#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "core/model/status.hpp"
#include "core/units/checkpoints.hpp"
#include "core/units/sync/counters.hpp"
#include "core/upstream/server_info.hpp"

namespace sluice::units::sync {

/// Bytes of binlog between two places, from the sizes of the files between them; none when one of them is not listed.
std::optional<uint64_t> binlog_bytes_between(const BinlogLocation& from, const std::string& to_file, uint64_t to_pos,
                                             const std::vector<upstream::BinlogFile>& files);

/// Draws rates, remaining time and the shares of the lag from the counters of a sync unit. [any thread]
class SyncProgress {
 public:
  /// `remaining`: binlog that has not been applied yet, none when unknown.
  void fill(const Counters& counters, std::optional<uint64_t> remaining, model::SyncStatus& sync,
            model::Progress& progress) const;

 private:
  using Clock = std::chrono::steady_clock;
  void sample(const Counters& counters) const;

  const Clock::time_point began_ = Clock::now();
  mutable std::mutex mutex_;
  // Of the last half second or more.
  mutable Clock::time_point at_ = began_;
  mutable uint64_t rows_ = 0;
  mutable uint64_t bytes_ = 0;
  mutable StageTimes::Values times_;
  mutable int64_t rows_speed_ = 0;
  mutable int64_t bytes_speed_ = 0;
  mutable std::optional<model::LagShares> shares_;
};

/// Shares of the time since `before`, which was `seconds` ago; see StageTimes.
model::LagShares lag_shares(const StageTimes::Values& before, const StageTimes::Values& now, double seconds);

}  // namespace sluice::units::sync
