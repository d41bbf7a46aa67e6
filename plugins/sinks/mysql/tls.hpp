#pragma once

#include "settings.hpp"

struct st_mysql;

namespace sluice::mysql {

/// PEM texts as files of mode 0600, because Connector/C reads keys from files only. Gone with the object, which
/// need not outlive the connecting.
class TlsFiles {
 public:
  TlsFiles() = default;
  TlsFiles(const TlsFiles&) = delete;
  TlsFiles& operator=(const TlsFiles&) = delete;
  ~TlsFiles();
  /// Writes the files and sets the options of `mysql`. Throws Failure.
  void apply(st_mysql* mysql, const Security& security);

 private:
  std::string write(const char* name, const std::string& pem);
  std::string folder_;
  std::vector<std::string> files_;
};

/// After connecting. Throws Failure when the session is not encrypted though `security` asks for it, and when the
/// server's certificate has none of the names of cert_allowed_cn (empty = any name).
void check_tls(st_mysql* mysql, const Security& security);

}  // namespace sluice::mysql
