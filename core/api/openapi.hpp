#pragma once

#include "core/api/contributed.hpp"
#include "core/model/json.hpp"

namespace sluice::api {

inline constexpr const char* kVersion = "0.1.0";

/// The OpenAPI 3.0 description of the operation table as the dialect speaks it, and of what plugins contribute. What is
/// not built says so.
model::Json open_api_document(Dialect dialect, const std::vector<Contributed>& more = {});

/// components.schemas of the document.
model::Json open_api_schemas(Dialect dialect);

}  // namespace sluice::api
