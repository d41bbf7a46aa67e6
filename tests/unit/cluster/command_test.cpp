// Commands from a master to the worker that holds a subtask, through the store alone.
#include <catch2/catch.hpp>

#include <future>

#include "core/cluster/command_channel.hpp"
#include "core/cluster/command_records.hpp"
#include "core/cluster/keys.hpp"
#include "core/cluster/state_store.hpp"
#include "tests/unit/cluster/node_fixture.hpp"

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;
using cluster::CommandChannel;
using cluster::SubtaskCommand;
using model::Json;

namespace {

const SubtaskCommand kCommand{"t", "s1", {"look", Json::object().set("a", 1)}};

bool always() { return true; }

/// What lies below the root of commands.
size_t left_behind(const std::shared_ptr<host::Store>& store) {
  return cluster::StateStore(store).range(cluster::kCommandRoot)->size();
}

/// A node that has task t on source s1, stopped after it ran.
void prepare(NodeUnderTest& test) {
  REQUIRE(test.node->start().ok());
  REQUIRE(test.node->create_source(make_source("s1"), "").ok());
  REQUIRE(test.node->create_task(make_task("t", {"s1"})).ok());
}

void run_and_stop(NodeUnderTest& test) {
  REQUIRE(test.node->start_task("t", {}, {}).ok());
  REQUIRE(eventually([&] { return test.recorder->count("start t/s1") == 1; }));
  REQUIRE(test.node->stop_task("t", std::nullopt, {}).ok());
  REQUIRE(eventually([&] { return test.recorder->count("pause t/s1") == 1; }));
}

}  // namespace

TEST_CASE("commands: a request reaches the worker of its name, its reply or error comes back, nothing is left behind",
          "[unit][cluster]") {
  for (const std::string plugin : {"memory", "sqlite"}) {
    const std::string file = "/tmp/sluice-command-test-" + std::to_string(getpid()) + ".db";
    const auto store = open_store(plugin, plugin == "sqlite" ? R"({"file":")" + file + "\"}" : "{}");
    {
      CommandChannel worker(store, "w/1", {"w/1"}, [](const SubtaskCommand& got) -> Result<Json> {
        if (got.command.kind == "fail") {
          Error error = make_error(44015, "no such table", "because", "look");
          error.table = "d.t";
          return error;
        }
        return Json::object().set("task", got.task).set("source", got.source).set("arguments", got.command.arguments);
      });
      CommandChannel other(store, "w", {"w"},
                           [](const SubtaskCommand&) -> Result<Json> { return Json("wrong worker"); });
      CommandChannel caller(store, "m", {}, {});
      worker.start();
      other.start();
      caller.start();
      auto reply = caller.call("w/1", kCommand, 30s, always);
      REQUIRE(reply.ok());
      CHECK(to_text(*reply) == R"({"task":"t","source":"s1","arguments":{"a":1}})");
      auto refused = caller.call("w/1", {"t", "s1", {"fail"}}, 30s, always);
      REQUIRE_FALSE(refused.ok());
      CHECK(refused.error().code == 44015);
      CHECK(refused.error().table == "d.t");
      CHECK(refused.error().workaround == "look");
      CHECK(left_behind(store) == 0);
      // A worker may ask itself: one process is a whole system.
      CHECK(worker.call("w/1", kCommand, 30s, always).ok());
    }
    for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(file + end);
  }
}

TEST_CASE("commands: slow ones do not hold up others, and many at once each get their own reply", "[unit][cluster]") {
  const auto store = open_store();
  std::promise<void> gate;
  std::shared_future<void> open(gate.get_future());
  CommandChannel worker(store, "w", {"w"}, [&](const SubtaskCommand& got) -> Result<Json> {
    if (got.command.kind == "slow") open.wait();
    return Json(got.source);
  });
  CommandChannel caller(store, "m", {}, {});
  worker.start();
  caller.start();
  auto slow = std::async(std::launch::async, [&] { return caller.call("w", {"t", "slow", {"slow"}}, 60s, always); });
  std::vector<std::future<Result<Json>>> quick;
  for (int i = 0; i < 20; ++i) {
    quick.push_back(std::async(std::launch::async, [&, i] {
      return caller.call("w", {"t", std::to_string(i), {"quick"}}, 60s, always);
    }));
  }
  for (int i = 0; i < 20; ++i) CHECK(*quick[static_cast<size_t>(i)].get() == Json(std::to_string(i)));
  gate.set_value();
  CHECK(*slow.get() == Json("slow"));
  CHECK(left_behind(store) == 0);
}

TEST_CASE("commands: one that no worker takes is withdrawn after its time and never executed", "[unit][cluster]") {
  const auto store = open_store();
  CommandChannel caller(store, "m", {}, {});
  caller.start();
  auto reply = caller.call("w", kCommand, 50ms, always);
  REQUIRE_FALSE(reply.ok());
  CHECK(reply.error().code == 38033);
  CHECK(reply.error().raw_cause.find("will not be carried out") != std::string::npos);
  CHECK(left_behind(store) == 0);
  std::atomic<int> executed{0};
  CommandChannel worker(store, "w", {"w"}, [&](const SubtaskCommand&) -> Result<Json> { return Json(++executed); });
  worker.start();
  CHECK(caller.call("w", kCommand, 30s, always).ok());
  CHECK(executed == 1);
  worker.stop();
  worker.join();
  // A worker that is gone ends the wait at once.
  auto gone = caller.call("w", kCommand, 30s, [] { return false; });
  REQUIRE_FALSE(gone.ok());
  CHECK(gone.error().code == 38008);
  CHECK(left_behind(store) == 0);
}

TEST_CASE("commands: one that takes too long says that it may be carried out, and leaves nothing", "[unit][cluster]") {
  const auto store = open_store();
  std::promise<void> gate;
  CommandChannel worker(store, "w", {"w"}, [&](const SubtaskCommand&) -> Result<Json> {
    gate.get_future().wait();
    return Json(1);
  });
  CommandChannel caller(store, "m", {}, {});
  worker.start();
  caller.start();
  std::atomic<bool> taken{false};
  // Only once it is taken may time run out: `alive` is asked about every second.
  const auto until_taken = [&] {
    taken = left_behind(store) == 1 && cluster::StateStore(store).range(cluster::reply_key("")).value().size() == 1;
    return !taken;
  };
  auto reply = caller.call("w", kCommand, 60s, until_taken);
  REQUIRE_FALSE(reply.ok());
  CHECK(taken);
  CHECK(reply.error().raw_cause.find("after it had begun") != std::string::npos);
  CHECK(left_behind(store) == 0);
  gate.set_value();
  worker.stop();
  worker.join();
  CHECK(left_behind(store) == 0);  // the late reply had no lease any more
}

TEST_CASE("commands: two processes of one worker name execute a request once", "[unit][cluster]") {
  const auto store = open_store();
  std::atomic<int> executed{0};
  const auto count = [&](const SubtaskCommand&) -> Result<Json> { return Json(++executed); };
  CommandChannel former(store, "w", {"w"}, count);
  CommandChannel now(store, "w", {"w"}, count);
  CommandChannel caller(store, "m", {}, {});
  former.start();
  now.start();
  caller.start();
  for (int i = 1; i <= 50; ++i) {
    REQUIRE(caller.call("w", kCommand, 30s, always).ok());
    REQUIRE(executed == i);
  }
}

TEST_CASE("commands: what a caller that died left behind vanishes with its lease", "[unit][cluster]") {
  const auto store = open_store();
  cluster::StateStore writer(store);
  auto lease = writer.grant(100);
  REQUIRE(lease.ok());
  REQUIRE(*writer.commit({}, {{cluster::request_key("w", "abc"), "x", *lease}}));
  CHECK(eventually([&] { return left_behind(store) == 0; }));
}

TEST_CASE("node: a command needs a task, a source, a subtask, a bound worker that lives", "[unit][cluster]") {
  NodeUnderTest test;
  prepare(test);
  REQUIRE(test.node->create_source(make_source("s2"), "").ok());
  CHECK(test.node->command("nothing", "s1", {"look"}).error().code == 46018);
  CHECK(test.node->command("t", "nobody", {"look"}).error().code == 46008);
  CHECK(test.node->command("t", "s2", {"look"}).error().code == 40054);
  CHECK(test.node->command("t", "s1", {"look"}).error().code == 40051);  // never started
  run_and_stop(test);
  auto reply = test.node->command("t", "s1", {"look"});
  REQUIRE(reply.ok());
  CHECK(*reply == Json("t/s1"));
  CHECK(test.recorder->count("look t/s1") == 1);
  CHECK(left_behind(test.store) == 0);
}

TEST_CASE("node: any node of a cluster may ask, the one that holds the subtask answers", "[unit][cluster]") {
  const auto store = open_store();
  NodeUnderTest first(store, "node-1", "127.0.0.1:8262");
  prepare(first);
  run_and_stop(first);
  NodeUnderTest second(store, "node-2", "127.0.0.1:8263");
  REQUIRE(second.node->start().ok());
  auto reply = second.node->command("t", "s1", {"look"});
  REQUIRE(reply.ok());
  CHECK(first.recorder->count("look t/s1") == 1);
  CHECK(second.recorder->count("look t/s1") == 0);
  // The source moves to the node that is left, and the paused subtask with it.
  first.node->stop();
  CHECK(eventually([&] { return second.node->command("t", "s1", {"look"}).ok(); }));
  CHECK(second.recorder->count("look t/s1") == 1);
}

TEST_CASE("node: a subtask that was stopped before the process began can be asked, and started again",
          "[unit][cluster]") {
  const auto store = open_store();
  {
    NodeUnderTest test(store);
    prepare(test);
    run_and_stop(test);
    REQUIRE(eventually([&] { return dump(*store).find("\"Paused\"") != std::string::npos; }));
    test.node->stop();
  }
  NodeUnderTest again(store);
  REQUIRE(again.node->start().ok());
  REQUIRE(eventually([&] { return again.node->command("t", "s1", {"look"}).ok(); }));
  CHECK(again.node->task("t")->statuses[0].stage == model::Stage::Paused);
  CHECK(again.recorder->count("start t/s1") == 0);
  REQUIRE(again.node->start_task("t", {}, {}).ok());
  CHECK(eventually([&] { return again.recorder->count("start t/s1") == 1; }));
}
