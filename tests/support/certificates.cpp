#include "tests/support/certificates.hpp"

#include <stdexcept>
#include <vector>

#include "tests/support/secrets.hpp"

namespace sluice::test {
namespace {

void openssl(std::vector<std::string> argv) {
  argv.insert(argv.begin(), "openssl");
  std::string output;
  if (run(argv, &output) != 0) throw std::runtime_error("openssl failed: " + output);
}

}  // namespace

std::string Certificates::missing() { return find_program("openssl") ? "" : "no openssl on PATH"; }

Certificates::Certificates() {
  openssl({"req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test-ca", "-keyout",
           file("ca.key"), "-out", file("ca.pem")});
  guard_key(content("ca.key"));
}

void Certificates::sign(const std::string& name) const {
  openssl({"req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=" + name, "-keyout", file(name + ".key"), "-out",
           file(name + ".csr")});
  guard_key(content(name + ".key"));
  openssl({"x509", "-req", "-in", file(name + ".csr"), "-CA", file("ca.pem"), "-CAkey", file("ca.key"),
           "-CAcreateserial", "-days", "2", "-out", file(name + ".pem")});
}

std::string Certificates::json(const std::string& name) const {
  std::string out = "\"";
  for (const char c : content(name)) out += c == '\n' ? std::string("\\n") : std::string(1, c);
  return out + "\"";
}

}  // namespace sluice::test
