#include <catch2/catch.hpp>

#include "tests/integration/http/listener.hpp"
#include "tests/support/skip.hpp"

using namespace sluice::test;
using Catch::Matchers::Contains;

namespace {

// A CA, a server certificate and client certificates, made with the openssl command.
class Certificates {
 public:
  Certificates() {
    openssl({"req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test-ca", "-keyout",
             file("ca.key"), "-out", file("ca.pem")});
    for (const char* name : {"server", "alice", "mallory"}) sign(name);
  }
  [[nodiscard]] std::string file(const std::string& name) const { return (folder_.path() / name).string(); }

 private:
  static void openssl(std::vector<std::string> argv) {
    argv.insert(argv.begin(), "openssl");
    std::string output;
    if (run(argv, &output) != 0) throw std::runtime_error("openssl failed: " + output);
  }
  void sign(const std::string& name) const {
    openssl({"req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=" + name, "-keyout", file(name + ".key"), "-out",
             file(name + ".csr")});
    openssl({"x509", "-req", "-in", file(name + ".csr"), "-CA", file("ca.pem"), "-CAkey", file("ca.key"),
             "-CAcreateserial", "-days", "2", "-out", file(name + ".pem")});
  }
  TempDir folder_;
};

// Runs curl; "" when it could not connect.
std::string curl(std::uint16_t port, const Certificates& certificates, const std::string& client,
                 const std::vector<std::string>& more = {}) {
  std::vector<std::string> argv{"curl",       "-s",
                                "--max-time", "10",
                                "--cacert",   certificates.file("ca.pem"),
                                "--resolve",  "server:" + std::to_string(port) + ":127.0.0.1"};
  if (!client.empty()) {
    argv.insert(argv.end(),
                {"--cert", certificates.file(client + ".pem"), "--key", certificates.file(client + ".key")});
  }
  argv.insert(argv.end(), more.begin(), more.end());
  argv.push_back("https://server:" + std::to_string(port) + "/api/v1/things");
  std::string output;
  return run(argv, &output) == 0 ? output : std::string();
}

}  // namespace

TEST_CASE("http: TLS lets clients in by certificate and common name", "[integration][http]") {
  SLUICE_SKIP_IF(find_program("openssl") && find_program("curl") ? "" : "no openssl or curl on PATH");
  const Certificates certificates;
  const std::string server = "\"ssl_cert\":\"" + certificates.file("server.pem") + "\",\"ssl_key\":\"" +
                             certificates.file("server.key") + "\"";
  {
    Listener open(server);
    CHECK_THAT(curl(open.port(), certificates, ""), Contains("listThings") && Contains("127.0.0.1"));
    CHECK(curl(open.port(), certificates, "", {"--tls-max", "1.1"}).empty());
    CHECK(status_of(ask(open.port(), get("/api/v1/things"))) == 0);
    RawClient silent(open.port());
    CHECK_THAT(curl(open.port(), certificates, ""), Contains("listThings"));
  }
  Listener guarded(server + ",\"ssl_ca\":\"" + certificates.file("ca.pem") + "\",\"cert_allowed_cn\":[\"alice\"]");
  CHECK(curl(guarded.port(), certificates, "").empty());
  CHECK_THAT(curl(guarded.port(), certificates, "alice"), Contains("listThings") && Contains("|alice|"));
  CHECK_THAT(curl(guarded.port(), certificates, "mallory"), Contains("cert_allowed_cn"));
}

TEST_CASE("http: unusable TLS material is an error when the listener starts", "[integration][http]") {
  CHECK_THROWS_WITH(Listener(R"("ssl_cert":"/nowhere/c.pem","ssl_key":"/nowhere/k.pem")"),
                    Contains("TLS material") && Contains("/nowhere"));
}
