// Records of requests with an Idempotency-Key: what a repetition gets, on this node, on another and after a crash.
#include "core/cluster/keyed_requests.hpp"

#include <catch2/catch.hpp>
#include <future>

#include "core/cluster/keys.hpp"
#include "core/cluster/state.hpp"
#include "tests/unit/cluster/node_fixture.hpp"

using namespace sluice;
using namespace sluice::testing;
using namespace sluice::cluster;
using Catch::Matchers::Contains;

namespace {

const std::string kEffect = "/sluice/v1/state/effect";

/// Processes that share a store; what they find in it is all they know of each other.
struct Shared {
  std::shared_ptr<host::Store> raw = open_store();
  StateStore store{raw};
  plugin::SecretBox secrets = test_secrets();
  int64_t now = 1'000'000'000'000;
  KeyedRequests::Limits limits;

  KeyedRequests process(const std::string& node, const std::string& id) {
    REQUIRE(store.commit({}, {{process_key(node), encode_text(id), 0}}).ok());
    return KeyedRequests(store, &secrets, node, id, limits, [this] { return now; });
  }
  void ends(const std::string& node) { REQUIRE(store.commit({}, {{process_key(node), std::nullopt, 0}}).ok()); }
  void write() { REQUIRE(store.commit({}, {{kEffect, "x", 0}}).ok()); }
  size_t records() { return store.range(kKeyedRoot)->size(); }
};

KeyedRequest request(const std::string& key, const std::string& whole = "POST /sources") {
  return {key, "createSource", whole, true};
}

/// "run", the body of the reply that is given again, or the error.
std::string outcome(KeyedRequests& requests, const KeyedRequest& what) {
  auto begun = requests.begin(what);
  if (!begun.ok()) {
    CHECK(begun.error().code == 49001);
    CHECK_FALSE(begun.error().workaround.empty());
    return begun.error().message;
  }
  if (begun->reply) return std::to_string(begun->reply->status) + " " + begun->reply->body;
  const KeptReply reply{201, "application/json", "done"};
  begun->held->finish(&reply);
  return "run";
}

}  // namespace

TEST_CASE("keyed requests: a repetition gets the reply of the first, on every node and after a restart",
          "[unit][cluster]") {
  Shared shared;
  auto one = shared.process("node-1", "p1");
  CHECK(outcome(one, request("k")) == "run");
  CHECK(outcome(one, request("k")) == "201 done");
  auto two = shared.process("node-2", "p2");
  CHECK(outcome(two, request("k")) == "201 done");
  auto again = shared.process("node-1", "p3");
  CHECK(outcome(again, request("k")) == "201 done");
  CHECK(outcome(again, request("k2")) == "run");
  CHECK_THAT(outcome(two, request("k", "POST /tasks")), Contains("belongs to another request (createSource"));
  CHECK(outcome(two, request("k")) == "201 done");
}

TEST_CASE("keyed requests: while the first is running a repetition is refused, here and on another node",
          "[unit][cluster]") {
  Shared shared;
  auto one = shared.process("node-1", "p1");
  auto two = shared.process("node-2", "p2");
  auto first = one.begin(request("k"));
  REQUIRE((first.ok() && first->held));
  for (auto* requests : {&one, &two}) {
    const auto second = requests->begin(request("k"));
    REQUIRE_FALSE(second.ok());
    CHECK(second.error().retryable);
    CHECK_THAT(second.error().message, Contains("still running"));
  }
  const KeptReply reply{200, "application/json", "{}"};
  first->held->finish(&reply);
  first->held.reset();
  CHECK(outcome(one, request("k")) == "200 {}");
  CHECK(outcome(two, request("k")) == "200 {}");
}

TEST_CASE("keyed requests: after a crash before any write the repetition is carried out, after one it is told",
          "[unit][cluster]") {
  Shared shared;
  auto crashed = shared.process("node-1", "p1");
  // Marks belong to threads: each request has its own.
  std::promise<void> begun;
  std::promise<void> go_on;
  Result<bool> late = true;
  std::thread without([&] {
    auto held = std::move(crashed.begin(request("without"))->held);
    begun.set_value();
    go_on.get_future().wait();
    late = shared.store.commit({}, {{kEffect, "y", 0}});
    const KeptReply reply{200, "", "late"};
    held->finish(&reply);
  });
  begun.get_future().wait();
  KeyedRequest in_plugin = request("plugin");
  in_plugin.effects_in_store = false;
  std::unique_ptr<KeyedRequests::Held> with;
  std::unique_ptr<KeyedRequests::Held> plugin;
  std::thread([&] {
    with = std::move(crashed.begin(request("with"))->held);
    shared.write();
  }).join();
  std::thread([&] { plugin = std::move(crashed.begin(in_plugin)->held); }).join();
  shared.ends("node-1");

  auto two = shared.process("node-2", "p2");
  CHECK(outcome(two, request("without")) == "run");
  CHECK(outcome(two, request("without")) == "201 done");
  CHECK_THAT(outcome(two, request("with")), Contains("has taken effect, but its reply is lost"));
  CHECK_THAT(outcome(two, in_plugin), Contains("not known what became"));
  // The same when the node is back under its name.
  auto back = shared.process("node-1", "p3");
  CHECK_THAT(outcome(back, request("with")), Contains("has taken effect"));

  // It was not dead after all: its first write fails, since another has taken over.
  go_on.set_value();
  without.join();
  REQUIRE_FALSE(late.ok());
  CHECK(late.error().code == 46024);
  CHECK(shared.store.range(kEffect)->front().value == "x");
  CHECK(outcome(two, request("without")) == "201 done");
}

TEST_CASE("keyed requests: what failed is not kept, unless it had an effect", "[unit][cluster]") {
  Shared shared;
  auto one = shared.process("node-1", "p1");
  for (int i = 0; i < 2; ++i) {
    auto begun = one.begin(request("k"));
    REQUIRE((begun.ok() && begun->held));
    begun->held->finish(nullptr);
    CHECK(shared.records() == 0);
  }
  {
    auto begun = one.begin(request("k"));
    REQUIRE((begun.ok() && begun->held));
    shared.write();
    begun->held->finish(nullptr);
  }
  CHECK_THAT(outcome(one, request("k")), Contains("has taken effect"));
}

TEST_CASE("keyed requests: a write that loses against another is marked only when it wins", "[unit][cluster]") {
  Shared shared;
  auto one = shared.process("node-1", "p1");
  shared.write();
  auto begun = one.begin(request("k"));
  REQUIRE((begun.ok() && begun->held));
  const auto lost = shared.store.commit({{kEffect, 1}}, {{kEffect, "y", 0}});
  REQUIRE(lost.ok());
  CHECK_FALSE(*lost);
  CHECK_THAT(shared.store.range(kKeyedRoot)->front().value, Contains("started"));
  const auto won = shared.store.commit({}, {{kEffect, "y", 0}});
  REQUIRE((won.ok() && *won));
  CHECK_THAT(shared.store.range(kKeyedRoot)->front().value, Contains("effective"));
  shared.write();
}

TEST_CASE("keyed requests: the store holds neither the request nor the reply in clear", "[unit][cluster]") {
  Shared shared;
  auto one = shared.process("node-1", "p1");
  auto begun = one.begin(request("my-key", "POST /sources password=hunter2"));
  const KeptReply reply{200, "application/json", "the reply"};
  begun->held->finish(&reply);
  const auto entries = shared.store.range(kKeyedRoot);
  REQUIRE(entries->size() == 1);
  const std::string all = entries->front().key + entries->front().value;
  for (const char* word : {"my-key", "hunter2", "password", "the reply"}) {
    CHECK(all.find(word) == std::string::npos);
  }
}

TEST_CASE("keyed requests: records go after a day, and the oldest when there are too many", "[unit][cluster]") {
  Shared shared;
  shared.limits.records = 10;
  shared.limits.sweep_every = 1;
  shared.limits.body = 100;
  auto one = shared.process("node-1", "p1");
  for (int i = 0; i < 30; ++i) {
    ++shared.now;
    CHECK(outcome(one, request("k" + std::to_string(i))) == "run");
  }
  CHECK(shared.records() <= 11);
  CHECK(outcome(one, request("k29")) == "201 done");
  CHECK(outcome(one, request("k0")) == "run");
  shared.now += 24 * 3600 * 1000;
  CHECK(outcome(one, request("k29")) == "run");
  CHECK(shared.records() == 1);

  auto begun = one.begin(request("long"));
  const KeptReply reply{200, "application/json", std::string(101, 'x')};
  begun->held->finish(&reply);
  begun->held.reset();
  CHECK_THAT(outcome(one, request("long")), Contains("status 200; its reply was too long to be kept"));
}
