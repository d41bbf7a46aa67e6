#pragma once

#include <optional>
#include <string>

namespace sluice::taskfile {

std::string to_base64(const std::string& bytes);
/// Nothing when it is no Base64.
std::optional<std::string> from_base64(const std::string& text);

}  // namespace sluice::taskfile
