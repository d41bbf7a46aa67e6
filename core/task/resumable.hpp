#pragma once

#include "core/model/error.hpp"

namespace sluice::task {

/// Whether a subtask that was paused by this error may be resumed by itself (the list of behaviour.md 2.1).
bool resumable(const Error& error);

}  // namespace sluice::task
