#include "tls.hpp"

#include <fcntl.h>
#include <mysql.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#define HAVE_TLS 1
using uchar = unsigned char;  // ma_tls.h uses it before ma_pvio.h defines it
#include <ma_pvio.h>

namespace sluice::mysql {
namespace {

using plugin::Failure;

Failure tls_failure(std::string text) { return {10001, "database", "downstream", "high", std::move(text)}; }

}  // namespace

TlsFiles::~TlsFiles() {
  for (const std::string& file : files_) ::unlink(file.c_str());
  if (!folder_.empty()) ::rmdir(folder_.c_str());
}

std::string TlsFiles::write(const char* name, const std::string& pem) {
  if (folder_.empty()) {
    std::string pattern = (std::filesystem::temp_directory_path() / "sluice-tls-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) {
      throw tls_failure("cannot create a temporary folder for TLS files: " + std::string(std::strerror(errno)));
    }
    folder_ = pattern;
  }
  const std::string path = folder_ + "/" + name;
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) throw tls_failure("cannot create a TLS file: " + std::string(std::strerror(errno)));
  files_.push_back(path);
  size_t done = 0;
  while (done < pem.size()) {
    const ssize_t wrote = ::write(fd, pem.data() + done, pem.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) {
      const int reason = errno;
      ::close(fd);
      throw tls_failure("cannot write a TLS file: " + std::string(std::strerror(reason)));
    }
    done += static_cast<size_t>(wrote);
  }
  ::close(fd);
  return path;
}

void TlsFiles::apply(st_mysql* mysql, const Security& security) {
  if (!security.enabled()) return;
  if (!security.ca.empty()) mysql_options(mysql, MYSQL_OPT_SSL_CA, write("ca.pem", security.ca).c_str());
  if (!security.cert.empty()) {
    mysql_options(mysql, MYSQL_OPT_SSL_CERT, write("cert.pem", security.cert).c_str());
    mysql_options(mysql, MYSQL_OPT_SSL_KEY, write("key.pem", security.key).c_str());
  }
  const my_bool on = 1;
  const my_bool off = 0;
  mysql_options(mysql, MYSQL_OPT_SSL_ENFORCE, &on);
  // The name in the certificate counts only when cert_allowed_cn is given; see check_tls.
  mysql_options(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &off);
}

void check_tls(st_mysql* mysql, const Security& security) {
  if (!security.enabled()) return;
  // Whatever MYSQL_OPT_SSL_ENFORCE is called: without the library's own check of names it goes on in clear.
  if (!mysql_get_ssl_cipher(mysql)) throw tls_failure("the target does not offer TLS, which security asks for");
  const auto& allowed = security.allowed_cn;
  if (allowed.empty()) return;
  const MARIADB_PVIO* pvio = mysql->net.pvio;
  auto* ssl = pvio && pvio->ctls ? static_cast<SSL*>(pvio->ctls->ssl) : nullptr;
  X509* certificate = ssl ? SSL_get1_peer_certificate(ssl) : nullptr;
  if (!certificate) throw tls_failure("cert_allowed_cn is set, but the target showed no certificate");
  char name[256] = "";
  const int length = X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof name);
  X509_free(certificate);
  const std::string common_name(name, length > 0 ? static_cast<size_t>(length) : 0);
  if (std::find(allowed.begin(), allowed.end(), common_name) != allowed.end()) return;
  throw tls_failure("the target's certificate is for `" + common_name + "`, which cert_allowed_cn does not list");
}

}  // namespace sluice::mysql
