// Operations that plugins contribute, over HTTP and with sluicectl.
#include <catch2/catch.hpp>

#include "core/model/json.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/sluiced.hpp"

using namespace sluice;
using namespace sluice::test;
using Catch::Matchers::Contains;
using model::Json;

namespace {

// The instance's name has a slash in it, as those of tasks have.
SluicedOptions with_odd(const std::string& dialect) {
  SluicedOptions options;
  options.dialect = dialect;
  options.plugin_paths = {SLUICE_TEST_PLUGINS};
  options.extra = "\n[[transport]]\nplugin = \"odd\"\nname = \"odd/1\"\n";
  return options;
}
const std::string kBase = "/api/v1/plugins/odd%2F1";

/// The transport http is started first and answers before the other is there.
void await_odd(const SluicedProcess& node) {
  wait_until([&] { return node.api().get(kBase + "/hello").status == 200; }, 30s, "the plugin's operations");
}

}  // namespace

TEST_CASE("operations of a plugin: served below its instance, with parameters, query, body and caller",
          "[integration][app]") {
  SLUICE_SKIP_IF(SluicedProcess::missing());
  for (const std::string dialect : {"docs", "spec"}) {
    SluicedProcess node(with_odd(dialect));
    await_odd(node);
    CHECK(node.api().get(kBase + "/hello").text("hello") == "world");
    const HttpReply put = node.api().put(kBase + "/items/a%2Fb?colour=red", R"({"n":1})");
    CHECK(put.status == 201);
    CHECK(put.text("item") == "a/b");
    CHECK(put.text("colour") == "red");
    CHECK(put.text("identity") == "127.0.0.1");
    CHECK(put.text("dialect") == dialect);
    CHECK(put.number("body.n") == 1);
    CHECK(node.api().get(kBase + "/nothing").status == 404);
    CHECK(node.api().get("/api/v1/plugins/nobody/hello").status == 404);
    const HttpReply wrong = node.api().post(kBase + "/hello");
    CHECK(wrong.status == 405);
    const HttpReply trial = node.api().put(kBase + "/items/x?dry_run=true", "{}");
    CHECK(trial.status == 400);
    CHECK(trial.text("error_code") == "49001");
    const HttpReply failed = node.api().del(kBase + "/items/x");
    CHECK(failed.status == 400);
    CHECK(failed.text("error_msg") == "the item is \"stuck\"");
    CHECK((failed.body.find(R"("error_code":")") != std::string::npos) == (dialect == "docs"));

    REQUIRE(node.terminate() == 0);
    CHECK_THAT(node.log(), Contains("audit") && Contains("putItem") && Contains("odd/1"));
  }
}

TEST_CASE("operations of a plugin: one that answers outside of its contract gives an error and harms nothing",
          "[integration][app]") {
  SLUICE_SKIP_IF(SluicedProcess::missing());
  const SluicedProcess node(with_odd("docs"));
  await_odd(node);
  for (const auto& [path, why] : {std::pair<const char*, const char*>{"/mute", "without an answer"},
                                  {"/twice", "answered 2 times"},
                                  {"/status", "with the status 42"},
                                  {"/nonsense", "no JSON"}}) {
    const HttpReply reply = node.api().get(kBase + path);
    CHECK(reply.status == 400);
    CHECK(reply.text("error_code") == "50000");
    CHECK_THAT(reply.text("error_msg"), Contains(why) && Contains("odd/1") && Contains("Workaround"));
  }
  CHECK(node.api().get(kBase + "/hello").status == 200);
}

TEST_CASE("operations of a plugin: the list of plugins, the description and sluicectl know them",
          "[integration][app]") {
  SLUICE_SKIP_IF(SluicedProcess::missing());
  const SluicedProcess node(with_odd("docs"));
  await_odd(node);
  CHECK_THAT(node.api().get("/api/v1/plugins").body,
             Contains("/plugins/odd%2F1/items/{item}") && Contains("Tells what it was asked"));
  const Json document = *model::parse_json(node.api().get("/api/v1/dm.json").body);
  const Json* item = document.find("paths")->find(kBase + "/items/{item}");
  REQUIRE(item);
  CHECK(*item->find("put")->find("x-sluice-contributed") == Json("odd/1"));
  CHECK(item->find("delete"));

  const auto ctl = [&](std::vector<std::string> words, std::string& text) {
    words.insert(words.begin(), {std::string(SLUICE_BINARY_DIR) + "/bin/sluicectl", "--url",
                                 "http://127.0.0.1:" + std::to_string(node.port())});
    return run(words, &text);
  };
  std::string text;
  CHECK(ctl({"call", "get", "/plugins/odd%2F1/hello"}, text) == 0);
  CHECK(text == "{\"hello\":\"world\"}\n");
  CHECK(ctl({"call", "PUT", "/plugins/odd%2F1/items/7?colour=blue", "--body", "[7]"}, text) == 0);
  CHECK_THAT(text, Contains("blue") && Contains("[7]"));
  CHECK(ctl({"call", "GET", "/plugins/odd%2F1/mute"}, text) == 1);
  CHECK_THAT(text, Contains("without an answer"));
  CHECK(ctl({"call", "PATCH", "/plugins"}, text) == 2);
  CHECK(ctl({"call", "GET", "plugins"}, text) == 2);
  CHECK(ctl({"call", "GET"}, text) == 2);
}
