// The documentation page: of files of our own, without any other host, and clear about what is missing.
#include <catch2/catch.hpp>
#include <filesystem>
#include <regex>

#include "tests/integration/http/listener.hpp"

using namespace sluice::test;
using Catch::Matchers::Contains;

namespace {

void put_files(const std::filesystem::path& folder) {
  for (const char* name : {"swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"}) {
    write_file(folder / name, std::string("content of ") + name);
  }
  write_file(folder / "secret.txt", "not for the world");
}

std::string settings(const std::filesystem::path& folder) { return "\"swagger_ui\":\"" + folder.string() + "\""; }

}  // namespace

TEST_CASE("http: the documentation page takes everything from this listener", "[integration][http]") {
  const TempDir folder;
  put_files(folder.path());
  Listener listener(settings(folder.path()));
  const std::string page = ask(listener.port(), get("/api/v1/docs"));
  CHECK(status_of(page) == 200);
  CHECK_THAT(page, Contains("Content-Type: text/html") && Contains("default-src 'none'"));
  const std::string body = body_of(page);
  CHECK_THAT(body, Contains("data-url=\"/api/v1/dm.json\""));
  CHECK(body.find("//") == std::string::npos);  // neither http://elsewhere nor //elsewhere
  const std::regex address("(?:src|href)=\"([^\"]+)\"");
  size_t found = 0;
  for (std::sregex_iterator at(body.begin(), body.end(), address), end; at != end; ++at, ++found) {
    INFO((*at)[1].str());
    CHECK(status_of(ask(listener.port(), get((*at)[1].str()))) == 200);
  }
  CHECK(found == 4);
  const std::string script = ask(listener.port(), get("/api/v1/docs/swagger-ui-bundle.js"));
  CHECK_THAT(script, Contains("Content-Type: text/javascript") && Contains("content of swagger-ui-bundle.js"));
  CHECK(body_of(ask(listener.port(), get("/api/v1/docs/start.js"))).find("//") == std::string::npos);
}

TEST_CASE("http: below the documentation page there are its files and nothing else", "[integration][http]") {
  const TempDir folder;
  put_files(folder.path());
  Listener listener(settings(folder.path()));
  for (const char* target : {"/api/v1/docs/secret.txt", "/api/v1/docs/..%2Fsecret.txt", "/api/v1/docs/../docs/x",
                             "/api/v1/docs//etc/passwd", "/docs/swagger-ui.css", "/api/v1/things/x/swagger-ui.css"}) {
    INFO(target);
    CHECK(status_of(ask(listener.port(), get(target))) == 404);
  }
  const std::string post = "POST /api/v1/docs/start.js HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n";
  CHECK(status_of(ask(listener.port(), post)) == 404);
}

TEST_CASE("http: without Swagger UI the page says where it is expected and what to run", "[integration][http]") {
  const TempDir folder;
  Listener listener(settings(folder.path()));
  const std::string page = ask(listener.port(), get("/api/v1/docs"));
  CHECK(status_of(page) == 404);
  CHECK_THAT(page, Contains(folder.path().string()) && Contains("swagger-ui.css is missing") &&
                       Contains("scripts/setup") && Contains("/api/v1/dm.json"));
  CHECK(status_of(ask(listener.port(), get("/api/v1/docs/swagger-ui.css"))) == 404);
  put_files(folder.path());
  CHECK(status_of(ask(listener.port(), get("/api/v1/docs"))) == 200);  // no restart needed
}
