// Idempotency-Key as clients of the API meet it.
#include <catch2/catch.hpp>
#include <condition_variable>
#include <thread>

#include "core/cluster/dry_run.hpp"
#include "tests/unit/api/api_fixture.hpp"

using namespace sluice;
using namespace sluice::testing;
using Catch::Matchers::Contains;

namespace {

api::Request create(const std::string& key, const std::string& body = kSource) {
  api::Request request;
  request.operation = "createSource";
  request.body = body;
  request.identity = "10.0.0.1";
  request.idempotency_key = key;
  return request;
}

std::string number_of(const api::Reply& reply) {
  return std::to_string(reply.status) + " " + (reply.status < 400 ? "" : ApiUnderTest::code(reply)) +
         (reply.replayed ? " replayed" : "");
}

}  // namespace

TEST_CASE("idempotency: a repetition gets the reply of the first and changes nothing, in both dialects",
          "[unit][api]") {
  for (const auto dialect : {api::Dialect::Docs, api::Dialect::Spec}) {
    ApiUnderTest test(dialect);
    api::Request request = create("key-1");
    request.dialect = dialect;
    const api::Reply first = test.api->dispatch(request);
    REQUIRE(first.status == (dialect == api::Dialect::Docs ? 200 : 201));
    CHECK_FALSE(first.replayed);
    const size_t asked = test.asked.size();
    const api::Reply second = test.api->dispatch(request);
    CHECK(second.status == first.status);
    CHECK(second.body == first.body);
    CHECK(second.content_type == first.content_type);
    CHECK(second.replayed);
    CHECK(test.asked.size() == asked);
    request.idempotency_key.clear();
    CHECK(number_of(test.api->dispatch(request)) == "400 46007");
    request.idempotency_key = "key-2";
    CHECK(number_of(test.api->dispatch(request)) == "400 46007");
    CHECK(number_of(test.api->dispatch(request)) == "400 46007 replayed");
  }
}

TEST_CASE("idempotency: any other request with the key is refused", "[unit][api]") {
  ApiUnderTest test;
  REQUIRE(test.api->dispatch(create("key")).status == 200);
  std::vector<api::Request> others(6, create("key"));
  others[0].body += " ";
  others[1].identity = "10.0.0.2";
  others[2].query = {{"a", "b"}};
  others[3].operation = "createTask";
  others[4].path = {{"a", "b"}};
  others[5].dialect = api::Dialect::Spec;
  for (const api::Request& other : others) {
    const api::Reply reply = test.api->dispatch(other);
    CHECK(number_of(reply) == "400 49001");
    CHECK_THAT(reply.body, Contains("belongs to another request"));
  }
  api::Request read = create("key");
  read.operation = "getSourceList";
  CHECK(number_of(test.api->dispatch(read)) == "200 ");
}

TEST_CASE("idempotency: keys are 1 to 255 visible ASCII characters", "[unit][api]") {
  ApiUnderTest test;
  for (const std::string& bad : {std::string(256, 'k'), std::string("a b"), std::string("a\n"), std::string("\x7f"),
                                 std::string("ü"), std::string("a\0", 2)}) {
    CHECK(number_of(test.api->dispatch(create(bad))) == "400 49001");
  }
  CHECK(number_of(test.api->dispatch(create(std::string(255, '~')))) == "200 ");
}

TEST_CASE("idempotency: a trial is not the request, and what may mend itself is tried again", "[unit][api]") {
  ApiUnderTest test;
  api::Request trial = create("key");
  trial.query = {{"dry_run", "true"}};
  CHECK(number_of(test.api->dispatch(trial)) == "200 ");
  CHECK(number_of(test.api->dispatch(trial)) == "200 ");
  CHECK(number_of(test.api->dispatch(create("key"))) == "200 ");
  CHECK(number_of(test.api->dispatch(create("key"))) == "200  replayed");
  api::Request no_trial = create("key-0");
  no_trial.query = {{"dry_run", "0"}};
  no_trial.body.replace(no_trial.body.find("mysql-01"), 8, "mysql-02");
  CHECK(number_of(test.api->dispatch(no_trial)) == "200 ");
  CHECK(number_of(test.api->dispatch(no_trial)) == "200  replayed");
  api::Request not_built = create("other");
  not_built.operation = "enableRelay";
  not_built.path = {{"source-name", "mysql-01"}};
  CHECK(test.api->dispatch(not_built).status == 501);
  CHECK_FALSE(test.api->dispatch(not_built).replayed);
}

TEST_CASE("idempotency: of two requests with one key at the same time one is carried out", "[unit][api]") {
  ApiUnderTest test;
  std::mutex mutex;
  std::condition_variable changed;
  bool inside = false;
  bool go_on = false;
  api::Servers servers;
  servers.inspect = [&](const model::Endpoint& endpoint) {
    std::unique_lock lock(mutex);
    inside = true;
    changed.notify_all();
    changed.wait(lock, [&] { return go_on; });
    return test.look(endpoint);
  };
  const api::Api slow(*test.node.node, servers);
  api::Reply first;
  std::thread running([&] { first = slow.dispatch(create("key")); });
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return inside; });
  }
  const api::Reply second = test.api->dispatch(create("key"));
  CHECK(number_of(second) == "400 49001");
  CHECK_THAT(second.body, Contains("still running"));
  {
    const std::lock_guard lock(mutex);
    go_on = true;
    changed.notify_all();
  }
  running.join();
  CHECK(number_of(first) == "200 ");
  CHECK(number_of(test.api->dispatch(create("key"))) == "200  replayed");
}

TEST_CASE("idempotency: another node of the cluster gives the same reply", "[unit][api]") {
  ApiUnderTest test;
  NodeUnderTest other(test.node.store, "node-2", "127.0.0.1:9262");
  REQUIRE(other.node->start().ok());
  const api::Api second(*other.node);
  const api::Reply first = test.api->dispatch(create("key"));
  REQUIRE(first.status == 200);
  const api::Reply again = second.dispatch(create("key"));
  CHECK(again.replayed);
  CHECK(again.body == first.body);
}
