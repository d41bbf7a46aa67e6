#include <catch2/catch.hpp>

#include "tests/e2e/deployment.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/skip.hpp"

using namespace sluice::test;

namespace {

// The members "user", "password" and "security" of a source or a target.
std::string login(const Certificates& certificates, const std::string& name) {
  return R"("user":"x509","password":")" + secret("x509") + R"(","security":{"ssl_ca_content":)" +
         certificates.json("ca.pem") + R"(,"ssl_cert_content":)" + certificates.json("client.pem") +
         R"(,"ssl_key_content":)" + certificates.json("client.key") + R"(,"cert_allowed_cn":[")" + name + "\"]}";
}

std::string address(const DatabaseServer& server) {
  return R"("host":"127.0.0.1","port":)" + std::to_string(server.port()) + ",";
}

}  // namespace

TEST_CASE("e2e: source and target ask for TLS and a client certificate, a wrong name is refused", "[e2e]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  SLUICE_SKIP_IF(SluicedProcess::missing());
  SLUICE_SKIP_IF(Certificates::missing());
  const Certificates certificates;
  for (const char* name : {"db.example", "client"}) certificates.sign(name);
  MariaDbServer server(
      {.extra = {"--ssl-ca=" + certificates.file("ca.pem"), "--ssl-cert=" + certificates.file("db.example.pem"),
                 "--ssl-key=" + certificates.file("db.example.key")}});
  auto sql = server.connect();
  sql.exec_all("GRANT ALL ON *.* TO 'x509'@'127.0.0.1' IDENTIFIED BY '" + secret("x509") +
               "' REQUIRE X509;"
               "CREATE DATABASE shop; CREATE TABLE shop.t (id INT PRIMARY KEY); INSERT INTO shop.t VALUES (1), (2);");
  Deployment deployment;
  const auto create_source = [&](const std::string& name) {
    return deployment.sluiced.api().post("/api/v1/sources", R"({"source_name":"mysql-01",)" + address(server) +
                                                                login(certificates, name) +
                                                                R"(,"enable":true,"enable_gtid":false})");
  };
  const auto wrong = create_source("other.example");
  CHECK(wrong.status == 400);
  CHECK_THAT(wrong.body, Catch::Contains("cert_allowed_cn"));
  const auto right = create_source("db.example");
  INFO(right.body);
  REQUIRE(right.status == 200);
  CHECK_THAT(right.body, !Catch::Contains(secret("x509")) && !Catch::Contains("PRIVATE KEY"));

  TaskText task;
  task.rules = R"([{"source":{"source_name":"mysql-01","schema":"shop","table":"*"},"target":{"schema":"copy"}}])";
  task.target = "{" + address(server) + login(certificates, "db.example") + "}";
  deployment.create_task(task);
  deployment.start();
  deployment.wait_synced(server, 60s);
  sql.exec("INSERT INTO shop.t VALUES (3)");
  deployment.wait_synced(server, 60s);
  CHECK(differences(sql, "shop", sql, "copy").empty());
  CHECK(deployment.sluiced.log().find(secret("x509")) == std::string::npos);
}
