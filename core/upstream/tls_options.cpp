#include "core/upstream/tls_options.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace sluice::upstream {

TlsOptions::~TlsOptions() {
  for (int file : files_) ::close(file);
}

Result<std::string> TlsOptions::memory_file(const char* name, const std::string& content) {
  const int file = ::memfd_create(name, MFD_CLOEXEC);
  if (file < 0) return make_error(10001, "cannot make a file in memory for TLS material", std::strerror(errno));
  files_.push_back(file);
  size_t done = 0;
  while (done < content.size()) {
    const ssize_t n = ::write(file, content.data() + done, content.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return make_error(10001, "cannot fill a file in memory for TLS material", std::strerror(errno));
    done += static_cast<size_t>(n);
  }
  return "/proc/self/fd/" + std::to_string(file);
}

Status TlsOptions::apply(MYSQL* mysql, const model::Endpoint& endpoint) {
  // Without certificates there is no TLS, whatever names are listed.
  if (!endpoint.security || !endpoint.security->has_certificates()) return {};
  const model::Security& security = *endpoint.security;
  const my_bool enforce = 1;
  mysql_optionsv(mysql, MYSQL_OPT_SSL_ENFORCE, &enforce);
  mysql_optionsv(mysql, MARIADB_OPT_TLS_VERSION, "TLSv1.2,TLSv1.3");
  const struct {
    mysql_option option;
    const char* name;
    const std::string& content;
  } parts[] = {{MYSQL_OPT_SSL_CA, "ca", security.ssl_ca_content},
               {MYSQL_OPT_SSL_CERT, "cert", security.ssl_cert_content},
               {MYSQL_OPT_SSL_KEY, "key", security.ssl_key_content}};
  for (const auto& part : parts) {
    if (part.content.empty()) continue;
    Result<std::string> path = memory_file(part.name, part.content);
    if (!path) return path.status();
    mysql_optionsv(mysql, part.option, path->c_str());
  }
  const auto& names = security.cert_allowed_cn;
  if (names.empty()) return {};
  // The client library can compare the certificate's name with the host it connects to, and with nothing else.
  if (std::find(names.begin(), names.end(), endpoint.host) == names.end()) {
    return make_error(10001, "cert_allowed_cn of a database must hold the host name that is connected to",
                      "host is " + endpoint.host,
                      "Set `host` to a name in the server's certificate and list it in cert_allowed_cn.");
  }
  const my_bool verify = 1;
  mysql_optionsv(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
  return {};
}

}  // namespace sluice::upstream
