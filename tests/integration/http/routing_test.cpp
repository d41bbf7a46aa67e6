#include <catch2/catch.hpp>

#include "tests/integration/http/listener.hpp"

using namespace sluice::test;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

TEST_CASE("http: a path finds its operation and hands its parameters over decoded", "[integration][http]") {
  Listener listener;
  const auto body = [&](const std::string& target) { return body_of(ask(listener.port(), get(target))); };
  CHECK_THAT(body("/api/v1/things"), StartsWith("listThings|"));
  CHECK_THAT(body("/api/v1/things/"), StartsWith("listThings|"));
  CHECK_THAT(body("/api/v1/things/a%20%22b%22"), StartsWith("getThing|thing-name=a \"b\"|"));
  CHECK_THAT(body("/api/v1/things/a%2Fb/status"), StartsWith("getStatus|thing-name=a/b|"));
  CHECK_THAT(body("/api/v1/things/a%252F"), StartsWith("getThing|thing-name=a%2F|"));
  CHECK_THAT(body("/api/v1/things/a+b"), StartsWith("getThing|thing-name=a+b|"));
  CHECK_THAT(body("/api/v1/things/x/parts/y"), StartsWith("getPart|thing-name=x|part-name=y|"));
  CHECK_THAT(body("/metrics"), StartsWith("getMetrics|"));
  CHECK_THAT(body("http://elsewhere:1/api/v1/things"), StartsWith("listThings|"));
}

TEST_CASE("http: a literal segment wins over a parameter, and its path has its own methods", "[integration][http]") {
  Listener listener;
  CHECK_THAT(body_of(ask(listener.port(), get("/api/v1/things/templates"))), StartsWith("listTemplates|"));
  CHECK_THAT(body_of(ask(listener.port(), get("/api/v1/things/templates/status"))),
             StartsWith("getStatus|thing-name=templates|"));
  const std::string put = ask(listener.port(), "PUT /api/v1/things/templates HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(status_of(put) == 405);
  CHECK_THAT(put, Contains("Allow: GET, HEAD\r\n"));
}

TEST_CASE("http: query parameters arrive decoded, in order and repeated", "[integration][http]") {
  Listener listener;
  CHECK_THAT(body_of(ask(listener.port(), get("/api/v1/things?a=1&b=x+y%26z&a=2&c"))),
             StartsWith("listThings|?a=1|?b=x y&z|?a=2|?c=|"));
  CHECK(status_of(ask(listener.port(), get("/api/v1/things?a=%zz"))) == 400);
}

TEST_CASE("http: the Idempotency-Key arrives, what the API says beside its reply goes back as headers",
          "[integration][http]") {
  Listener listener;
  const auto post = [&](const std::string& headers) {
    return ask(listener.port(), "POST /api/v1/things HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + headers + "\r\n");
  };
  const std::string keyed = post("idempotency-KEY:  a~!b \r\n");
  CHECK_THAT(body_of(keyed), Contains("|key=a~!b"));
  CHECK_THAT(keyed, Contains("\r\nIdempotency-Replayed: true\r\n"));
  CHECK_THAT(keyed, !Contains("Set-Cookie"));
  const std::string plain = post("");
  CHECK_THAT(body_of(plain), !Contains("|key="));
  CHECK_THAT(plain, !Contains("Idempotency-Replayed"));
  const int dispatched = listener.api().dispatched();
  CHECK(status_of(post("Idempotency-Key:\r\n")) == 400);
  CHECK(status_of(post("Idempotency-Key: a\r\nIdempotency-Key: a\r\n")) == 400);
  CHECK(listener.api().dispatched() == dispatched);
}

TEST_CASE("http: unknown paths and methods get the error template", "[integration][http]") {
  Listener listener("\"dialect\":\"spec\"");
  const std::string unknown = ask(listener.port(), get("/api/v1/nothing"));
  CHECK(status_of(unknown) == 404);
  CHECK_THAT(body_of(unknown), Contains("\"error_code\":\"49001\"") && Contains("spec: "));
  CHECK(status_of(ask(listener.port(), get("/things"))) == 404);
  const std::string wrong = ask(listener.port(), "DELETE /api/v1/things HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(status_of(wrong) == 405);
  CHECK_THAT(wrong, Contains("Allow: GET, HEAD, POST\r\n"));
  CHECK(status_of(ask(listener.port(), get("/api/v1/things/%ff"))) == 400);
  CHECK(status_of(ask(listener.port(), get("/api/v1/things/%0"))) == 400);
  CHECK(status_of(ask(listener.port(), get("/api/v1/things/a%00b"))) == 400);
}

TEST_CASE("http: HEAD answers like GET without the body, 204 and 501 pass through", "[integration][http]") {
  Listener listener;
  const std::string head =
      ask(listener.port(), "HEAD /api/v1/things HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", true);
  CHECK(status_of(head) == 200);
  CHECK_THAT(head, Contains("Content-Length: "));
  CHECK(body_of(head).empty());
  const std::string gone = ask(listener.port(), "DELETE /api/v1/things/a HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(status_of(gone) == 204);
  CHECK_THAT(gone, !Contains("Content-Length"));
  CHECK(status_of(ask(listener.port(), get("/api/v1/not-built"))) == 501);
}

TEST_CASE("http: a body is JSON or of no stated type, another type is refused", "[integration][http]") {
  Listener listener;
  const auto post = [&](const std::string& headers, const std::string& body) {
    return ask(listener.port(), "POST /api/v1/things HTTP/1.1\r\nHost: x\r\n" + headers +
                                    "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  };
  CHECK_THAT(body_of(post("Content-Type: application/json; charset=utf-8\r\n", "{}")),
             Contains("|body={}|127.0.0.1|docs"));
  CHECK(status_of(post("", "{}")) == 200);
  CHECK(status_of(post("Content-Type: application/json\r\n", "")) == 200);
  CHECK(status_of(post("Content-Type: text/plain\r\n", "{}")) == 400);
  CHECK(status_of(post("Content-Type: application/x-www-form-urlencoded\r\n", "")) == 200);
}

TEST_CASE("http: a chunked body is put together", "[integration][http]") {
  Listener listener;
  const std::string head = "POST /api/v1/things HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n";
  CHECK_THAT(body_of(ask(listener.port(), head + "\r\n3;x=y\r\n{\"a\r\n4\r\n\":1}\r\n0\r\nTrailer: t\r\n\r\n")),
             Contains("|body={\"a\":1}|"));
  CHECK(status_of(ask(listener.port(), head + "\r\nzz\r\n")) == 400);
  CHECK(status_of(ask(listener.port(), head + "\r\n3\r\nabcdef")) == 400);
  CHECK(status_of(ask(listener.port(), head + "Content-Length: 3\r\n\r\n")) == 400);
}

TEST_CASE("http: settings that contradict each other are refused by name", "[integration][http]") {
  EchoApi api;
  sluice::plugin::HostServices services;
  services.api = api.table();
  sluice::plugin::Registry registry(std::move(services));
  REQUIRE(registry.load_file(std::string(SLUICE_PLUGIN_DIR) + "/sluice_transport_http.so").ok());
  const auto refused = [&](const std::string& settings) {
    const auto made = registry.create_transport("http", "api", settings);
    REQUIRE_FALSE(made.ok());
    return made.error().one_line();
  };
  CHECK_THAT(refused(R"({"dialect":"latin"})"), Contains("dialect") && Contains("docs or spec"));
  CHECK_THAT(refused(R"({"ssl_cert":"/x.pem"})"), Contains("ssl_key"));
  CHECK_THAT(refused(R"({"cert_allowed_cn":["a"]})"), Contains("ssl_ca"));
  CHECK_THAT(refused(R"({"threads":0})"), Contains("threads") && Contains("between 1 and 1024"));
  CHECK_THAT(refused(R"({"lisen":"x"})"), Contains("lisen") && Contains("listen"));
}
