#include <catch2/catch.hpp>

#include "tests/unit/cluster/node_fixture.hpp"

using namespace sluice;
using namespace sluice::testing;
using model::Stage;

namespace {

NodeUnderTest three_workers() { return NodeUnderTest(open_store(), "n", "127.0.0.1:8262", nullptr, 3); }

Stage stage_of(NodeUnderTest& test, const std::string& task) { return test.node->task(task)->statuses.at(0).stage; }

void run_task(NodeUnderTest& test, const std::string& task, const std::string& source) {
  REQUIRE(test.node->create_task(make_task(task, {source})).ok());
  REQUIRE(test.node->start_task(task, {}, {}).ok());
  REQUIRE(eventually([&] { return stage_of(test, task) == Stage::Running; }));
}

}  // namespace

TEST_CASE("transfer: names that are unknown and workers that are not free are refused", "[unit][cluster][transfer]") {
  NodeUnderTest test = three_workers();
  NodeUnderTest other(test.store, "other", "127.0.0.1:8272");
  REQUIRE(test.node->start().ok());
  REQUIRE(other.node->start().ok());
  REQUIRE(test.node->create_source(make_source("s1"), "n").ok());
  REQUIRE(test.node->create_source(make_source("s2"), "n-2").ok());
  other.node->stop();
  CHECK(test.node->transfer_source("nobody", "n-3").error().code == 46008);
  CHECK(test.node->transfer_source("s1", "nobody").error().code == 46004);
  CHECK(test.node->transfer_source("s1", "n-2").error().code == 46006);
  const Status offline = test.node->transfer_source("s1", "other");
  CHECK(offline.error().code == 46006);
  CHECK(offline.error().message.find("from offline to bound") != std::string::npos);
  CHECK(test.node->source("s1")->worker == "n");
  CHECK(test.node->transfer_source("s1", "n").ok());
  REQUIRE(test.node->transfer_source("s1", "n-3").ok());
  CHECK(test.node->source("s1")->worker == "n-3");
}

TEST_CASE("transfer: running subtasks are paused, moved and run again, others keep their stage",
          "[unit][cluster][transfer]") {
  NodeUnderTest test = three_workers();
  REQUIRE(test.node->start().ok());
  REQUIRE(test.node->create_source(make_source("s1"), "n").ok());
  run_task(test, "runs", "s1");
  run_task(test, "rests", "s1");
  REQUIRE(test.node->create_task(make_task("fresh", {"s1"})).ok());
  REQUIRE(test.node->stop_task("rests", std::nullopt, {}).ok());
  REQUIRE(eventually([&] { return stage_of(test, "rests") == Stage::Paused; }));
  const size_t pauses = test.recorder->count("pause rests/s1");
  REQUIRE(test.node->transfer_source("s1", "n-2").ok());
  CHECK(test.recorder->count("pause runs/s1") == 1);
  CHECK(test.node->source("s1")->worker == "n-2");
  REQUIRE(eventually([&] {
    const auto status = test.node->task("runs")->statuses.at(0);
    return status.stage == Stage::Running && status.worker == "n-2";
  }));
  CHECK(test.recorder->count("start runs/s1") == 2);
  CHECK(test.recorder->count("close runs/s1") == 1);
  CHECK(test.recorder->count("pause rests/s1") == pauses);
  CHECK(stage_of(test, "rests") == Stage::Paused);
  CHECK(stage_of(test, "fresh") == Stage::New);
  CHECK(dump(*test.store).find("/transfers/") == std::string::npos);
}

TEST_CASE("transfer: the worker that the source leaves takes one that waits", "[unit][cluster][transfer]") {
  NodeUnderTest test(open_store(), "n", "127.0.0.1:8262", nullptr, 1);
  NodeUnderTest other(test.store, "other", "127.0.0.1:8272");
  REQUIRE(test.node->start().ok());
  REQUIRE(test.node->create_source(make_source("s1"), "").ok());
  REQUIRE(test.node->create_source(make_source("s2"), "").ok());
  REQUIRE(test.node->source("s2")->worker.empty());
  REQUIRE(test.node->delete_source("s2", false).ok());
  REQUIRE(other.node->start().ok());
  REQUIRE(test.node->transfer_source("s1", "other").ok());
  REQUIRE(test.node->create_source(make_source("s2"), "").ok());
  CHECK(eventually([&] { return test.node->source("s2")->worker == "n"; }));
}

TEST_CASE("transfer: a running subtask that is not in the sync unit is a reason to refuse",
          "[unit][cluster][transfer]") {
  NodeUnderTest test = three_workers();
  REQUIRE(test.node->start().ok());
  REQUIRE(test.node->create_source(make_source("s1"), "n").ok());
  REQUIRE(test.node->create_task(make_task("loads", {"s1"}, "full")).ok());
  REQUIRE(test.node->start_task("loads", {}, {}).ok());
  REQUIRE(eventually([&] { return stage_of(test, "loads") == Stage::Running; }));
  CHECK(test.node->transfer_source("s1", "n-2").error().code == 46019);
  CHECK(test.node->source("s1")->worker == "n");
  CHECK(test.recorder->count("pause loads/s1") == 0);
}

TEST_CASE("transfer: when a subtask cannot be paused nothing is moved and it goes on", "[unit][cluster][transfer]") {
  NodeUnderTest test(open_store(), "n", "127.0.0.1:8262", nullptr, 2, std::chrono::milliseconds(300));
  REQUIRE(test.node->start().ok());
  REQUIRE(test.node->create_source(make_source("s1"), "n").ok());
  run_task(test, "stuck", "s1");
  {
    const std::lock_guard lock(test.recorder->mutex);
    model::SubtaskStatus stuck;
    stuck.task = "stuck";
    stuck.source = "s1";
    stuck.worker = "n";
    stuck.unit = "sync";
    stuck.stage = Stage::Running;  // whatever it is told
    stuck.sync.emplace();
    test.recorder->statuses["stuck/s1"] = stuck;
  }
  CHECK(test.node->transfer_source("s1", "n-2").error().code == 46032);
  CHECK(test.node->source("s1")->worker == "n");
  CHECK(eventually([&] { return test.recorder->count("start stuck/s1") == 2; }));
  CHECK(dump(*test.store).find("/transfers/") == std::string::npos);
}

TEST_CASE("transfer: one that a crash interrupted does not leave its tasks paused", "[unit][cluster][transfer]") {
  auto store = open_store();
  {
    NodeUnderTest first(store, "n", "127.0.0.1:8262", nullptr, 2);
    REQUIRE(first.node->start().ok());
    REQUIRE(first.node->create_source(make_source("s1"), "n").ok());
    run_task(first, "runs", "s1");
    first.node->stop();
  }
  // What a process killed between pausing and moving leaves behind.
  const auto put = [&](const std::string& key, const std::string& value) {
    sluice_store_op op{};
    op.op = SLUICE_OP_PUT;
    op.key = to_bytes(key);
    op.value = to_bytes(value);
    auto txn = make_sized<sluice_txn>();
    txn.then_ops = &op;
    txn.then_count = 1;
    bool done = false;
    int64_t revision = 0;
    auto error = make_sized<sluice_error>();
    REQUIRE(store->txn(txn, done, revision, error) == SLUICE_OK);
  };
  put("/sluice/v1/state/stages/runs/s1", R"({"version":1,"desired":"Stopped","started":true,"request":7})");
  put("/sluice/v1/state/transfers/s1", R"({"version":1,"owner":"n","paused":[{"task":"runs","request":7}]})");
  NodeUnderTest next(store, "n", "127.0.0.1:8262", nullptr, 2);
  REQUIRE(next.node->start().ok());
  CHECK(eventually([&] { return stage_of(next, "runs") == Stage::Running; }));
  CHECK(dump(*store).find("/transfers/") == std::string::npos);
}
