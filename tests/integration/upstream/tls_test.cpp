#include <catch2/catch.hpp>

#include "core/upstream/connection.hpp"
#include "stream_reader.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/secrets.hpp"
#include "tests/support/skip.hpp"

using namespace sluice;
using namespace sluice::test;
using Catch::Contains;
using upstream::Connection;

namespace {

ServerOptions with_tls(const Certificates& certificates) {
  return {.extra = {"--ssl-ca=" + certificates.file("ca.pem"), "--ssl-cert=" + certificates.file("db.example.pem"),
                    "--ssl-key=" + certificates.file("db.example.key")}};
}

/// "cipher ..." of the session, or what was refused.
std::string connect(const model::Endpoint& endpoint) {
  auto connection = Connection::open(endpoint);
  if (!connection.ok()) return connection.error().one_line();
  auto cipher = connection->query("SHOW STATUS LIKE 'Ssl_cipher'");
  return cipher.ok() ? "cipher " + cipher->get(0, "Value") : cipher.error().one_line();
}

}  // namespace

TEST_CASE("TLS to a source: the CA, the names of the server, the client's certificate, queries and binlog",
          "[integration][upstream][tls]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  SLUICE_SKIP_IF(Certificates::missing());
  const Certificates certificates;
  const Certificates strangers;
  for (const char* name : {"db.example", "client"}) certificates.sign(name);
  strangers.sign("client");
  MariaDbServer server(with_tls(certificates));
  server.connect().exec("GRANT ALL ON *.* TO 'x509'@'127.0.0.1' IDENTIFIED BY '" + secret("x509") + "' REQUIRE X509");

  auto endpoint = model_endpoint(server);
  CHECK(connect(endpoint) == "cipher ");
  endpoint.security.emplace();
  endpoint.security->cert_allowed_cn = {"db.example"};
  CHECK(connect(endpoint) == "cipher ");  // names without certificates: no TLS, as in DM
  endpoint.security->ssl_ca_content = certificates.content("ca.pem");
  // Connected to by address: only cert_allowed_cn looks at names.
  CHECK_THAT(connect(endpoint), Contains("cipher TLS"));
  endpoint.security->cert_allowed_cn = {"other", "db.example"};
  CHECK_THAT(connect(endpoint), Contains("cipher TLS"));
  endpoint.security->cert_allowed_cn.clear();
  CHECK_THAT(connect(endpoint), Contains("cipher TLS"));
  endpoint.security->cert_allowed_cn = {"other"};
  CHECK_THAT(connect(endpoint),
             Contains("[code=10001:") && Contains("is for `db.example`, which cert_allowed_cn does not list"));
  endpoint.security->cert_allowed_cn.clear();
  endpoint.security->ssl_ca_content = strangers.content("ca.pem");
  CHECK_THAT(connect(endpoint), Contains("[code=10001:") && Contains("certificate"));

  // The server asks for a certificate of the client.
  endpoint.security->ssl_ca_content = certificates.content("ca.pem");
  endpoint.user = "x509";
  endpoint.password = secret("x509");
  CHECK_THAT(connect(endpoint), Contains("1045") && !Contains(secret("x509")));
  const auto present = [&](const Certificates& from) {
    endpoint.security->ssl_cert_content = from.content("client.pem");
    endpoint.security->ssl_key_content = from.content("client.key");
  };
  present(strangers);
  CHECK_THAT(connect(endpoint), Contains("[code=10001:"));
  present(certificates);
  CHECK_THAT(connect(endpoint), Contains("cipher TLS"));
  endpoint.security->ssl_key_content = strangers.content("client.key");
  CHECK_THAT(connect(endpoint), Contains("[code=10001:") && !Contains("PRIVATE KEY"));
  present(certificates);

  // The binlog comes by the same way.
  server.connect().exec("CREATE DATABASE seen_by_tls");
  upstream::StreamStart start;
  start.file = server.connect().query("SHOW BINARY LOGS").at(0).at(0).value();
  upstream::BinlogStream stream(endpoint, start, stream_options(4711));
  bool seen = false;
  for (auto event = stream.next(); !seen; event = stream.next()) {
    REQUIRE(event.ok());
    REQUIRE(event->kind == upstream::StreamEvent::Kind::Event);  // a heartbeat: the end was reached without it
    seen = contains(*event, "seen_by_tls");
  }
  CHECK(seen);
}

TEST_CASE("TLS to a source: a server without TLS is refused, never talked to in clear",
          "[integration][upstream][tls]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  SLUICE_SKIP_IF(Certificates::missing());
  const Certificates certificates;
  MariaDbServer server({.extra = {"--skip-ssl"}});
  auto endpoint = model_endpoint(server);
  endpoint.security.emplace();
  endpoint.security->ssl_ca_content = certificates.content("ca.pem");
  CHECK_THAT(connect(endpoint), Contains("[code=10001:") && Contains("does not offer TLS"));
}
