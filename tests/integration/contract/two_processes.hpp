#pragma once

#include <set>
#include <string>
#include <utility>

#include "tests/integration/contract/stage.hpp"

namespace sluice::test {

/// Pairs of operation and error.
using Covered = std::set<std::pair<std::string, int>>;

/// What only a worker in another process can have wrong with it: it is silent, it is gone, it does not pause.
struct AcrossProcesses {
  Covered docs, spec;
  size_t judged = 0;
};

/// Walks a cluster of two processes on etcd, `here` with a listener of each dialect and `there` with the sources, in
/// both dialects at once.
AcrossProcesses walk_two_processes(Servers& servers);

}  // namespace sluice::test
