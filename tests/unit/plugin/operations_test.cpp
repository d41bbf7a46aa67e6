// Operations that plugin instances contribute: what is refused, what a misbehaving handler comes to, and the end of an
// instance while a request is in it.
#include "core/plugin/operations.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <functional>
#include <thread>

#include "sluice/common/text.hpp"

using namespace sluice;
using namespace sluice::plugin;
using Catch::Matchers::Contains;

namespace {

using Body = std::function<void(const sluice_reply_sink&)>;

void call_body(void* self, const sluice_request* /*request*/, const sluice_reply_sink* reply) noexcept {
  (*static_cast<Body*>(self))(*reply);
}

sluice_operation_handler handler(Body* body, const char* id, const char* method, const char* path) {
  auto out = make_sized<sluice_operation_handler>();
  out.operation = make_sized<sluice_operation>();
  out.operation.id = to_str(id);
  out.operation.method = to_str(method);
  out.operation.path = to_str(path);
  out.self = body;
  out.handle = call_body;
  return out;
}

Body answers(int32_t status, const char* type, const char* body) {
  return [=](const sluice_reply_sink& reply) { reply.done(reply.self, status, to_str(type), to_str(body)); };
}

/// What the host makes of one request to such a handler: "status type body", or the error's message.
std::string outcome(Body body) {
  PluginOperations operations;
  const int owner = 0;
  REQUIRE(operations.add(&owner, "one", handler(&body, "op", "GET", "/op")).ok());
  operations.publish(&owner);
  const auto request = make_sized<sluice_request>();
  const auto reply = operations.run("one", "op", request);
  if (!reply.ok()) {
    CHECK(reply.error().code == 50000);
    CHECK_THAT(reply.error().one_line(), Contains("`op` of the instance `one`") && Contains("Workaround"));
    return reply.error().message;
  }
  return std::to_string(reply->status) + " " + reply->content_type + " " + reply->body;
}

}  // namespace

TEST_CASE("operations: what is declared badly is refused and named", "[unit][plugin]") {
  PluginOperations operations;
  const int owner = 0;
  Body body = answers(200, "", "");
  const auto refused = [&](const char* id, const char* method, const char* path) {
    const Status status = operations.add(&owner, "one", handler(&body, id, method, path));
    return status.ok() ? std::string() : status.error().message;
  };
  CHECK_THAT(refused("", "GET", "/a"), Contains("the id is ``"));
  CHECK_THAT(refused("a/b", "GET", "/a"), Contains("the id is `a/b`"));
  CHECK_THAT(refused("a", "PATCH", "/a"), Contains("the method is `PATCH`"));
  for (const char* path : {"", "a", "//a", "/a//b", "/a/", "/../a", "/a?b", "/{", "/{}", "/a{b}", "/a b", "/%2F"}) {
    INFO(path);
    CHECK_THAT(refused("a", "GET", path), Contains("path"));
  }
  CHECK_THAT(refused("a", "GET", "/{x}/{x}"), Contains("parameter `x` twice"));
  CHECK(refused("a", "GET", "/a/{x}") == "");
  CHECK_THAT(refused("a", "GET", "/b"), Contains("id is there already"));
  CHECK_THAT(refused("b", "GET", "/a/{y}"), Contains("`a` has this method and path"));
  CHECK(refused("b", "POST", "/a/{y}") == "");
}

TEST_CASE("operations: a handler that answers outside of its contract becomes an error", "[unit][plugin]") {
  CHECK(outcome(answers(200, "application/json", "{}")) == "200 application/json {}");
  CHECK(outcome(answers(404, "", R"({"a":1})")) == R"(404 application/json {"a":1})");
  CHECK(outcome(answers(204, "", "")) == "204 application/json ");
  CHECK(outcome(answers(200, "text/plain", "hello")) == "200 text/plain hello");
  CHECK_THAT(outcome([](const sluice_reply_sink&) {}), Contains("without an answer"));
  CHECK_THAT(outcome([](const sluice_reply_sink& reply) {
               for (int i = 0; i < 2; ++i) reply.done(reply.self, 200, to_str(""), to_str("{}"));
             }),
             Contains("answered 2 times"));
  for (const int32_t status : {0, -1, 42, 100, 199, 300, 302, 399, 600}) {
    CHECK_THAT(outcome(answers(status, "", "")), Contains("with the status " + std::to_string(status)));
  }
  CHECK_THAT(outcome(answers(200, "application/json; charset=utf-8", "{\"a\":")), Contains("no JSON"));
  CHECK_THAT(outcome(answers(200, "text/plain\r\nSet-Cookie: a", "x")), Contains("content type"));
  CHECK_THAT(outcome(answers(204, "", "{}")), Contains("a body and the status 204"));
}

TEST_CASE("operations: an answer after the return does no harm, and what never answers is switched off",
          "[unit][plugin]") {
  PluginOperations operations;
  const int owner = 0;
  std::vector<sluice_reply_sink> late;
  Body body = [&](const sluice_reply_sink& reply) { late.push_back(reply); };
  REQUIRE(operations.add(&owner, "one", handler(&body, "op", "GET", "/op")).ok());
  operations.publish(&owner);
  const auto request = make_sized<sluice_request>();
  for (int i = 0; i < 105; ++i) CHECK_FALSE(operations.run("one", "op", request).ok());
  CHECK(late.size() == 100);
  CHECK_THAT(operations.run("one", "op", request).error().message, Contains("not called any more"));
  for (const auto& sink : late) sink.done(sink.self, 200, to_str("application/json"), to_str("{}"));
}

TEST_CASE("operations: they are served from publish to remove, of two instances of one name the older serves",
          "[unit][plugin]") {
  PluginOperations operations;
  const int first = 0;
  const int second = 0;
  Body of_first = answers(200, "", "1");
  Body of_second = answers(200, "", "2");
  const auto request = make_sized<sluice_request>();
  const auto asked = [&] {
    const auto reply = operations.run("one", "op", request);
    return reply.ok() ? reply->body : std::to_string(reply.error().code);
  };
  REQUIRE(operations.add(&first, "one", handler(&of_first, "op", "GET", "/op")).ok());
  CHECK(operations.list().empty());
  CHECK(asked() == "49001");
  operations.publish(&first);
  const uint64_t revision = operations.revision();
  REQUIRE(operations.add(&second, "one", handler(&of_second, "op", "GET", "/op")).ok());
  operations.publish(&second);
  CHECK(operations.revision() != revision);
  CHECK(operations.list().size() == 1);
  CHECK(asked() == "1");
  operations.remove(&first);
  CHECK(asked() == "2");
  operations.remove(&second);
  CHECK(asked() == "49001");
}

TEST_CASE("operations: an instance is closed only when no request is in it any more", "[unit][plugin]") {
  PluginOperations operations;
  const int owner = 0;
  std::atomic<bool> inside{false};
  std::atomic<bool> go_on{false};
  std::atomic<bool> closed{false};
  std::atomic<bool> closed_inside{false};
  Body body = [&](const sluice_reply_sink& reply) {
    inside = true;
    while (!go_on) std::this_thread::yield();
    closed_inside = closed_inside || closed;
    reply.done(reply.self, 200, to_str(""), to_str("{}"));
  };
  REQUIRE(operations.add(&owner, "one", handler(&body, "op", "GET", "/op")).ok());
  operations.publish(&owner);
  const auto request = make_sized<sluice_request>();
  std::string reply;
  std::thread asking([&] {
    const auto answer = operations.run("one", "op", request);
    reply = answer.ok() ? answer->body : answer.error().message;
  });
  while (!inside) std::this_thread::yield();
  std::thread closing([&] {
    operations.remove(&owner);
    closed = true;
  });
  while (!operations.list().empty()) std::this_thread::yield();
  CHECK(operations.run("one", "op", request).error().code == 49001);
  go_on = true;
  asking.join();
  closing.join();
  CHECK(reply == "{}");
  CHECK_FALSE(closed_inside);
}
