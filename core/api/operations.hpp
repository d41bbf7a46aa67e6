#pragma once

#include <span>
#include <string_view>

#include "core/api/api.hpp"

namespace sluice::api {

struct Call;
using Handler = Result<Reply> (*)(const Call&);

/// One operation of the API. Routing, the OpenAPI document and the 501 of what is not built come from this.
struct Operation {
  const char* id;
  const char* method;
  const char* path;  ///< below the base path; one that begins with "//" is absolute, without the first slash
  const char* summary;
  const char* query;    ///< "name:type" joined by blanks; types: boolean, string, strings
  const char* request;  ///< name of the schema of the body, "" = none
  const char* reply;    ///< name of the schema, "[X]" = {total, data: [X]}, "" = no body
  int docs_status;
  int spec_status;
  Handler handler;  ///< null = not built
  bool extension = false;
  int missing_code = 0;  ///< the error that is a 404 here (api.md 1.6)
};

/// All operations of api.md 1.9, then the project's own.
std::span<const Operation> operations();
/// Null when there is none.
const Operation* find_operation(std::string_view id);

}  // namespace sluice::api
