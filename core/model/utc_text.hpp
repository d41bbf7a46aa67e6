#pragma once

#include <chrono>
#include <string>

namespace sluice::model {

/// "2026-01-31T12:00:00Z", as replies of the API write times.
std::string utc_text(std::chrono::system_clock::time_point when = std::chrono::system_clock::now());

}  // namespace sluice::model
