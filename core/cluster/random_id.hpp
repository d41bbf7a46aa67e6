#pragma once

#include <string>

namespace sluice::cluster {

/// 128 random bits as hex digits.
std::string random_id();

}  // namespace sluice::cluster
