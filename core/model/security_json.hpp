#pragma once

#include <optional>
#include <string>

#include "core/model/json.hpp"
#include "core/model/json_reader.hpp"
#include "core/model/source.hpp"

namespace sluice::model {

/// The member `name` as a Security object (api.md 3.1); problems go to `reader`.
std::optional<Security> read_security(JsonReader& reader, const char* name);
Json write_security(const std::optional<Security>& security);
/// Blanks the three contents.
void mask_security(Json* security);
/// E11112 when a content that is given is not PEM text.
Status validate(const Security& security, const std::string& path);

}  // namespace sluice::model
