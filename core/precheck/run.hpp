#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "core/model/error.hpp"
#include "core/model/source.hpp"
#include "core/model/task.hpp"
#include "core/precheck/report.hpp"
#include "core/precheck/source_facts.hpp"

namespace sluice::host {
class Sink;
}

namespace sluice::precheck {

/// What is to be checked. Nothing is stored or changed anywhere.
struct Request {
  const model::Task& task;
  const std::vector<model::Source>& sources;  ///< those that task.source_conf names
  bool fresh = true;                          ///< false: the task has data in the target already (an update)
};

/// Where the facts come from.
struct Services {
  /// Asks a source. Empty = look_at().
  std::function<Result<SourceFacts>(const model::Source&)> look;
  /// The sink of the task for one of its sources; null when the target is not to be asked.
  std::function<Result<std::shared_ptr<host::Sink>>(const model::Source&)> target;
  std::chrono::steady_clock::duration limit = std::chrono::minutes(30);
  upstream::Canceller canceller;  ///< of the connections to the sources
};

/// Runs all checks that the mode of the task needs (behaviour.md 18), sources side by side, their tables by a few
/// connections each. Fails without a report when the checks cannot be made or what was asked for cannot be: E26002 a
/// server cannot be asked, E26005 not done within the limit, E40080 a table with two routes, E26001 target tables that
/// differ in letter case only on a target that does not tell them apart. Blocks.
Result<Report> run(const Request& request, const Services& services);

/// E26005 with what failed and how to mend it; REQUIRES: !report.passed().
Error to_error(const Report& report);

}  // namespace sluice::precheck
