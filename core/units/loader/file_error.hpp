#pragma once

#include <cstdint>
#include <string>

#include "core/model/error.hpp"

namespace sluice::units::loader {

/// 34019 with the file, the line and the byte at which it happened. Reads the file once more to count its lines.
Error file_error(const std::string& path, uint64_t offset, const std::string& why, const std::string& remedy);
/// 34019 about a file or a folder as a whole.
Error file_error(const std::string& path, const std::string& why, const std::string& remedy);
/// "line 12 (byte 3456)"; only the byte when the file cannot be read.
std::string place_in(const std::string& path, uint64_t offset);

}  // namespace sluice::units::loader
