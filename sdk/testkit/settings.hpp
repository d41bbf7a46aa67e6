#pragma once

#include <string>
#include <vector>

#include "sluice/abi/plugin.h"
#include "sluice/plugin/json.hpp"

namespace sluice::testkit {

/// Empty when `value` suits the setting, else what is wrong with it, beginning with the setting's name.
std::string wrong_with(const sluice_setting& setting, const plugin::Json& value);

/// Validates `given` (a JSON object) against the list and adds defaults and "name". Throws Failed for a wrong or
/// unknown setting and Skipped for an absent required one.
std::string complete_settings(const std::vector<sluice_setting>& settings, const std::string& given);

/// JSON text of a value.
std::string to_json(const plugin::Json& value);

/// The JSON object without one key, or with another text for it.
std::string without(const std::string& object, const std::string& key);
std::string replaced(const std::string& object, const std::string& key, const std::string& json);

}  // namespace sluice::testkit
