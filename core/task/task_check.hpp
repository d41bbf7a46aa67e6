#pragma once

#include <vector>

#include "core/model/error.hpp"
#include "core/model/source.hpp"
#include "core/model/task.hpp"

namespace sluice::task {

/// E11058: the GTID set of `until`, if any, is one of neither flavour. (Which it has to be, only the source knows.)
Status check_until(const model::Until& until);

/// Compiles what the units would compile, so that a task which could only pause is refused instead: table patterns and
/// routes of every source (E20044, E20045), the syntax of source_conf.binlog_gtid in the flavour of its source (E11059
/// MySQL, E11060 MariaDB). `sources` are the definitions that source_conf names. Pure.
Status check_rules(const model::Task& task, const std::vector<model::Source>& sources);

/// E11059, E11060 when the GTID set that the relay log of a source begins at is none of its flavor, which is known.
Status check_relay_start(const model::Source& source);

}  // namespace sluice::task
