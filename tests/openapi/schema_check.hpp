#pragma once

#include <string>
#include <vector>

#include "core/model/json.hpp"

namespace sluice::test {

/// Judges values by schemas of an OpenAPI 3.0 document. Not thread-safe; the document outlives it.
class SchemaCheck {
 public:
  explicit SchemaCheck(const model::Json& document) : document_(document) {}

  /// What does not conform, each with the path of the value; empty = fine.
  std::vector<std::string> problems(const model::Json& value, const model::Json& schema, const std::string& path = "$");
  /// The schema behind a "$ref", or null when it leads nowhere.
  const model::Json* resolve(const std::string& reference) const;

 private:
  using Problems = std::vector<std::string>;
  void check(const model::Json& value, const model::Json& schema, const std::string& path, Problems& out);
  void check_type(const model::Json& value, const model::Json& schema, const std::string& path, Problems& out);
  void check_object(const model::Json& value, const model::Json& schema, const std::string& path, Problems& out);
  void check_array(const model::Json& value, const model::Json& schema, const std::string& path, Problems& out);
  void check_combined(const model::Json& value, const model::Json& schema, const std::string& path, Problems& out);

  const model::Json& document_;
};

/// The problems, one a line, for messages.
std::string lines_of(const std::vector<std::string>& problems);

}  // namespace sluice::test
