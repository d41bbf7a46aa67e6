#pragma once

#include "core/model/error.hpp"

namespace sluice::cluster {

/// While one lives on a thread, what that thread asks of a Node is decided on the state of now, with all refusals, and
/// not written: where the write would be made, the function ends with `dry_run_end()` instead.
class DryRun {
 public:
  DryRun();
  ~DryRun();
  DryRun(const DryRun&) = delete;
  DryRun& operator=(const DryRun&) = delete;
  static bool active();
};

/// Not an error: nothing stood in the way of the write.
Error dry_run_end();
bool is_dry_run_end(const Error& error);

}  // namespace sluice::cluster
