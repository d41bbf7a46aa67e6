#include <catch2/catch.hpp>
#include <thread>

#include "mysql_fixture.hpp"
#include "tests/support/proxy.hpp"
#include "tests/support/skip.hpp"

namespace sluice::test {
namespace {

const std::vector<ColumnSpec> kIdName = {{"id", SLUICE_INT}, {"name", SLUICE_STRING, "utf8mb4"}};

struct Target : MySqlTarget {
  explicit Target(const std::string& more = "") : MySqlTarget(more) {
    sql.exec("CREATE TABLE t.a (id INT PRIMARY KEY, name VARCHAR(255))");
  }
  // Waits until a session of the sink waits for a lock (or runs what `like` says) and returns its id.
  uint64_t wait_for_session(const std::string& like) {
    std::string id;
    wait_until(
        [&] {
          id = rows("SELECT id FROM information_schema.processlist WHERE user='sluice' AND info LIKE '" + like +
                    "' AND id<>CONNECTION_ID() LIMIT 1");
          return !id.empty();
        },
        10s, "a session of the sink");
    REQUIRE(!id.empty());
    return std::stoull(id);
  }
  TestTable table{"t", "a", kIdName};
};

TEST_CASE("mysql sink: a deadlock is repeated within the sink", "[integration][sink][fault]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  Target target;
  target.sql.exec("CREATE TABLE t.b (id INT PRIMARY KEY, name VARCHAR(255))");
  target.sql.exec("INSERT INTO t.a VALUES (1,'x')");
  target.sql.exec("INSERT INTO t.b SELECT seq,'x' FROM t.seq_1_to_1000");
  const TestTable other("t", "b", kIdName);
  // The test's transaction holds b and wants a; the sink's holds a and wants b. The test's has changed more rows,
  // so the sink's is the victim.
  Sql rival = target.server.connect();
  rival.exec("BEGIN");
  rival.exec("UPDATE t.b SET name='r'");
  Outcome out;
  std::jthread sink([&] {
    TestBatch batch;
    batch.update(target.table, {integer(1), text("x")}, {integer(1), text("sink")});
    batch.update(other, {integer(1), text("x")}, {integer(1), text("sink")}).mark("0", "", "1");
    out = apply(target.writer, batch);
  });
  target.wait_for_session("UPDATE `t`.%");
  rival.exec("UPDATE t.a SET name='r'");
  rival.exec("COMMIT");
  sink.join();
  INFO(out.message());
  CHECK(out.ok());
  CHECK(target.rows("SELECT name FROM t.a") == "sink");
  CHECK(target.rows("SELECT name FROM t.b WHERE id=1") == "sink");
}

TEST_CASE("mysql sink: a session killed in the middle of a batch leaves nothing, the batch can be repeated",
          "[integration][sink][fault]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  Target target;
  Sql blocker = target.server.connect();
  target.sql.exec("INSERT INTO t.a VALUES (5,'x')");
  blocker.exec("BEGIN");
  blocker.exec("UPDATE t.a SET name='b' WHERE id=5");
  TestBatch batch;
  batch.insert(target.table, {integer(1), text("one")});
  batch.update(target.table, {integer(5), text("x")}, {integer(5), text("five")}).mark("0", "", "1");
  Outcome out;
  std::jthread sink([&] { out = apply(target.writer, batch); });
  const uint64_t id = target.wait_for_session("UPDATE `t`.%");
  target.sql.exec("KILL " + std::to_string(id));
  sink.join();
  blocker.exec("ROLLBACK");
  CHECK(out.status == SLUICE_FAILED);
  INFO(out.message());
  CHECK((out.error.flags & SLUICE_ERROR_RETRYABLE) != 0);
  CHECK((out.error.flags & SLUICE_ERROR_RECONNECT) != 0);
  CHECK((out.error.flags & SLUICE_ERROR_OUTCOME_UNKNOWN) == 0);
  CHECK(target.rows("SELECT * FROM t.a") == "5,x");
  target.writer = open_writer(target.sink);
  const Outcome again = apply(target.writer, batch);
  INFO(again.message());
  CHECK(again.ok());
  CHECK(target.rows("SELECT * FROM t.a ORDER BY id") == "1,one;5,five");
}

TEST_CASE("mysql sink: an acknowledgement that is lost at COMMIT is reported as unknown, and the replay is fenced",
          "[integration][sink][fault]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  Target target;
  TcpProxy proxy(target.server.port());
  const host::Sink sink = open_sink(SLUICE_PLUGIN_DIR, "mysql", mysql_config(target.server, "", proxy.port()));
  host::SinkWriter writer = open_writer(sink);
  TestBatch warm;
  REQUIRE(apply(writer, warm.insert(target.table, {integer(1), text("x")}).mark("0", "", "1")).ok());
  // Commits wait for this lock, rows do not; the answer then finds no connection.
  Sql blocker = target.server.connect();
  for (const char* stage : {"START", "FLUSH", "BLOCK_DDL", "BLOCK_COMMIT"}) {
    blocker.exec(std::string("BACKUP STAGE ") + stage);
  }
  TestBatch batch;
  batch.insert(target.table, {integer(2), text("y")}).mark("0", "1", "2");
  Outcome out;
  std::thread thread([&] { out = apply(writer, batch); });
  bool committing = false;
  for (int i = 0; i < 500 && !committing; ++i) {
    committing = !blocker.query("SELECT 1 FROM information_schema.processlist WHERE info LIKE 'COMMIT%'").empty();
    std::this_thread::sleep_for(10ms);
  }
  proxy.cut();
  thread.join();
  blocker.exec("BACKUP STAGE END");
  CHECK(committing);
  CHECK(out.status == SLUICE_FAILED);
  CHECK((out.error.flags & SLUICE_ERROR_RECONNECT) != 0);
  CHECK((out.error.flags & SLUICE_ERROR_OUTCOME_UNKNOWN) != 0);
  // Not innodb_trx: what it shows is never refreshed while somebody asks more often than every 100 ms.
  wait_until(
      [&] {
        return target.rows("SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'COMMIT%'") == "0";
      },
      60s, "the transaction to end");
  writer = open_writer(sink);
  const bool landed = target.rows("SELECT COUNT(*) FROM t.a WHERE id=2") == "1";
  const Outcome again = apply(writer, batch);
  CHECK(again.ok() != landed);
  if (landed) CHECK((again.error.flags & SLUICE_ERROR_FENCED) != 0);
  CHECK(target.rows("SELECT COUNT(*) FROM t.a WHERE id=2") == "1");
}

TEST_CASE("mysql sink: cancel ends a blocked call within a second, later calls are cancelled",
          "[integration][sink][fault]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  Target target;
  target.sql.exec("INSERT INTO t.a VALUES (5,'x')");
  Sql blocker = target.server.connect();
  blocker.exec("BEGIN");
  blocker.exec("UPDATE t.a SET name='b'");
  TestBatch batch;
  batch.update(target.table, {integer(5), text("x")}, {integer(5), text("five")});
  Outcome out;
  std::jthread sink([&] { out = apply(target.writer, batch); });
  target.wait_for_session("UPDATE `t`.%");
  const auto start = std::chrono::steady_clock::now();
  target.sink.cancel();
  sink.join();
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(1));
  CHECK(out.status == SLUICE_CANCELLED);
  CHECK(apply(target.writer, batch).status == SLUICE_CANCELLED);
  host::SinkWriter writer;
  auto error = make_sized<sluice_error>();
  CHECK(target.sink.open_writer(writer, error) == SLUICE_CANCELLED);
  blocker.exec("ROLLBACK");
}

TEST_CASE("mysql sink: cancel ends an attempt to connect to a server that does not answer",
          "[integration][sink][fault]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  TcpProxy proxy(target_server().port());
  proxy.freeze(true);
  const host::Sink sink = open_sink(SLUICE_PLUGIN_DIR, "mysql", mysql_config(target_server(), "", proxy.port()));
  sluice_status status = SLUICE_OK;
  std::jthread thread([&] {
    host::SinkWriter writer;
    auto error = make_sized<sluice_error>();
    status = sink.open_writer(writer, error);
  });
  wait_until([&] { return proxy.accepted() > 0; }, 10s, "a connection");
  const auto start = std::chrono::steady_clock::now();
  sink.cancel();
  thread.join();
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(1));
  CHECK(status == SLUICE_CANCELLED);
}

TEST_CASE("mysql sink: a refused login names server and user, never the password", "[integration][sink][fault]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  const std::string config = R"({"name":"t","host":"127.0.0.1","port":)" + std::to_string(target_server().port()) +
                             R"(,"user":"sluice","password":")" + secret("wrong") + "\"}";
  const host::Sink sink = open_sink(SLUICE_PLUGIN_DIR, "mysql", config);
  host::SinkWriter writer;
  auto error = make_sized<sluice_error>();
  REQUIRE(sink.open_writer(writer, error) == SLUICE_FAILED);
  const std::string message(field_text(error.message));
  CHECK(error.number == 10001);
  CHECK(error.native == 1045);
  CHECK((error.flags & SLUICE_ERROR_RETRYABLE) == 0);
  CHECK_THAT(message, Catch::Contains("127.0.0.1") && Catch::Contains("sluice"));
  CHECK_THAT(message, !Catch::Contains(secret("wrong")));
}

TEST_CASE("mysql sink: packets stay below the target's max_allowed_packet", "[integration][sink][fault]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  Target target;
  target.sql.exec("CREATE TABLE t.big (id INT PRIMARY KEY, b LONGBLOB)");
  const std::string before = target.rows("SELECT @@global.max_allowed_packet");
  target.sql.exec("SET GLOBAL max_allowed_packet=16384");
  host::SinkWriter writer = open_writer(target.sink);
  const TestTable big("t", "big", {{"id", SLUICE_INT}, {"b", SLUICE_BYTES, "binary"}});
  const std::string piece(5000, 'x');
  const std::string huge(40000, 'x');
  TestBatch batch;
  for (int i = 0; i < 200; ++i) batch.insert(big, {integer(i), bytes(SLUICE_BYTES, piece)});
  for (int i = 0; i < 3000; ++i) batch.insert(target.table, {integer(i), text("abcdefgh")});
  for (int i = 0; i < 1500; ++i) batch.remove(target.table, {integer(i), text("abcdefgh")});
  const Outcome out = apply(writer, batch.mark("0", "", "1"));
  INFO(out.message());
  CHECK(out.ok());
  CHECK(out.result.unmatched == 0);
  TestBatch too_large;
  const Outcome refused = apply(writer, too_large.insert(big, {integer(999), bytes(SLUICE_BYTES, huge)}));
  target.sql.exec("SET GLOBAL max_allowed_packet=" + before);
  CHECK(refused.status == SLUICE_FAILED);
  CHECK(refused.error.native == 1153);
  CHECK_THAT(std::string(field_text(refused.error.workaround)), Catch::Contains("max_allowed_packet"));
  CHECK(target.rows("SELECT COUNT(*),SUM(LENGTH(b)) FROM t.big") == "200,1000000");
  CHECK(target.rows("SELECT COUNT(*) FROM t.a") == "1500");
}

}  // namespace
}  // namespace sluice::test
