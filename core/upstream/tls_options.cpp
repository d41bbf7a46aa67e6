#include "core/upstream/tls_options.hpp"

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#define HAVE_TLS 1
using uchar = unsigned char;  // ma_tls.h uses it before ma_pvio.h defines it
#include <mariadb/ma_pvio.h>

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
  // Sources are known by addresses as well as by names: the name in the certificate is checked after connecting.
  const my_bool verify = 0;
  mysql_optionsv(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
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
  return {};
}

Status check_tls(MYSQL* mysql, const model::Endpoint& endpoint) {
  if (!endpoint.security || !endpoint.security->has_certificates()) return {};
  // Whatever MYSQL_OPT_SSL_ENFORCE is called: without the library's own check of names it goes on in clear.
  if (!mysql_get_ssl_cipher(mysql)) {
    return make_error(10001, "the server does not offer TLS, which `security` asks for", {},
                      "Give the server a certificate (ssl_cert, ssl_key), or leave security out.");
  }
  const auto& allowed = endpoint.security->cert_allowed_cn;
  if (allowed.empty()) return {};
  const MARIADB_PVIO* pvio = mysql->net.pvio;
  auto* ssl = pvio && pvio->ctls ? static_cast<SSL*>(pvio->ctls->ssl) : nullptr;
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(ssl ? SSL_get1_peer_certificate(ssl) : nullptr,
                                                                &X509_free);
  if (!certificate) return make_error(10001, "cert_allowed_cn is set, but the server showed no certificate");
  char name[256] = "";
  const int length =
      X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name, sizeof name);
  const std::string common_name(name, length > 0 ? static_cast<size_t>(length) : 0);
  if (std::find(allowed.begin(), allowed.end(), common_name) != allowed.end()) return {};
  return make_error(10001, "the server's certificate is for `" + common_name + "`, which cert_allowed_cn does not list",
                    {}, "Make sure that this is the server that is meant, then list its name in cert_allowed_cn.");
}

}  // namespace sluice::upstream
