#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "core/model/source.hpp"
#include "core/model/task.hpp"
#include "core/units/checkpoints.hpp"
#include "core/units/memory_budget.hpp"
#include "core/upstream/connection.hpp"

namespace sluice::host {
class Sink;
}
namespace sluice::plugin {
class Metrics;
}
namespace sluice::rules {
class FilterChain;
}

namespace sluice::units::sync {

/// What a sync unit works with. `checkpoints` outlives the unit.
struct SyncOptions {
  model::Task task;
  model::Source source;
  model::StartArguments arguments;
  std::shared_ptr<host::Sink> sink;
  std::shared_ptr<rules::FilterChain> filters;  ///< never null
  Checkpoints* checkpoints = nullptr;
  plugin::Metrics* metrics = nullptr;    ///< may be null; outlives the unit
  std::string worker;                    ///< for the labels of its metrics
  bool transactional = true;             ///< the sink applies a batch and its marks atomically
  bool sink_ddl = true;                  ///< statements change structures there
  bool target_mariadb = true;            ///< DROP INDEX IF EXISTS is understood
  std::shared_ptr<MemoryBudget> memory;  ///< of the process; never null
  std::chrono::milliseconds checkpoint_interval{1000};
  upstream::Canceller canceller;  ///< of the connections to the source that the unit opens one after another
};

}  // namespace sluice::units::sync
