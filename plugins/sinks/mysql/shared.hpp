#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "connection.hpp"
#include "metadata.hpp"
#include "settings.hpp"
#include "sluice/plugin/host.hpp"

namespace sluice::mysql {

/// What the writers of one instance share. All members may be used from any thread.
class Shared {
 public:
  explicit Shared(const plugin::Config& config) : settings(read_settings(config)), metadata(settings), log(config) {}

  const Settings settings;
  const Metadata metadata;
  const plugin::Log log;
  std::atomic<bool> cancelled{false};
  /// Tables of the meta schema that are known to be there.
  std::atomic<bool> marks_ready{false};
  std::atomic<bool> checkpoint_ready{false};
  /// LOAD DATA LOCAL has been refused: not tried again.
  std::atomic<bool> no_infile{false};
  /// Raised by each DDL: what writers know about the target's tables is out of date.
  std::atomic<uint64_t> structure_epoch{0};

  /// A prepared session that `cancel` reaches as long as it lives.
  std::shared_ptr<Connection> connect() {
    if (cancelled) throw plugin::Failure::cancelled();
    std::shared_ptr<Connection> connection(new Connection(settings, cancelled), [this](Connection* gone) {
      {
        const std::lock_guard lock(mutex_);
        open_.erase(gone);
      }
      delete gone;
    });
    {
      const std::lock_guard lock(mutex_);
      open_.insert(connection.get());
    }
    if (cancelled) throw plugin::Failure::cancelled();  // it may have come before the insert
    prepare_session(*connection, settings);
    return connection;
  }

  void cancel() {
    cancelled = true;
    const std::lock_guard lock(mutex_);
    for (Connection* connection : open_) connection->interrupt();
  }

 private:
  std::mutex mutex_;
  std::set<Connection*> open_;
};

}  // namespace sluice::mysql
