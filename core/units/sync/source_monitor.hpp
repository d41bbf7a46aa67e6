#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/model/source.hpp"
#include "core/upstream/connection.hpp"
#include "core/upstream/server_info.hpp"

namespace sluice::units::sync {

/// Asks the source from time to time where its binlog stands, on a connection of its own, so that a status can be
/// answered without one. Thread-safe.
class SourceMonitor {
 public:
  struct Report {
    std::string file;
    uint64_t pos = 0;
    std::string gtid;
    int64_t clock_ahead_us = 0;  ///< the source's clock minus ours
    int64_t clock_us = 0;        ///< the source's clock, read just before the position
    /// The files of the binlog with their sizes as they were when `file` was begun; null = they cannot be listed.
    std::shared_ptr<const std::vector<upstream::BinlogFile>> files;
    std::chrono::steady_clock::time_point at;  ///< when the source said so
  };

  explicit SourceMonitor(model::Endpoint endpoint) : endpoint_(std::move(endpoint)) {}
  SourceMonitor(const SourceMonitor&) = delete;
  SourceMonitor& operator=(const SourceMonitor&) = delete;
  ~SourceMonitor() { stop(); }

  /// Called on its thread after each round, whether the source has answered or not. Set before start.
  void on_round(std::function<void()> callback) { on_round_ = std::move(callback); }
  void start(std::chrono::milliseconds interval);
  void stop();
  /// None before the first answer.
  std::optional<Report> report() const;

 private:
  void run(std::chrono::milliseconds interval);

  model::Endpoint endpoint_;
  std::function<void()> on_round_;
  upstream::Canceller canceller_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::optional<Report> report_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace sluice::units::sync
