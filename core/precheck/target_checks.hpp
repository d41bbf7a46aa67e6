#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "core/model/error.hpp"
#include "core/precheck/report.hpp"

namespace sluice::host {
class Sink;
}

namespace sluice::precheck {

struct TargetNeeds {
  uint32_t connections = 0;
  uint64_t max_packet = 0;
  const std::map<std::pair<std::string, std::string>, size_t>& tables;  ///< target tables
};

/// conn_number, target_privilege, target_settings, target_triggers as the sink sees them; nothing for a sink that
/// checks nothing. E26001 when the sink says that names of target tables are one name there.
Status check_target(const std::shared_ptr<host::Sink>& sink, const TargetNeeds& needs, Findings& out);

}  // namespace sluice::precheck
