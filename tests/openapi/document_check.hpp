#pragma once

#include <string>
#include <vector>

#include "core/model/json.hpp"

namespace sluice::test {

/// What breaks the rules of the OpenAPI Specification 3.0.3 in a document, each with its place; empty = valid.
std::vector<std::string> document_problems(const model::Json& document);

}  // namespace sluice::test
