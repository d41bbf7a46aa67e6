#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/json.hpp"

namespace sluice::api {

/// What the description says of an operation beside its line in the table (operations.hpp).
struct OperationDocs {
  const char* id;
  const char* description;
  const char* errors;  ///< numbers of api.md that a request of its own can get, joined by blanks
};

std::span<const OperationDocs> operation_docs();
/// Null when the operation is not described, which a test forbids.
const OperationDocs* find_operation_docs(std::string_view id);
/// The documented numbers, ascending. What every operation can answer (49001, 42501, 50000) is not among them unless
/// it has a meaning of its own there.
std::vector<int> documented_errors(std::string_view id);
/// What a number means, as a sentence without a full stop; "" when the number is not documented.
const char* error_meaning(int code);

/// Description and further members (example, enum, default) of a query or path parameter; null when there are none.
model::Json parameter_docs(std::string_view name);

/// The header that every write takes.
model::Json idempotency_key_parameter();

/// The example of a schema as the dialect writes it; null when there is none. Request examples show passwords as sent,
/// the others as replies mask them.
enum class ExampleOf { Request, Reply };
model::Json example_of(std::string_view schema, ExampleOf kind, bool docs_dialect);

}  // namespace sluice::api
