#include <catch2/catch.hpp>
#include <stdexcept>

#include "tests/integration/ctl/console.hpp"
#include "tests/support/secrets.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/sluiced.hpp"

using namespace sluice::test;
using Catch::Matchers::Contains;

namespace {

// A CA, and certificates of a server at 127.0.0.1, of one elsewhere, and of a client.
class Certificates {
 public:
  Certificates() {
    openssl({"req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test-ca", "-keyout",
             file("ca.key"), "-out", file("ca.pem")});
    guard_key(read_file(file("ca.key")));
    sign("here", "subjectAltName=IP:127.0.0.1");
    sign("elsewhere", "subjectAltName=DNS:elsewhere.example");
    sign("client", "subjectAltName=DNS:client.example");
  }
  [[nodiscard]] std::string file(const std::string& name) const { return (folder_.path() / name).string(); }

 private:
  static void openssl(std::vector<std::string> argv) {
    argv.insert(argv.begin(), "openssl");
    std::string output;
    if (run(argv, &output) != 0) throw std::runtime_error("openssl failed: " + output);
  }
  void sign(const std::string& name, const std::string& extension) const {
    write_file(folder_.path() / "extension", extension + "\n");
    openssl({"req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=" + name, "-keyout", file(name + ".key"), "-out",
             file(name + ".csr")});
    guard_key(read_file(file(name + ".key")));
    openssl({"x509", "-req", "-in", file(name + ".csr"), "-CA", file("ca.pem"), "-CAkey", file("ca.key"),
             "-CAcreateserial", "-days", "2", "-extfile", file("extension"), "-out", file(name + ".pem")});
  }
  TempDir folder_;
};

std::string transport(std::uint16_t port, const Certificates& certificates, const std::string& name,
                      const std::string& more = "") {
  return "\n[[transport]]\nplugin = \"http\"\nlisten = \"127.0.0.1:" + std::to_string(port) + "\"\nssl_cert = \"" +
         certificates.file(name + ".pem") + "\"\nssl_key = \"" + certificates.file(name + ".key") + "\"\n" + more;
}

std::string https(std::uint16_t port) { return "https://127.0.0.1:" + std::to_string(port); }

}  // namespace

TEST_CASE("sluicectl: https checks the server, and shows a certificate where one is wanted", "[integration][ctl]") {
  SLUICE_SKIP_IF(find_program("openssl") ? "" : "no openssl on PATH");
  const Certificates certificates;
  const std::string ca = certificates.file("ca.pem");
  const std::uint16_t open = free_port();
  const std::uint16_t guarded = free_port();
  const std::uint16_t wrong = free_port();
  SluicedOptions options;
  options.extra = transport(open, certificates, "here") +
                  transport(guarded, certificates, "here", "ssl_ca = \"" + ca + "\"\n") +
                  transport(wrong, certificates, "elsewhere");
  SluicedProcess node(options);

  CHECK(Console(https(open))({"task", "list", "--ca", ca}).text == "none\n");
  const Said unknown = Console(https(open))({"task", "list"});
  CHECK(unknown.code == 3);
  CHECK_THAT(unknown.text, Contains("TLS with " + https(open)));
  CHECK(Console(https(wrong))({"task", "list", "--ca", ca}).code == 3);
  CHECK(Console(https(guarded))({"task", "list", "--ca", ca}).code == 3);
  CHECK(Console(https(guarded))({"task", "list", "--ca", ca, "--cert", certificates.file("client.pem"), "--key",
                                 certificates.file("client.key")})
            .text == "none\n");
  CHECK(Console(https(open))({"task", "list", "--ca", "/no/such.pem"}).code == 2);
}
