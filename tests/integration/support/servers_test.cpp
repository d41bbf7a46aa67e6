#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <set>

#include "tests/support/proxy.hpp"
#include "tests/support/server.hpp"
#include "tests/support/skip.hpp"

using namespace sluice::test;

namespace {

template <class Server>
void survives_kill9() {
  SLUICE_SKIP_IF(Server::missing());
  Server server;
  Sql sql = server.connect();
  sql.exec("CREATE DATABASE d");
  sql.exec("CREATE TABLE d.t (id INT PRIMARY KEY, s VARCHAR(20) CHARACTER SET utf8mb4, ts TIMESTAMP NULL)");
  sql.exec("INSERT INTO d.t VALUES (1, 'a', '2020-01-01 00:00:00'), (2, NULL, NULL)");
  const std::string before = sql.digest("d", "t");
  const auto port = server.port();
  server.kill9();
  CHECK_THROWS_AS(sql.exec("SELECT 1"), SqlError);
  server.restart();
  CHECK(server.port() == port);
  Sql again = server.connect("d");
  CHECK(again.digest("d", "t") == before);
  CHECK(again.count("t") == 2);
  CHECK(again.value("SELECT @@binlog_format") == "ROW");
}

}  // namespace

TEST_CASE("ports: no two calls get the same one, in one process or in two", "[integration][support]") {
  std::set<std::uint16_t> ports;
  // Of 12,000 ports, 600 drawn blindly would meet some 15 times.
  for (int i = 0; i < 300; ++i) CHECK(ports.insert(free_port()).second);
  int pipes[2];
  REQUIRE(::pipe(pipes) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    for (int i = 0; i < 300; ++i) {
      const std::uint16_t port = free_port();
      if (::write(pipes[1], &port, sizeof port) != sizeof port) ::_exit(1);
    }
    ::_exit(0);
  }
  ::close(pipes[1]);
  std::uint16_t port = 0;
  while (::read(pipes[0], &port, sizeof port) == sizeof port) CHECK(ports.insert(port).second);
  ::close(pipes[0]);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK(ports.size() == 600);
}

TEST_CASE("mariadb: a server of the tests keeps its data and port over kill -9", "[integration][support]") {
  survives_kill9<MariaDbServer>();
}

TEST_CASE("mysql 5.6: a server of the tests keeps its data and port over kill -9", "[integration][support]") {
  survives_kill9<MySql56Server>();
}

TEST_CASE("differences: equal tables on two servers have none, a changed value is named", "[integration][support]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer left;
  MariaDbServer right;
  Sql l = left.connect();
  Sql r = right.connect();
  for (Sql* sql : {&l, &r}) {
    sql->exec_all("CREATE DATABASE d; CREATE TABLE d.t (a INT, b VARCHAR(10)); CREATE TABLE d.u (a INT)");
  }
  l.exec("INSERT INTO d.t VALUES (1, 'x'), (2, NULL), (2, NULL)");
  r.exec("INSERT INTO d.t VALUES (2, NULL), (1, 'x'), (2, NULL)");
  CHECK(differences(l, r, "d").empty());
  r.exec("UPDATE d.t SET b = '' WHERE a = 2 LIMIT 1");
  l.exec("DROP TABLE d.u");
  CHECK(differences(l, r, "d").size() == 2);
}

TEST_CASE("proxy: cut, refuse, freeze and byte budgets do what they say", "[integration][support]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer server;
  TcpProxy proxy(server.port());
  Endpoint through = server.endpoint();
  through.port = proxy.port();
  {
    Sql sql(through);
    CHECK(sql.value("SELECT 1") == "1");
    CHECK(proxy.connections() == 1);
    proxy.cut();
    CHECK_THROWS_AS(sql.exec("SELECT 1"), SqlError);
    CHECK(proxy.connections() == 0);
  }
  proxy.refuse(true);
  CHECK_THROWS_AS(Sql(through), SqlError);
  proxy.refuse(false);
  {
    Sql sql(through);
    proxy.cut_after(0, 100000);
    CHECK_THROWS_AS(sql.query("SELECT REPEAT('x', 1000) FROM seq_1_to_1000"), SqlError);
  }
  {
    Sql sql(through, "mysql");
    proxy.delay(std::chrono::milliseconds(50));
    const auto begin = std::chrono::steady_clock::now();
    CHECK(sql.value("SELECT 1") == "1");
    CHECK(std::chrono::steady_clock::now() - begin >= std::chrono::milliseconds(100));
    proxy.delay(std::chrono::milliseconds(0));
    proxy.freeze(true);
    std::atomic<bool> answered{false};
    std::thread waiting([&] {
      sql.exec("SELECT 1");
      answered = true;
    });
    CHECK_FALSE(wait_for([&] { return answered.load(); }, 200ms));
    proxy.freeze(false);
    CHECK(wait_for([&] { return answered.load(); }, 10s));
    waiting.join();
  }
}

TEST_CASE("etcd: a cluster of three survives the loss of one node", "[integration][support]") {
  SLUICE_SKIP_IF(EtcdServer::missing());
  EtcdServer etcd(3);
  etcd.kill9(0);
  etcd.restart(0);
  CHECK(etcd.size() == 3);
}
