#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

#include "mysql_fixture.hpp"
#include "tests/support/skip.hpp"

namespace sluice::test {
namespace {

std::string json_text(const std::string& pem) {
  std::string out = "\"";
  for (const char c : pem) out += c == '\n' ? std::string("\\n") : std::string(1, c);
  return out + "\"";
}

// A CA and a certificate for `CN=target.example`, made with the openssl command.
std::string make_certificates(const std::filesystem::path& dir) {
  const std::string d = dir.string();
  const std::string quiet = " >/dev/null 2>&1";
  const std::string commands[] = {"openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=ca -keyout " + d +
                                      "/ca.key -out " + d + "/ca.pem" + quiet,
                                  "openssl req -newkey rsa:2048 -nodes -subj /CN=target.example -keyout " + d +
                                      "/key.pem -out " + d + "/req" + quiet,
                                  "openssl x509 -req -days 2 -in " + d + "/req -CA " + d + "/ca.pem -CAkey " + d +
                                      "/ca.key -CAcreateserial -out " + d + "/cert.pem" + quiet};
  for (const std::string& command : commands) {
    if (std::system(command.c_str()) != 0) return "the openssl command is needed";
  }
  return {};
}

TEST_CASE("mysql sink: TLS with a CA, and the names that cert_allowed_cn allows", "[integration][sink][tls]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  const TempDir folder;
  SLUICE_SKIP_IF(make_certificates(folder.path()));
  const std::string d = folder.path().string();
  MariaDbServer server(ServerOptions{.extra = {"--ssl-cert=" + d + "/cert.pem", "--ssl-key=" + d + "/key.pem",
                                               "--ssl-ca=" + d + "/ca.pem", "--require-secure-transport=OFF"}});
  const auto count_folders = [] {
    size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::temp_directory_path())) {
      count += entry.path().filename().string().rfind("sluice-tls-", 0) == 0 ? 1u : 0u;
    }
    return count;
  };
  const auto connect = [&](const std::string& ca, const std::string& names) {
    const host::Sink sink =
        open_sink(SLUICE_PLUGIN_DIR, "mysql",
                  mysql_config(server, ",\"security\":{\"ssl_ca_content\":" + json_text(read_file(d + "/" + ca)) +
                                           ",\"cert_allowed_cn\":[" + names + "]}"));
    host::SinkWriter writer;
    auto error = make_sized<sluice_error>();
    const sluice_status status = sink.open_writer(writer, error);
    return status == SLUICE_OK ? std::string("ok") : std::string(field_text(error.message));
  };
  CHECK(connect("ca.pem", "") == "ok");
  CHECK(connect("ca.pem", R"("other","target.example")") == "ok");
  CHECK_THAT(connect("ca.pem", R"("other")"), Catch::Contains("target.example") && Catch::Contains("cert_allowed_cn"));
  CHECK_THAT(connect("cert.pem", ""), Catch::Contains("certificate"));
  CHECK(count_folders() == 0);
}

}  // namespace
}  // namespace sluice::test
