#pragma once

#include <functional>
#include <string>

#include "core/model/json.hpp"

namespace sluice::ctl {

/// Turns one of DM's source files (YAML) into the object that POST /sources takes. The files of `from.security` are
/// read with `read`, since the API wants their content. Whatever the API cannot express is refused, not dropped.
/// Throws Failure(Usage) that names the key and its line.
model::Json source_from_yaml(const std::string& text, const std::function<std::string(const std::string&)>& read);

}  // namespace sluice::ctl
