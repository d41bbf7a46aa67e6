// Idempotency-Key over HTTP: over restarts and kill -9, with sluicectl, and beside a transport that knows no keys.
#include <catch2/catch.hpp>
#include <thread>
#include <vector>

#include "tests/support/skip.hpp"
#include "tests/support/sluiced.hpp"

using namespace sluice::test;
using Catch::Matchers::Contains;

namespace {

// Writes that need no database.
HttpReply put_topology(const SluicedProcess& node, const std::string& key, const std::string& host = "10.0.0.9") {
  return node.api().request("PUT", "/api/v1/cluster/info",
                            R"({"grafana_topology":{"host":")" + host + R"(","port":3000}})", "application/json",
                            {{"Idempotency-Key", key}});
}

bool replayed(const HttpReply& reply) {
  const auto found = reply.headers.find("Idempotency-Replayed");
  return found != reply.headers.end() && found->second == "true";
}

}  // namespace

TEST_CASE("idempotency: a repetition after a restart or kill -9 gets the first reply and changes nothing",
          "[integration][app]") {
  SLUICE_SKIP_IF(SluicedProcess::missing());
  SluicedProcess node;
  const HttpReply first = put_topology(node, "key-1");
  REQUIRE(first.status == 200);
  CHECK_FALSE(replayed(first));
  REQUIRE(put_topology(node, "key-2", "10.0.0.2").status == 200);
  const auto again = [&] {
    const HttpReply reply = put_topology(node, "key-1");
    CHECK(replayed(reply));
    CHECK(reply.status == 200);
    CHECK(reply.body == first.body);
    CHECK(node.api().get("/api/v1/cluster/info").text("topology.grafana_topology.host") == "10.0.0.2");
  };
  again();
  node.restart();
  again();
  node.kill9();
  node.restart();
  again();
  const HttpReply other = put_topology(node, "key-1", "10.0.0.3");
  CHECK(other.status == 400);
  CHECK(other.text("error_code") == "49001");
  CHECK_THAT(other.text("error_msg"), Contains("belongs to another request"));
}

TEST_CASE("idempotency: of many requests with one key at the same time one has an effect", "[integration][app]") {
  SLUICE_SKIP_IF(SluicedProcess::missing());
  const SluicedProcess node;
  std::vector<HttpReply> replies(8);
  std::vector<std::thread> threads;
  for (HttpReply& reply : replies) threads.emplace_back([&] { reply = put_topology(node, "key"); });
  for (auto& thread : threads) thread.join();
  int carried_out = 0;
  for (const HttpReply& reply : replies) {
    if (reply.status == 200) {
      carried_out += replayed(reply) ? 0 : 1;
    } else {
      CHECK_THAT(reply.text("error_msg"), Contains("still running"));
    }
  }
  CHECK(carried_out == 1);
  CHECK(replayed(put_topology(node, "key")));
}

TEST_CASE("idempotency: sluicectl sends the key that it is given", "[integration][app]") {
  SLUICE_SKIP_IF(SluicedProcess::missing());
  const SluicedProcess node;
  const auto ctl = [&](const std::string& host) {
    std::string text;
    const int code = run({std::string(SLUICE_BINARY_DIR) + "/bin/sluicectl", "--url",
                          "http://127.0.0.1:" + std::to_string(node.port()), "--idempotency-key", "k", "cluster",
                          "set-info", "--body", R"({"grafana_topology":{"host":")" + host + R"(","port":3000}})"},
                         &text);
    return std::to_string(code) + " " + text;
  };
  const std::string first = ctl("a");
  CHECK_THAT(first, Catch::Matchers::StartsWith("0 "));
  CHECK(ctl("a") == first);
  CHECK_THAT(ctl("b"), Catch::Matchers::StartsWith("1 ") && Contains("belongs to another request"));
}

TEST_CASE("idempotency: a transport that was built for ABI 1.0 goes on working", "[integration][app]") {
  SLUICE_SKIP_IF(SluicedProcess::missing());
  SluicedOptions options;
  options.plugin_paths = {SLUICE_TEST_PLUGINS};
  options.extra = "\n[[transport]]\nplugin = \"old_transport\"\n";
  SluicedProcess node(options);
  wait_until([&] { return node.log().find("Node is up") != std::string::npos; }, 30s, "the transport to be started");
  CHECK_THAT(node.log(), Contains("old transport: getSourceList 200, an object") &&
                             Contains("old transport: updateClusterInfo 200, an object"));
  CHECK_THAT(node.api().get("/api/v1/plugins").body, Contains("old_transport"));
  CHECK(node.terminate() == 0);
}
