#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "core/model/error.hpp"
#include "core/model/json.hpp"

namespace sluice::model {

/// Reads typed members of a JSON object and remembers the first problem (E49001, naming the member by its path).
/// Null counts as absent. After a problem every further read answers "absent".
class JsonReader {
 public:
  /// `value` outlives the reader. `path` is "" for the top level.
  JsonReader(const Json& value, std::string path);

  bool has(const char* name) const;
  std::optional<std::string> text(const char* name);
  std::optional<bool> boolean(const char* name);
  std::optional<int64_t> integer(const char* name, int64_t minimum, int64_t maximum);
  std::optional<std::vector<std::string>> texts(const char* name);
  /// The member when it is an object (an array), else null.
  const Json* object(const char* name);
  const Json* array(const char* name);
  /// Absent → a problem: "missing required member".
  std::string required_text(const char* name);
  int64_t required_integer(const char* name, int64_t minimum, int64_t maximum);

  /// "task.source_config" for messages and nested readers.
  std::string path_of(const std::string& name) const;
  void fail(Error error);
  void fail(const std::string& name, const std::string& what);
  /// Takes over what a nested reader met.
  void absorb(const JsonReader& nested);
  bool ok() const { return status_.ok(); }
  const Status& status() const { return status_; }

 private:
  const Json* member(const char* name) const;
  const Json* wrong(const char* name, const char* wanted, const Json& found);

  const Json& value_;
  std::string path_;
  Status status_;
};

}  // namespace sluice::model
