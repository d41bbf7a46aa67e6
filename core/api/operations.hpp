#pragma once

#include <span>
#include <string_view>

namespace sluice::api {

/// One operation of the API as data. Routing, the OpenAPI document and the commands of sluicectl come from this; what
/// an operation does is found by `handler_of` (handlers.hpp), which the client of the API does without.
struct Operation {
  const char* id;
  const char* command;  ///< "group verb", as sluicectl calls it
  const char* method;
  const char* path;  ///< below the base path; one that begins with "//" is absolute, without the first slash
  const char* summary;
  const char* query;    ///< "name:type" joined by blanks; types: boolean, string, strings
  const char* request;  ///< name of the schema of the body, "" = none
  const char* reply;    ///< name of the schema, "[X]" = {total, data: [X]}, "" = no body
  int docs_status;
  int spec_status;
  bool extension = false;
  int missing_code = 0;  ///< the error that is a 404 here (api.md 1.6)
};

/// All operations of api.md 1.9, then the project's own.
std::span<const Operation> operations();
/// Whether the operation can be asked with dry_run=true.
bool takes_dry_run(const Operation& operation);
/// Null when there is none.
const Operation* find_operation(std::string_view id);

}  // namespace sluice::api
