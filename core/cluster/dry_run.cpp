#include "core/cluster/dry_run.hpp"

namespace sluice::cluster {
namespace {

thread_local int depth = 0;

/// No error of DM or of ours has it; it never leaves the process.
constexpr int32_t kEnd = -1;

}  // namespace

DryRun::DryRun() { ++depth; }
DryRun::~DryRun() { --depth; }
bool DryRun::active() { return depth > 0; }

Error dry_run_end() {
  Error out;
  out.code = kEnd;
  out.message = "a dry run ends here";
  return out;
}

bool is_dry_run_end(const Error& error) { return error.code == kEnd; }

}  // namespace sluice::cluster
