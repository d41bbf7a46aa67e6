#include <unistd.h>

#include <catch2/catch.hpp>

#include <filesystem>

#include "tests/unit/cluster/faulty_store.hpp"
#include "tests/unit/cluster/node_fixture.hpp"

using namespace sluice;
using namespace sluice::testing;
using model::Stage;

namespace {

bool is_in(cluster::Node& node, const std::string& task, size_t index, Stage stage) {
  auto view = node.task(task);
  return view.ok() && view->statuses.at(index).stage == stage;
}

}  // namespace

TEST_CASE("node: a created source is bound to the free worker, a second one waits unbound", "[unit][cluster]") {
  NodeUnderTest test;
  REQUIRE(test.node->start().ok());
  REQUIRE(test.node->create_source(make_source("s1"), "").ok());
  REQUIRE(test.node->create_source(make_source("s2"), "").ok());
  CHECK(test.node->source("s1")->worker == "node-1");
  CHECK(test.node->source("s2")->worker.empty());
  auto workers = test.node->workers();
  REQUIRE(workers->size() == 1);
  CHECK(workers->at(0).stage == "bound");
  CHECK(workers->at(0).source == "s1");
  CHECK(test.node->create_source(make_source("s1"), "").error().code == 46007);
  CHECK(test.node->create_source(make_source("s3"), "nobody").error().code == 46004);
  CHECK(test.node->create_source(make_source("s3"), "node-1").error().code == 46033);
  CHECK_FALSE(test.node->source("s3").ok());
  // The worker that s1 leaves takes the waiting source.
  REQUIRE(test.node->delete_source("s1", false).ok());
  CHECK(eventually([&] { return test.node->source("s2")->worker == "node-1"; }));
}

TEST_CASE("node: no secret lies in the store in clear", "[unit][cluster]") {
  NodeUnderTest test;
  REQUIRE(test.node->start().ok());
  REQUIRE(test.node->create_source(make_source("s1"), "").ok());
  REQUIRE(test.node->create_task(make_task("t", {"s1"})).ok());
  const std::string all = dump(*test.store);
  CHECK(all.find("/sluice/v1/state/sources/s1") != std::string::npos);
  CHECK(all.find("s3cret") == std::string::npos);
  CHECK(test.node->source("s1")->source.endpoint.password == "s3cret-up");
  CHECK(test.node->task("t")->task.target.endpoint.password == "s3cret-down");
}

TEST_CASE("node: a task is created stopped, runs after start, is paused by stop and closed by delete",
          "[unit][cluster]") {
  NodeUnderTest test;
  REQUIRE(test.node->start().ok());
  REQUIRE(test.node->create_source(make_source("s1"), "").ok());
  REQUIRE(test.node->create_task(make_task("a/b", {"s1"})).ok());
  CHECK(is_in(*test.node, "a/b", 0, Stage::New));
  CHECK(test.node->task("a/b")->statuses[0].unit == "load");
  CHECK(test.node->create_task(make_task("a/b", {"s1"})).error().code == 46014);

  REQUIRE(test.node->start_task("a/b", {}, {}).ok());
  REQUIRE(eventually([&] { return is_in(*test.node, "a/b", 0, Stage::Running); }));
  CHECK(test.node->delete_task("a/b", false, false).error().code == 49001);
  CHECK(test.node->update_source(make_source("s1")).error().code == 46025);
  CHECK(test.node->delete_source("s1", false).error().code == 46010);

  REQUIRE(test.node->stop_task("a/b", std::nullopt, {}).ok());
  REQUIRE(eventually([&] { return is_in(*test.node, "a/b", 0, Stage::Paused); }));
  REQUIRE(test.node->stop_task("a/b", std::nullopt, {}).ok());
  REQUIRE(test.node->start_task("a/b", {}, {}).ok());
  REQUIRE(eventually([&] { return test.recorder->count("start a/b/s1") == 2; }));

  REQUIRE(test.node->delete_task("a/b", true, false).ok());
  CHECK(test.recorder->count("close a/b/s1") == 1);
  CHECK(test.recorder->count("remove a/b/s1") == 1);
  CHECK(test.node->task("a/b").error().code == 46018);
  CHECK(test.node->delete_task("a/b", false, false).error().code == 46018);
  CHECK(dump(*test.store).find("a%2Fb") == std::string::npos);
}

TEST_CASE("node: keep_meta leaves the target's metadata alone", "[unit][cluster]") {
  NodeUnderTest test;
  REQUIRE(test.node->start().ok());
  REQUIRE(test.node->create_source(make_source("s1"), "").ok());
  REQUIRE(test.node->create_task(make_task("t", {"s1"})).ok());
  REQUIRE(test.node->delete_task("t", false, true).ok());
  CHECK(test.recorder->count("remove t/s1") == 0);
}

TEST_CASE("node: start and stop name what is unknown", "[unit][cluster]") {
  NodeUnderTest test;
  REQUIRE(test.node->start().ok());
  REQUIRE(test.node->create_source(make_source("s1"), "").ok());
  REQUIRE(test.node->create_source(make_source("s2"), "").ok());
  CHECK(test.node->create_task(make_task("t", {"nobody"})).error().code == 46008);
  CHECK(test.node->create_task(make_task("t", {"s1", "s2"})).error().code == 46009);
  CHECK(test.node->tasks()->empty());
  REQUIRE(test.node->create_task(make_task("t", {"s1"})).ok());
  REQUIRE(test.node->create_task(make_task("i", {"s1"}, "incremental")).ok());
  CHECK(test.node->start_task("x", {}, {}).error().code == 46018);
  CHECK(test.node->stop_task("x", std::nullopt, {}).error().code == 46018);
  CHECK(test.node->start_task("t", {}, {"s2"}).error().code == 46008);
  CHECK(test.node->stop_task("t", std::nullopt, {"s2"}).error().code == 46017);
  CHECK(test.node->start_task("i", {}, {}).error().code == 20022);
  test.target_has_checkpoint = true;  // of a task of this name that was deleted with keep_meta
  CHECK(test.node->start_task("i", {}, {}).ok());
  CHECK(test.node->start_task("i", {false, "2024-01-01 00:00:00", ""}, {}).ok());
}

TEST_CASE("node: a disabled source refuses starts, enabling it runs its subtasks", "[unit][cluster]") {
  NodeUnderTest test;
  REQUIRE(test.node->start().ok());
  REQUIRE(test.node->create_source(make_source("s1"), "").ok());
  REQUIRE(test.node->create_task(make_task("t", {"s1"})).ok());
  REQUIRE(test.node->start_task("t", {}, {}).ok());
  REQUIRE(eventually([&] { return is_in(*test.node, "t", 0, Stage::Running); }));
  REQUIRE(test.node->set_source_enabled("s1", false).ok());
  REQUIRE(test.node->set_source_enabled("s1", false).ok());
  REQUIRE(eventually([&] { return is_in(*test.node, "t", 0, Stage::Paused); }));
  CHECK(test.node->start_task("t", {}, {}).error().code == 38058);
  REQUIRE(test.node->set_source_enabled("s1", true).ok());
  CHECK(eventually([&] { return is_in(*test.node, "t", 0, Stage::Running); }));
  CHECK(test.node->set_source_enabled("x", true).error().code == 46008);
}

TEST_CASE("node: force deletion of a source takes its subtasks along, and a task with its last source",
          "[unit][cluster]") {
  NodeUnderTest one;
  NodeUnderTest two(one.store, "node-2", "127.0.0.1:8272");
  REQUIRE(one.node->start().ok());
  REQUIRE(two.node->start().ok());
  REQUIRE(one.node->create_source(make_source("s1"), "node-1").ok());
  REQUIRE(one.node->create_source(make_source("s2"), "node-2").ok());
  REQUIRE(one.node->create_task(make_task("both", {"s1", "s2"})).ok());
  REQUIRE(one.node->create_task(make_task("only", {"s1"})).ok());
  REQUIRE(one.node->start_task("both", {}, {}).ok());
  // The status of the other worker's subtask comes by its report.
  for (const size_t at : {0, 1}) {
    REQUIRE(eventually([&] { return is_in(*one.node, "both", at, Stage::Running); }));
  }
  CHECK(two.recorder->count("start both/s2") == 1);
  REQUIRE(one.node->delete_source("s1", true).ok());
  CHECK(eventually([&] { return one.recorder->count("close both/s1") == 1; }));
  CHECK(one.node->task("only").error().code == 46018);
  REQUIRE(one.node->task("both")->task.source_conf.size() == 1);
  CHECK(two.node->task("both")->statuses.at(0).source == "s2");
}

TEST_CASE("node: what ran runs again after a restart, what was stopped does not", "[unit][cluster]") {
  NodeUnderTest first;
  REQUIRE(first.node->start().ok());
  REQUIRE(first.node->create_source(make_source("s1"), "").ok());
  REQUIRE(first.node->create_task(make_task("runs", {"s1"})).ok());
  REQUIRE(first.node->create_task(make_task("rests", {"s1"})).ok());
  REQUIRE(first.node->start_task("runs", {true, "", ""}, {}).ok());
  REQUIRE(first.node->start_task("rests", {}, {}).ok());
  REQUIRE(eventually([&] { return first.recorder->count("start runs/s1 afresh") == 1; }));
  REQUIRE(eventually([&] { return is_in(*first.node, "rests", 0, Stage::Running); }));
  REQUIRE(first.node->stop_task("rests", std::nullopt, {}).ok());
  REQUIRE(eventually([&] { return is_in(*first.node, "rests", 0, Stage::Paused); }));
  // The argument is used up by the work that honoured it.
  REQUIRE(eventually([&] { return dump(*first.store).find("remove_meta") == std::string::npos; }));
  first.node->stop();
  CHECK(first.recorder->count("close runs/s1") == 1);

  NodeUnderTest second(first.store);
  REQUIRE(second.node->start().ok());
  REQUIRE(eventually([&] { return is_in(*second.node, "runs", 0, Stage::Running); }));
  CHECK(second.recorder->count("start runs/s1") == 1);
  CHECK(is_in(*second.node, "rests", 0, Stage::Paused));
  CHECK(second.recorder->count("start rests/s1") == 0);
}

TEST_CASE("node: a process that was killed is followed at once by one of the same name and address",
          "[unit][cluster]") {
  auto store = open_store();
  // The lease of the first one stays: as after kill -9. (Leaked on purpose until the end of the test.)
  NodeUnderTest killed(store);
  REQUIRE(killed.node->start().ok());
  REQUIRE(killed.node->create_source(make_source("s1"), "").ok());
  NodeUnderTest next(store);
  REQUIRE(next.node->start().ok());
  CHECK(eventually([&] { return next.node->masters()->at(0).leader; }));
  CHECK(next.node->source("s1")->worker == "node-1");
  NodeUnderTest stranger(store, "node-1", "127.0.0.1:9999");
  CHECK(stranger.node->start().error().code == 46003);
}

TEST_CASE("node: a worker that dies loses its source to another one, and is listed offline", "[unit][cluster]") {
  NodeUnderTest one;
  NodeUnderTest two(one.store, "node-2", "127.0.0.1:8272");
  REQUIRE(one.node->start().ok());
  REQUIRE(two.node->start().ok());
  REQUIRE(one.node->create_source(make_source("s1"), "node-2").ok());
  REQUIRE(one.node->create_task(make_task("t", {"s1"})).ok());
  REQUIRE(one.node->start_task("t", {}, {}).ok());
  REQUIRE(eventually([&] { return two.recorder->count("start t/s1") == 1; }));
  CHECK(one.node->remove_worker("node-2").error().code == 46005);
  two.node->stop();
  REQUIRE(eventually([&] { return one.recorder->count("start t/s1") == 1; }));
  CHECK(one.node->source("s1")->worker == "node-1");
  auto workers = one.node->workers();
  REQUIRE(workers->size() == 2);
  CHECK(workers->at(1).stage == "offline");
  CHECK(one.node->remove_worker("node-2").ok());
  CHECK(one.node->remove_worker("node-2").error().code == 46004);
  CHECK(one.node->remove_master("nobody").error().code == 38048);
}

TEST_CASE("node: an unfinished full copy goes on elsewhere, one that reads dump files waits for its worker",
          "[unit][cluster]") {
  const std::string mode = GENERATE(as<std::string>{}, "full", "load");
  NodeUnderTest one;
  NodeUnderTest two(one.store, "node-2", "127.0.0.1:8272");
  REQUIRE(one.node->start().ok());
  REQUIRE(two.node->start().ok());
  REQUIRE(one.node->create_source(make_source("s1"), "node-2").ok());
  REQUIRE(one.node->create_task(make_task("t", {"s1"}, mode)).ok());
  REQUIRE(one.node->start_task("t", {}, {}).ok());
  REQUIRE(eventually([&] { return dump(*one.store).find("\"stage\":\"Running\"") != std::string::npos; }));
  two.node->stop();
  REQUIRE(eventually([&] { return one.node->source("s1")->worker != "node-2"; }));
  if (mode == "full") {
    CHECK(eventually([&] { return one.recorder->count("start t/s1") == 1; }));
    return;
  }
  NodeUnderTest back(one.store, "node-2", "127.0.0.1:8272");
  REQUIRE(back.node->start().ok());
  CHECK(eventually([&] { return back.recorder->count("start t/s1") == 1; }));
  CHECK(one.recorder->count("start t/s1") == 0);
}

TEST_CASE("node: a change whose answer the store lost is found where it stands, or said to be unknown",
          "[unit][cluster]") {
  FaultyStore faulty(open_store());
  NodeUnderTest test(faulty.store());
  REQUIRE(test.node->start().ok());
  faulty.lossy(true);
  REQUIRE(test.node->create_source(make_source("s1"), "").ok());
  REQUIRE(test.node->create_task(make_task("t", {"s1"})).ok());
  REQUIRE(test.node->start_task("t", {}, {}).ok());
  CHECK(eventually([&] { return test.recorder->count("start t/s1") == 1; }));
  CHECK(test.node->create_task(make_task("t", {"s1"})).error().code == 46014);
  REQUIRE(test.node->put_template(make_task("t", {"s1"}), cluster::Node::TemplateWrite::Create).ok());
  // Nothing that was put stands there afterwards.
  const Status dropped = test.node->delete_template("t");
  CHECK(dropped.error().code == 42501);
  CHECK(dropped.error().one_line().find("lost") != std::string::npos);
  CHECK(test.node->templates()->empty());
  faulty.lossy(false);
}

TEST_CASE("node: a finished subtask is not run again by a restart", "[unit][cluster]") {
  NodeUnderTest first;
  model::SubtaskStatus done;
  done.task = "t";
  done.source = "s1";
  done.worker = "node-1";
  done.stage = Stage::Finished;
  done.unit = "load";
  first.recorder->statuses["t/s1"] = done;
  REQUIRE(first.node->start().ok());
  REQUIRE(first.node->create_source(make_source("s1"), "").ok());
  REQUIRE(first.node->create_task(make_task("t", {"s1"}, "full")).ok());
  REQUIRE(first.node->start_task("t", {}, {}).ok());
  REQUIRE(eventually([&] { return dump(*first.store).find("\"stage\":\"Finished\"") != std::string::npos; }));
  CHECK(first.node->delete_task("t", false, true).ok() == true);
  REQUIRE(first.node->create_task(make_task("t", {"s1"}, "full")).ok());
  REQUIRE(first.node->start_task("t", {}, {}).ok());
  REQUIRE(eventually([&] { return dump(*first.store).find("\"stage\":\"Finished\"") != std::string::npos; }));
  first.node->stop();
  NodeUnderTest second(first.store);
  REQUIRE(second.node->start().ok());
  REQUIRE(second.node->start_task("t", {}, {}).ok());
  CHECK(is_in(*second.node, "t", 0, Stage::Finished));
  CHECK(second.recorder->count("start t/s1") == 0);
}

TEST_CASE("node: a task update may change rules and parallelism only, and not while it runs", "[unit][cluster]") {
  NodeUnderTest test;
  REQUIRE(test.node->start().ok());
  REQUIRE(test.node->create_source(make_source("s1"), "").ok());
  REQUIRE(test.node->create_task(make_task("t", {"s1"})).ok());
  model::Task changed = make_task("t", {"s1"});
  changed.table_migrate_rule.push_back({"s1", "db", "*", "", "", {}});
  CHECK(test.node->update_task(changed).error().code == 40081);  // never ran: the first unit is load
  REQUIRE(test.node->start_task("t", {}, {}).ok());
  REQUIRE(eventually([&] { return is_in(*test.node, "t", 0, Stage::Running); }));
  CHECK(test.node->update_task(changed).error().code == 46035);
  REQUIRE(test.node->stop_task("t", std::nullopt, {}).ok());
  REQUIRE(eventually([&] { return is_in(*test.node, "t", 0, Stage::Paused); }));
  REQUIRE(test.node->update_task(changed).ok());
  CHECK(test.node->task("t")->task.table_migrate_rule.size() == 1);
  model::Task other = changed;
  other.target.endpoint.host = "elsewhere";
  CHECK(test.node->update_task(other).error().code == 40081);
  CHECK(test.node->update_task(make_task("x", {"s1"})).error().code == 46018);
  CHECK(test.node->update_task(make_task("t", {"s1", "s9"})).error().code == 46034);
  // The next start runs the new definition: the old subtask is closed and made anew.
  REQUIRE(test.node->start_task("t", {}, {}).ok());
  REQUIRE(eventually([&] { return test.recorder->count("start t/s1") == 2; }));
  CHECK(test.recorder->count("close t/s1") == 1);
}

TEST_CASE("node: state outlives the process in the sqlite store", "[unit][cluster]") {
  const auto folder = std::filesystem::temp_directory_path() / ("sluice-node-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const std::string config = R"({"file":")" + (folder / "state.db").string() + R"("})";
  {
    NodeUnderTest test(open_store("sqlite", config));
    REQUIRE(test.node->start().ok());
    REQUIRE(test.node->create_source(make_source("s1"), "").ok());
    REQUIRE(test.node->create_task(make_task("t", {"s1"})).ok());
    REQUIRE(test.node->start_task("t", {}, {}).ok());
    REQUIRE(eventually([&] { return is_in(*test.node, "t", 0, Stage::Running); }));
  }
  {
    NodeUnderTest test(open_store("sqlite", config));
    REQUIRE(test.node->start().ok());
    CHECK(eventually([&] { return is_in(*test.node, "t", 0, Stage::Running); }));
  }
  std::filesystem::remove_all(folder);
}

TEST_CASE("node: a record that cannot be read stops the start and is named", "[unit][cluster]") {
  NodeUnderTest test;
  sluice_store_op op{};
  op.op = SLUICE_OP_PUT;
  op.key = to_bytes("/sluice/v1/state/sources/broken");
  op.value = to_bytes("{\"version\":");
  auto txn = make_sized<sluice_txn>();
  txn.then_ops = &op;
  txn.then_count = 1;
  bool done = false;
  int64_t revision = 0;
  auto error = make_sized<sluice_error>();
  REQUIRE(test.store->txn(txn, done, revision, error) == SLUICE_OK);
  const Status started = test.node->start();
  REQUIRE_FALSE(started.ok());
  CHECK(started.error().code == 42502);
  CHECK(started.error().message.find("sources/broken") != std::string::npos);
}

TEST_CASE("node: several workers in one process, each with a name and an address, take a source each",
          "[unit][cluster]") {
  NodeUnderTest test(open_store(), "node-1", "127.0.0.1:8262", nullptr, 3);
  REQUIRE(test.node->start().ok());
  for (const char* source : {"s1", "s2", "s3", "s4"}) REQUIRE(test.node->create_source(make_source(source), "").ok());
  const auto workers = test.node->workers();
  REQUIRE(workers->size() == 3);
  CHECK(workers->at(0).name == "node-1");
  CHECK(workers->at(0).address == "127.0.0.1:8262");
  CHECK(workers->at(0).source == "s1");
  CHECK(workers->at(2).name == "node-1-3");
  CHECK(workers->at(2).address == "127.0.0.1:8264");
  CHECK(workers->at(2).source == "s3");
  CHECK(test.node->masters()->size() == 1);
  const Status refused = test.node->create_task(make_task("t", {"s1", "s4"}));
  CHECK(refused.error().code == 46009);
  CHECK(refused.error().workaround.find("`count` in [worker]") != std::string::npos);
  REQUIRE(test.node->create_task(make_task("t", {"s1", "s2", "s3"})).ok());
  REQUIRE(test.node->start_task("t", {}, {}).ok());
  for (size_t i = 0; i < 3; ++i) REQUIRE(eventually([&] { return is_in(*test.node, "t", i, Stage::Running); }));
  CHECK(test.node->task("t")->statuses.at(1).worker == "node-1-2");
  REQUIRE(test.node->delete_task("t", true, false).ok());
  CHECK(test.recorder->count("close t/s2") == 1);
  CHECK(test.recorder->count("remove t/s3") == 1);
  // The worker that s2 leaves takes the waiting source.
  REQUIRE(test.node->delete_source("s2", false).ok());
  CHECK(eventually([&] { return test.node->source("s4")->worker == "node-1-2"; }));
}

TEST_CASE("node: sources are shared out among processes, not given to the workers of one", "[unit][cluster]") {
  NodeUnderTest one(open_store(), "a", "127.0.0.1:8262", nullptr, 3);
  NodeUnderTest two(one.store, "b", "127.0.0.1:8272", nullptr, 3);
  REQUIRE(one.node->start().ok());
  REQUIRE(two.node->start().ok());
  for (const char* name : {"s1", "s2", "s3", "s4"}) REQUIRE(one.node->create_source(make_source(name), "").ok());
  CHECK(one.node->source("s1")->worker == "a");
  CHECK(one.node->source("s2")->worker == "b");
  CHECK(one.node->source("s3")->worker == "a-2");
  CHECK(one.node->source("s4")->worker == "b-2");
  two.node->stop();
  REQUIRE(eventually([&] { return one.node->source("s2")->worker == "a-3"; }));
}

TEST_CASE("node: a restart keeps bindings, also with fewer or more workers", "[unit][cluster]") {
  auto store = open_store();
  const auto start = [&](int workers) {
    auto out = std::make_unique<NodeUnderTest>(store, "node-1", "127.0.0.1:8262", nullptr, workers);
    REQUIRE(out->node->start().ok());
    return out;
  };
  auto killed = start(3);  // its lease stays, as after kill -9
  REQUIRE(killed->node->create_source(make_source("s1"), "node-1-3").ok());
  REQUIRE(killed->node->create_source(make_source("s2"), "node-1-2").ok());
  auto same = start(3);
  CHECK(same->node->source("s1")->worker == "node-1-3");
  CHECK(same->node->source("s2")->worker == "node-1-2");
  // A worker that this process has no more is offline at once, and its source goes to one that is there.
  auto fewer = start(2);
  REQUIRE(eventually([&] { return fewer->node->source("s1")->worker == "node-1"; }));
  CHECK(fewer->node->source("s2")->worker == "node-1-2");
  CHECK(fewer->node->workers()->at(2).stage == "offline");
  CHECK(fewer->node->remove_worker("node-1-3").ok());
  fewer->node->stop();
  auto more = start(4);
  CHECK(eventually([&] { return more->node->source("s1")->worker == "node-1"; }));
  CHECK(eventually([&] { return more->node->source("s2")->worker == "node-1-2"; }));
}
