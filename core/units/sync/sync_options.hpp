#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/model/source.hpp"
#include "core/model/task.hpp"
#include "core/units/checkpoints.hpp"

namespace sluice::host {
class Filter;
class Sink;
}  // namespace sluice::host

namespace sluice::units::sync {

/// A filter and the name under which it is counted.
struct NamedFilter {
  std::string name;
  std::shared_ptr<host::Filter> filter;
};

/// What a sync unit works with. `checkpoints` outlives the unit.
struct SyncOptions {
  model::Task task;
  model::Source source;
  model::StartArguments arguments;
  std::shared_ptr<host::Sink> sink;
  std::vector<NamedFilter> filters;
  Checkpoints* checkpoints = nullptr;
  bool transactional = true;      ///< the sink applies a batch and its marks atomically
  bool sink_ddl = true;           ///< statements change structures there
  bool target_mariadb = true;     ///< DROP INDEX IF EXISTS is understood
  uint64_t memory_limit = 256ULL << 20;  ///< bytes of row changes in flight
  std::chrono::milliseconds checkpoint_interval{1000};
};

}  // namespace sluice::units::sync
