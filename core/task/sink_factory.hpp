#pragma once

#include <memory>
#include <vector>

#include "core/model/error.hpp"
#include "core/task/subtask.hpp"
#include "core/units/checkpoints.hpp"

namespace sluice::host {
class Sink;
class Store;
}  // namespace sluice::host

namespace sluice::rules {
class FilterChain;
}

namespace sluice::task {

/// The sink instance of a subtask: what the task's target_config says, plus what the host knows and the plugin asks
/// for by declaring the setting (task, source, meta_schema, work_dir). 49001 when the plugin is not loaded.
Result<std::shared_ptr<host::Sink>> make_sink(const SubtaskConfig& config, const SubtaskServices& services);

/// One filter of the binlog_event plugin for the task's rules on this source (none when there are no rules), one of
/// the expression plugin for each of its expression rules, then those of the task's `filters`.
Result<std::shared_ptr<rules::FilterChain>> make_filters(const SubtaskConfig& config, const SubtaskServices& services);

/// In the sink when it holds marks and checkpoints, else in the state store.
std::unique_ptr<units::Checkpoints> make_checkpoints(const SubtaskConfig& config, const SubtaskServices& services,
                                                     const std::shared_ptr<host::Sink>& sink);

}  // namespace sluice::task
