#pragma once

#include <stop_token>
#include <string>

#include "core/model/error.hpp"
#include "core/model/status.hpp"

namespace sluice::units {

/// One phase of a subtask. Made for one run: a resumed subtask makes a new one, which continues from what the
/// checkpoint says. `run` blocks on the caller's thread; `status` may be called from any thread at any time.
class Unit {
 public:
  Unit() = default;
  Unit(const Unit&) = delete;
  Unit& operator=(const Unit&) = delete;
  virtual ~Unit() = default;

  /// "dump", "load" or "sync".
  virtual const char* name() const = 0;

  /// Works until done, failed, or asked to stop. On a stop request it ends at a safe point, with its checkpoint
  /// flushed, and returns ok. A finite unit that returns ok without a stop request has finished.
  virtual Status run(std::stop_token stop) = 0;

  /// Cuts short what `run` still does after a stop request (the bounded wait is over). [any thread]
  virtual void cancel() = 0;

  /// Fills the part of the status that belongs to this unit. [any thread, does not block on I/O]
  virtual void fill_status(model::SubtaskStatus& status) const = 0;
};

}  // namespace sluice::units
