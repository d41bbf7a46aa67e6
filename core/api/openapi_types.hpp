#pragma once

namespace sluice::api {

/// The types of api.md section 3 as JSON texts, expanded by openapi_schemas.cpp. Shorthand:
///   "Type": {"": {"description": ..., more of the schema}, "member": [type, description, {more of the schema}], ...}
///   a type that is no object is a list [type, description]; a member may also be its type alone;
///   type: "s", "i", "b", "n" = string, integer, boolean, number; "[x]" an array of x, "{x}" a map to x, anything else
///   a reference; "?" behind it = nullable.
/// Marks behind a member's name: "!" required, "+" no part of DM's API, ">" only in replies.
extern const char* const kSourceTypes;
extern const char* const kTaskTypes;
extern const char* const kStatusTypes;
extern const char* const kRequestTypes;
extern const char* const kSystemTypes;

}  // namespace sluice::api
