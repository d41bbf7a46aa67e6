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

/// Throws Failure when the server's certificate has none of the names. Does nothing with an empty list.
void check_common_name(st_mysql* mysql, const std::vector<std::string>& allowed);

}  // namespace sluice::mysql
