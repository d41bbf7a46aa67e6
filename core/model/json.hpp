#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/model/error.hpp"

namespace sluice::model {

/// A JSON value. Objects keep the order of their members; names in an object are unique.
class Json {
 public:
  struct Member;
  using Array = std::vector<Json>;
  using Object = std::vector<Member>;

  Json();                                        ///< null
  Json(std::nullptr_t);                          // NOLINT(google-explicit-constructor)
  Json(bool value);                              // NOLINT
  Json(int value);                               // NOLINT
  Json(int64_t value);                           // NOLINT
  Json(uint64_t value);                          // NOLINT
  Json(uint32_t value);                          // NOLINT
  Json(double value);                            // NOLINT
  Json(std::string value);                       // NOLINT
  Json(std::string_view value);                  // NOLINT
  Json(const char* value);                       // NOLINT
  Json(Array value);                             // NOLINT
  Json(Object value);                            // NOLINT
  Json(const std::vector<std::string>& values);  // NOLINT
  static Json object();
  static Json array();

  bool is_null() const { return std::holds_alternative<std::monostate>(v_); }
  bool is_object() const { return std::holds_alternative<Object>(v_); }
  bool is_array() const { return std::holds_alternative<Array>(v_); }
  bool is_string() const { return std::holds_alternative<std::string>(v_); }
  const bool* as_bool() const { return std::get_if<bool>(&v_); }
  const int64_t* as_int() const { return std::get_if<int64_t>(&v_); }
  const uint64_t* as_uint() const { return std::get_if<uint64_t>(&v_); }  ///< only numbers above the range of int64_t
  const double* as_double() const { return std::get_if<double>(&v_); }
  const std::string* as_string() const { return std::get_if<std::string>(&v_); }
  const Array* as_array() const { return std::get_if<Array>(&v_); }
  const Object* as_object() const { return std::get_if<Object>(&v_); }
  /// "an object", "a string", ... for messages.
  const char* kind() const;

  /// The member `name`, or null when absent, or when this is no object.
  const Json* find(std::string_view name) const;
  Json* find(std::string_view name);
  /// Adds or replaces a member; a null becomes an object first. REQUIRES: null or object.
  Json& set(std::string_view name, Json value);
  /// Adds a member whose name is known to be new, without looking. REQUIRES: object.
  void append(std::string name, Json value);
  /// Removes a member if there is one.
  void erase(std::string_view name);
  /// Appends to an array; a null becomes an array first. REQUIRES: null or array.
  Json& push(Json value);
  bool operator==(const Json& other) const;

 private:
  std::variant<std::monostate, bool, int64_t, uint64_t, double, std::string, Array, Object> v_;
};

struct Json::Member {
  std::string name;
  Json value;
  bool operator==(const Member& other) const;
};

// Behind Member, which the variant needs complete.
inline Json::Json() = default;
inline Json::Json(std::nullptr_t) {}
inline Json::Json(bool value) : v_(value) {}
inline Json::Json(int value) : v_(static_cast<int64_t>(value)) {}
inline Json::Json(int64_t value) : v_(value) {}
inline Json::Json(uint64_t value) : v_(value) {}
inline Json::Json(uint32_t value) : v_(static_cast<int64_t>(value)) {}
inline Json::Json(double value) : v_(value) {}
inline Json::Json(std::string value) : v_(std::move(value)) {}
inline Json::Json(std::string_view value) : v_(std::string(value)) {}
inline Json::Json(const char* value) : v_(std::string(value)) {}
inline Json::Json(Array value) : v_(std::move(value)) {}
inline Json::Json(Object value) : v_(std::move(value)) {}
inline Json Json::object() { return Json(Object{}); }
inline Json Json::array() { return Json(Array{}); }

/// How strictly to read. Duplicate members, bad UTF-8 and text after the value are always refused.
struct JsonOptions {
  bool trailing_commas = false;  ///< allow a comma before ] and }, which the product document's own examples have
  int max_depth = 64;
};

/// Reads one JSON text (RFC 8259). Errors are E49001 and name line and column or the member.
Result<Json> parse_json(std::string_view text, const JsonOptions& options = {});

/// Compact text; with `indent` > 0 one member a line.
std::string to_text(const Json& value, int indent = 0);

/// True when `text` is well-formed UTF-8 (no surrogates, no overlong forms).
bool is_utf8(std::string_view text);

}  // namespace sluice::model
