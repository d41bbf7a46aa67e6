// Only for the .cpp files of this folder.
#pragma once

#include <mariadb/mysql.h>

#include <string>
#include <vector>

#include "core/model/error.hpp"
#include "core/model/source.hpp"

namespace sluice::upstream {

/// Hands PEM contents to the client library, which takes file names only: through files in memory, so that a key never
/// touches a disk. Without any content there is no TLS, whatever cert_allowed_cn says (as in DM). They live as long as
/// this object, which must outlive mysql_real_connect.
class TlsOptions {
 public:
  TlsOptions() = default;
  TlsOptions(const TlsOptions&) = delete;
  TlsOptions& operator=(const TlsOptions&) = delete;
  ~TlsOptions();

  Status apply(MYSQL* mysql, const model::Endpoint& endpoint);

 private:
  Result<std::string> memory_file(const char* name, const std::string& content);
  std::vector<int> files_;
};

/// After connecting: refuses a server that has no TLS though `security` has certificates, and one whose certificate has
/// none of the names of cert_allowed_cn (empty = any name).
Status check_tls(MYSQL* mysql, const model::Endpoint& endpoint);

}  // namespace sluice::upstream
