#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <random>
#include <thread>

#include "tests/integration/http/listener.hpp"

using namespace sluice::test;
using Catch::Matchers::Contains;
using std::chrono::steady_clock;

TEST_CASE("http: one connection serves many requests, also pipelined ones", "[integration][http]") {
  Listener listener;
  RawClient client(listener.port());
  for (int i = 0; i < 50; ++i) {
    REQUIRE(client.send(get("/api/v1/things/" + std::to_string(i))));
    const std::string reply = client.reply();
    REQUIRE_THAT(reply, Contains("Connection: keep-alive") && Contains("thing-name=" + std::to_string(i) + "|"));
  }
  REQUIRE(client.send(get("/api/v1/things/a") + get("/api/v1/things/b") +
                      get("/api/v1/things/c", "Connection: close\r\n")));
  CHECK_THAT(client.reply(), Contains("thing-name=a|"));
  CHECK_THAT(client.reply(), Contains("thing-name=b|"));
  CHECK_THAT(client.reply(), Contains("thing-name=c|"));
  CHECK(client.closed_within(5s));
  RawClient old(listener.port());
  REQUIRE(old.send("GET /api/v1/things HTTP/1.0\r\n\r\n"));
  CHECK_THAT(old.reply(), Contains("Connection: close"));
}

TEST_CASE("http: what is too large is refused before it is read", "[integration][http]") {
  Listener listener("\"max_body\":\"2KiB\",\"max_header\":4096");
  const std::string announced =
      "POST /api/v1/things HTTP/1.1\r\nHost: x\r\nContent-Length: 2049\r\nExpect: 100-continue\r\n\r\n";
  CHECK(status_of(ask(listener.port(), announced)) == 413);
  CHECK(status_of(ask(listener.port(), "POST /api/v1/things HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\n" +
                                           std::string(2000000, 'x'))) == 413);
  CHECK(status_of(ask(listener.port(),
                      "POST /api/v1/things HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n801\r\n")) == 413);
  CHECK(status_of(
            ask(listener.port(),
                "POST /api/v1/things HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n")) ==
        413);
  CHECK(status_of(ask(listener.port(), get("/api/v1/things", "A: " + std::string(5000, 'a') + "\r\n"))) == 431);
  CHECK(status_of(ask(listener.port(), "GET /" + std::string(5000, 'a'))) == 431);
  CHECK(listener.api().dispatched() == 0);
  RawClient client(listener.port());
  client.send("POST /api/v1/things HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  CHECK(status_of(client.reply()) == 100);
  client.send("{}");
  CHECK(status_of(client.reply()) == 200);
}

TEST_CASE("http: ambiguous and malformed requests are refused", "[integration][http]") {
  Listener listener;
  const auto status = [&](const std::string& request) { return status_of(ask(listener.port(), request)); };
  CHECK(status("nonsense\r\n\r\n") == 400);
  CHECK(status("GET /api/v1/things\r\n\r\n") == 400);
  CHECK(status("GET  /api/v1/things HTTP/1.1\r\nHost: x\r\n\r\n") == 400);
  CHECK(status("GET /api/v1/things HTTP/2.0\r\nHost: x\r\n\r\n") == 505);
  CHECK(status("GET /api/v1/things HTTP/1.1\r\n\r\n") == 400);
  CHECK(status("GET /api/v1/things HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n") == 400);
  CHECK(status("GET /api/v1/things HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n") == 400);
  CHECK(status("GET /api/v1/things HTTP/1.1\r\nHost: x\r\nA : b\r\n\r\n") == 400);
  CHECK(status("POST /api/v1/things HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n") == 400);
  CHECK(status("POST /api/v1/things HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx") == 400);
  CHECK(status("POST /api/v1/things HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n") == 400);
  CHECK(status("GET * HTTP/1.1\r\nHost: x\r\n\r\n") == 400);
  CHECK(status(std::string("\x16\x03\x01\x02\x00\x01", 6)) == 400);
  CHECK(listener.api().dispatched() == 0);
}

TEST_CASE("http: random bytes never stop the listener", "[integration][http]") {
  Listener listener("\"header_timeout\":\"1s\"");
  std::mt19937 random(20260101);
  for (int i = 0; i < 200; ++i) {
    RawClient client(listener.port());
    std::string bytes(random() % 600, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    if (i % 3 == 0) bytes = "POST /api/v1/things HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + bytes;
    if (i % 3 == 1) bytes = get("/api/v1/things/").substr(0, random() % 50) + bytes + "\r\n\r\n";
    client.send(bytes);
  }
  CHECK(status_of(ask(listener.port(), get("/api/v1/things"))) == 200);
}

TEST_CASE("http: clients that send a byte now and then are ended by the deadline and block nobody",
          "[integration][http]") {
  Listener listener("\"header_timeout\":\"1s\",\"body_timeout\":\"1s\",\"threads\":4");
  std::vector<RawClient> slow;
  for (int i = 0; i < 4; ++i) slow.emplace_back(listener.port());
  const auto begin = steady_clock::now();
  std::jthread drip([&](const std::stop_token& stop) {
    for (int i = 0; !stop.stop_requested() && i < 200; ++i) {
      for (RawClient& client : slow) client.send(i == 0 ? "GET /api" : "x");
      std::this_thread::sleep_for(100ms);
    }
  });
  CHECK(status_of(ask(listener.port(), get("/api/v1/things"))) == 200);
  CHECK(steady_clock::now() - begin < 8s);
  drip.request_stop();
  drip.join();
  RawClient body(listener.port());
  body.send("POST /api/v1/things HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{");
  CHECK(status_of(body.reply()) == 408);
}

TEST_CASE("http: a client that does not take its reply is cut off", "[integration][http]") {
  Listener listener("\"threads\":1,\"write_timeout\":\"1s\"");
  RawClient greedy(listener.port());
  const std::string big = get("/api/v1/things/" + std::string(30000, 'a'));
  std::jthread sender([&] {
    for (int i = 0; i < 2000 && greedy.send(big); ++i) {
    }
  });
  CHECK(status_of(ask(listener.port(), get("/api/v1/things"))) == 200);
}

TEST_CASE("http: a thousand connections at a time are all served", "[integration][http]") {
  rlimit files{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &files) == 0);
  files.rlim_cur = std::min<rlim_t>(files.rlim_max, 4096);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &files) == 0);
  Listener listener;
  std::vector<RawClient> clients;
  for (int i = 0; i < 1000; ++i) clients.emplace_back(listener.port());
  for (RawClient& client : clients) REQUIRE(client.send(get("/api/v1/things")));
  int served = 0;
  for (RawClient& client : clients) served += status_of(client.reply(60s)) == 200;
  CHECK(served == 1000);
}

TEST_CASE("http: idle connections give way when others wait for a thread", "[integration][http]") {
  Listener listener("\"threads\":2");
  std::vector<RawClient> idle;
  for (int i = 0; i < 2; ++i) {
    idle.emplace_back(listener.port());
    idle.back().send(get("/api/v1/things"));
    REQUIRE(status_of(idle.back().reply()) == 200);
  }
  const auto begin = steady_clock::now();
  CHECK(status_of(ask(listener.port(), get("/api/v1/things"))) == 200);
  CHECK(steady_clock::now() - begin < 5s);
}

TEST_CASE("http: stop lets a request in progress finish and takes no new connection", "[integration][http]") {
  Listener listener;
  RawClient busy(listener.port());
  busy.send(get("/api/v1/wait"));
  listener.api().await_blocked(1);
  std::jthread stopper([&] { listener.transport().stop(20000); });
  wait_until(
      [&] {
        try {
          RawClient late(listener.port());
          return late.closed_within(300ms);
        } catch (const std::runtime_error&) {
          return true;
        }
      },
      10s, "the listener still takes connections");
  listener.api().release();
  CHECK(status_of(busy.reply()) == 200);
  stopper.join();
  CHECK_THROWS(RawClient(listener.port()));
  listener.transport().stop(1000);
}

TEST_CASE("http: stop cuts connections off when its bound is over", "[integration][http]") {
  Listener listener("\"header_timeout\":\"60s\"");
  RawClient slow(listener.port());
  slow.send("GET /api");
  CHECK(status_of(ask(listener.port(), get("/api/v1/things"))) == 200);
  const auto begin = steady_clock::now();
  listener.transport().stop(300);
  CHECK(steady_clock::now() - begin < 5s);
  CHECK(slow.closed_within(5s));
}

TEST_CASE("http: a port in use is an error that names it", "[integration][http]") {
  Listener first;
  CHECK_THROWS_WITH(Listener("\"listen2\":1"), Contains("listen2"));
  sluice::plugin::HostServices services;
  EchoApi api;
  services.api = api.table();
  sluice::plugin::Registry registry(std::move(services));
  REQUIRE(registry.load_file(std::string(SLUICE_PLUGIN_DIR) + "/sluice_transport_http.so").ok());
  auto second =
      registry.create_transport("http", "b", "{\"listen\":\"127.0.0.1:" + std::to_string(first.port()) + "\"}");
  REQUIRE(second.ok());
  auto error = sluice::make_sized<sluice_error>();
  CHECK((*second)->start(error) != SLUICE_OK);
  CHECK_THAT(std::string(error.message), Contains(std::to_string(first.port())));
}

TEST_CASE("http: silent clients and unfinished requests hold no worker, whatever their number", "[integration][http]") {
  Listener listener("\"threads\":1,\"header_timeout\":\"120s\",\"body_timeout\":\"120s\",\"max_connections\":300");
  std::vector<RawClient> others;
  for (int i = 0; i < 600; ++i) {
    others.emplace_back(listener.port());
    if (i % 3 == 1) others.back().send("GET /api/v1/thi");
    if (i % 3 == 2) others.back().send("POST /api/v1/things HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{");
    if (i % 100 == 99) CHECK(status_of(ask(listener.port(), get("/api/v1/things"))) == 200);
  }
  // The last ones have not been dropped; what they began can be ended.
  REQUIRE(others[598].send("ngs HTTP/1.1\r\nHost: x\r\n\r\n"));
  CHECK(status_of(others[598].reply()) == 200);
}
