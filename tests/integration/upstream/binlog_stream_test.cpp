#include "core/upstream/binlog_stream.hpp"

#include <catch2/catch.hpp>

#include "stream_reader.hpp"
#include "tests/support/proxy.hpp"
#include "tests/support/skip.hpp"

using namespace sluice;
using namespace sluice::test;
using upstream::BinlogStream;
using upstream::StreamStart;

namespace {

upstream::BinlogStatus status_of(const DatabaseServer& server) {
  auto connection = upstream::Connection::open(model_endpoint(server));
  REQUIRE(connection.ok());
  auto status = upstream::binlog_status(*connection);
  REQUIRE(status.ok());
  return *status;
}

StreamStart start_of(const upstream::BinlogStatus& status, bool by_gtid) {
  StreamStart start;
  start.by_gtid = by_gtid;
  start.file = status.file;
  start.pos = status.pos;
  start.gtid_set = status.executed_gtid_set;
  return start;
}

// Transactions of several events, a DDL between them, and a last one to wait for.
void write_some(Sql& sql, int rounds) {
  for (int i = 0; i < rounds; ++i) {
    const std::string n = std::to_string(i);
    sql.exec("BEGIN");
    sql.exec("INSERT INTO s.t VALUES (" + n + ", REPEAT('x', 3000))");
    sql.exec("UPDATE s.t SET v = REPEAT('y', 2000) WHERE id = " + n);
    sql.exec("COMMIT");
    if (i % 10 == 9) sql.exec("CREATE TABLE s.d" + n + " (a INT)");
    if (i % 40 == 39) sql.exec("FLUSH BINARY LOGS");
  }
}

// All events from a status on, read without any fault.
std::vector<upstream::StreamEvent> read_plainly(const DatabaseServer& server, const StreamStart& start,
                                                const std::string& last) {
  BinlogStream stream(model_endpoint(server), start, stream_options(7001));
  StreamReader reader(stream);
  REQUIRE(reader.wait_for(last));
  return reader.fresh();
}

void check_same(const std::vector<upstream::StreamEvent>& got, const std::vector<upstream::StreamEvent>& want) {
  REQUIRE(got.size() == want.size());
  for (size_t i = 0; i < got.size(); ++i) {
    INFO("event " << i);
    REQUIRE(*got[i].file == *want[i].file);
    REQUIRE(got[i].start_pos == want[i].start_pos);
    REQUIRE(got[i].end_pos == want[i].end_pos);
    REQUIRE(std::equal(got[i].data.begin(), got[i].data.end(), want[i].data.begin(), want[i].data.end()));
  }
}

void prepare(Sql& sql) {
  sql.exec("CREATE DATABASE s");
  sql.exec("CREATE TABLE s.t (id INT PRIMARY KEY, v TEXT)");
}

void streams_everything_once(const DatabaseServer& server, bool by_gtid) {
  Sql sql = server.connect();
  prepare(sql);
  const StreamStart start = start_of(status_of(server), by_gtid);
  write_some(sql, 100);
  sql.exec("CREATE TABLE s.the_end (a INT)");
  const auto want = read_plainly(server, start, "the_end");
  // By GTID the server passes over what was seen, behind the head of the file.
  if (!by_gtid) REQUIRE(first_gap(want) == "");
  REQUIRE(want.size() > 500);

  TcpProxy proxy(server.port());
  auto options = stream_options(7002);
  options.backoff_first = std::chrono::milliseconds(1);
  BinlogStream stream(model_endpoint(server, proxy.port()), start, options);
  std::vector<upstream::StreamEvent> got;
  // The connection is cut after every few events, wherever the bytes happen to be then.
  for (int read = 0; got.empty() || !contains(got.back(), "the_end"); ++read) {
    if (read % 23 == 22) proxy.cut();
    auto event = stream.next();
    if (!event) FAIL(event.error().one_line());
    if (is_fresh(*event)) got.push_back(std::move(*event));
  }
  CHECK(stream.reconnects() >= 4);
  check_same(got, want);
}

}  // namespace

TEST_CASE("stream: MariaDB by position, each event once over cut connections", "[integration][upstream]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer server;
  streams_everything_once(server, false);
}

TEST_CASE("stream: MariaDB by GTID, each event once over cut connections", "[integration][upstream]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer server({.extra = {"--binlog-checksum=NONE"}});
  streams_everything_once(server, true);
}

TEST_CASE("stream: MySQL by position, each event once over cut connections", "[integration][upstream]") {
  SLUICE_SKIP_IF(MySql56Server::missing());
  MySql56Server server;
  streams_everything_once(server, false);
}

TEST_CASE("stream: MySQL by GTID, each event once over cut connections", "[integration][upstream]") {
  SLUICE_SKIP_IF(MySql56Server::missing());
  MySql56Server server;
  streams_everything_once(server, true);
}

TEST_CASE("stream: MySQL without GTIDs, by position over cut connections", "[integration][upstream]") {
  SLUICE_SKIP_IF(MySql56Server::missing());
  MySql56Server server({.gtid = false});
  streams_everything_once(server, false);
}

TEST_CASE("stream: an event larger than a packet of 16 MiB comes whole", "[integration][upstream]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer server({.extra = {"--max-allowed-packet=64M"}});
  Sql sql = server.connect();
  sql.exec("CREATE DATABASE s");
  sql.exec("CREATE TABLE s.big (id INT PRIMARY KEY, v LONGBLOB)");
  const StreamStart start = start_of(status_of(server), false);
  sql.exec("INSERT INTO s.big VALUES (1, REPEAT('z', 20 * 1024 * 1024))");
  sql.exec("CREATE TABLE s.the_end (a INT)");
  const auto events = read_plainly(server, start, "the_end");
  CHECK(first_gap(events) == "");
  CHECK(std::any_of(events.begin(), events.end(), [](const auto& e) { return e.data.size() > 20U * 1024 * 1024; }));
}

TEST_CASE("stream: an idle source sends heartbeats, cancel ends the wait at once", "[integration][upstream]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer server;
  BinlogStream stream(model_endpoint(server), start_of(status_of(server), false), stream_options(7003));
  for (int heartbeats = 0; heartbeats < 2;) {
    auto event = stream.next();
    REQUIRE(event.ok());
    if (event->kind == upstream::StreamEvent::Kind::Heartbeat) ++heartbeats;
  }
  std::thread canceller([&] { stream.cancel(); });
  const auto begin = std::chrono::steady_clock::now();
  while (stream.next().ok()) {
  }
  canceller.join();
  CHECK(std::chrono::steady_clock::now() - begin < 1s);
  CHECK(stream.cancelled());
  CHECK_FALSE(stream.next().ok());
}

TEST_CASE("stream: cancel also ends the attempts to reconnect", "[integration][upstream]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer server;
  TcpProxy proxy(server.port());
  BinlogStream stream(model_endpoint(server, proxy.port()), start_of(status_of(server), false), stream_options(7003));
  StreamReader reader(stream);
  REQUIRE(eventually([&] { return reader.count() > 0; }, 10s));
  proxy.freeze(true);  // connects, but no greeting ever comes
  proxy.cut();
  const auto accepted = proxy.accepted();
  REQUIRE(eventually([&] { return proxy.accepted() > accepted; }, 20s));
  const auto begin = std::chrono::steady_clock::now();
  stream.cancel();
  CHECK(reader.wait_error(10s).has_value());
  CHECK(std::chrono::steady_clock::now() - begin < 1s);
  proxy.freeze(false);
}

TEST_CASE("stream: gives up after the allowed attempts and says why", "[integration][upstream]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer server;
  auto options = stream_options(7004);
  options.max_reconnects = 3;
  options.backoff_first = options.backoff_most = std::chrono::milliseconds(20);
  BinlogStream stream(model_endpoint(server), start_of(status_of(server), false), options);
  StreamReader reader(stream);
  REQUIRE(eventually([&] { return reader.count() > 0; }, 10s));
  server.kill9();
  auto error = reader.wait_error();
  REQUIRE(error);
  CHECK(error->code == 36069);
  CHECK(error->retryable);
  CHECK(error->raw_cause.find("10001") != std::string::npos);
}

TEST_CASE("stream: a purged file is named, with what the source still has", "[integration][upstream]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer server;
  const auto old = status_of(server);
  Sql sql = server.connect();
  sql.exec("CREATE DATABASE s");
  sql.exec("FLUSH BINARY LOGS");
  sql.exec("FLUSH BINARY LOGS");
  (void)eventually(
      [&] {
        sql.exec("PURGE BINARY LOGS TO '" + status_of(server).file + "'");
        return sql.query("SHOW BINARY LOGS").size() == 1;
      },
      10s);
  BinlogStream stream(model_endpoint(server), start_of(old, false), stream_options(7005));
  StreamReader reader(stream);
  auto error = reader.wait_error();
  REQUIRE(error);
  CHECK(error->code == 36069);
  CHECK(error->native == 1236);
  CHECK_FALSE(error->retryable);
  CHECK(error->message.find(old.file) != std::string::npos);
  CHECK_FALSE(error->workaround.empty());
}

TEST_CASE("stream: purged transactions are named by their GTIDs", "[integration][upstream]") {
  SLUICE_SKIP_IF(MySql56Server::missing());
  MySql56Server server;
  const auto old = status_of(server);
  Sql sql = server.connect();
  sql.exec("CREATE DATABASE s");
  sql.exec("CREATE DATABASE s2");
  sql.exec("FLUSH BINARY LOGS");
  sql.exec("PURGE BINARY LOGS TO '" + status_of(server).file + "'");
  BinlogStream stream(model_endpoint(server), start_of(old, true), stream_options(7006));
  auto event = stream.next();
  while (event.ok()) event = stream.next();
  CHECK(event.error().native == 1236);
  CHECK_FALSE(event.error().retryable);
  INFO(event.error().one_line());
  CHECK(event.error().message.find("-2") != std::string::npos);
}

TEST_CASE("stream: by GTID another server takes over in the middle of a transaction", "[integration][upstream]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  // Both listen on the same further port, one after the other.
  const std::string shared = "--extra-port=" + std::to_string(free_port());
  const uint16_t shared_port = static_cast<uint16_t>(std::stoi(shared.substr(shared.find('=') + 1)));
  MariaDbServer first({.extra = {shared, "--extra-max-connections=20"}});
  MariaDbServer second({.extra = {"--log-slave-updates"}});
  Sql b = second.connect();
  b.exec("RESET MASTER");
  b.exec("CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT=" + std::to_string(first.port()) + ", MASTER_USER='" +
         first.user() + "', MASTER_PASSWORD='" + first.password() + "', MASTER_USE_GTID=slave_pos");
  Sql a = first.connect();
  a.exec("RESET MASTER");
  b.exec("START SLAVE");
  prepare(a);
  a.exec("BEGIN");
  constexpr int kRows = 1500;  // more than what the sockets' buffers hold
  for (int i = 0; i < kRows; ++i) a.exec("INSERT INTO s.t VALUES (" + std::to_string(i) + ", REPEAT('x', 60000))");
  a.exec("COMMIT");
  a.exec("CREATE TABLE s.the_end (a INT)");
  REQUIRE(eventually([&] { return b.query("SHOW TABLES FROM s LIKE 'the_end'").size() == 1; }, 60s));
  b.exec("STOP SLAVE");

  StreamStart start;
  start.by_gtid = true;
  BinlogStream stream(model_endpoint(first, shared_port), start, stream_options(7007));
  int rows = 0;
  const auto is_rows = [](const upstream::StreamEvent& event) { return !event.replayed && event.type == 23; };
  while (rows < 100) {
    auto event = stream.next();
    REQUIRE(event.ok());
    if (is_rows(*event)) ++rows;
  }
  first.kill9();
  second.set_extra({"--log-slave-updates", "--skip-slave-start", shared, "--extra-max-connections=20"});
  second.restart();
  for (;;) {
    auto event = stream.next();
    if (!event) FAIL(event.error().one_line());
    if (is_rows(*event)) ++rows;
    const std::string_view text(reinterpret_cast<const char*>(event->data.data()), event->data.size());
    if (text.find("the_end") != std::string_view::npos) break;
  }
  CHECK(stream.reconnects() >= 1);
  CHECK(rows == kRows);
}
