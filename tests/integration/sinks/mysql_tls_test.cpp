#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

#include "mysql_fixture.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/skip.hpp"

namespace sluice::test {
namespace {

using Catch::Contains;

/// Keys are written to files below the temporary folder; this gives the process one of its own.
class OwnTemporaryFolder {
 public:
  OwnTemporaryFolder() { ::setenv("TMPDIR", folder_.path().c_str(), 1); }
  OwnTemporaryFolder(const OwnTemporaryFolder&) = delete;
  OwnTemporaryFolder& operator=(const OwnTemporaryFolder&) = delete;
  ~OwnTemporaryFolder() { ::unsetenv("TMPDIR"); }
  bool empty() const { return std::filesystem::is_empty(folder_.path()); }

 private:
  TempDir folder_;
};

TEST_CASE("mysql sink: TLS with a CA, the names that cert_allowed_cn allows, and a certificate of its own",
          "[integration][sink][tls]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  SLUICE_SKIP_IF(Certificates::missing());
  const Certificates certificates;
  const Certificates strangers;
  for (const char* name : {"target.example", "client"}) certificates.sign(name);
  strangers.sign("client");
  MariaDbServer server(ServerOptions{.extra = {"--ssl-ca=" + certificates.file("ca.pem"),
                                               "--ssl-cert=" + certificates.file("target.example.pem"),
                                               "--ssl-key=" + certificates.file("target.example.key")}});
  auto admin = server.connect();
  const OwnTemporaryFolder temporary;
  const auto connect = [&](const std::string& members) {
    const host::Sink sink =
        open_sink(SLUICE_PLUGIN_DIR, "mysql", mysql_config(server, ",\"security\":{" + members + "}"));
    host::SinkWriter writer;
    auto error = make_sized<sluice_error>();
    const sluice_status status = sink.open_writer(writer, error);
    return status == SLUICE_OK ? std::string("ok") : std::string(field_text(error.message));
  };
  const auto trust = [](const Certificates& from) { return "\"ssl_ca_content\":" + from.json("ca.pem"); };
  const auto show = [](const Certificates& from) {
    return ",\"ssl_cert_content\":" + from.json("client.pem") + ",\"ssl_key_content\":" + from.json("client.key");
  };
  const std::string mine = trust(certificates);
  CHECK(connect(mine) == "ok");
  CHECK(connect(mine + R"(,"cert_allowed_cn":[])") == "ok");
  CHECK(connect(mine + R"(,"cert_allowed_cn":["other","target.example"])") == "ok");
  CHECK_THAT(connect(mine + R"(,"cert_allowed_cn":["other"])"),
             Contains("target.example") && Contains("cert_allowed_cn"));
  CHECK_THAT(connect(trust(strangers)), Contains("certificate"));

  admin.exec("ALTER USER '" + server.user() + "'@'127.0.0.1' REQUIRE X509");
  CHECK_THAT(connect(mine), Contains("Access denied"));
  CHECK(connect(mine + show(strangers)) != "ok");
  CHECK(connect(mine + show(certificates)) == "ok");

  server.set_extra({"--skip-ssl"});
  admin.exec("ALTER USER '" + server.user() + "'@'127.0.0.1' REQUIRE NONE");
  server.restart();
  CHECK_THAT(connect(mine), Contains("does not offer TLS"));
  CHECK(temporary.empty());
}

}  // namespace
}  // namespace sluice::test
