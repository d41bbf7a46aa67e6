#include "core/upstream/connection.hpp"

#include <catch2/catch.hpp>
#include <thread>

#include "stream_reader.hpp"
#include "tests/support/proxy.hpp"
#include "tests/support/skip.hpp"

using namespace sluice;
using namespace sluice::test;
using upstream::Connection;

TEST_CASE("connection: a wrong password is refused without being told to anybody", "[integration][upstream]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer server;
  auto endpoint = model_endpoint(server);
  endpoint.password = secret("wrong");
  auto connection = Connection::open(endpoint);
  REQUIRE_FALSE(connection.ok());
  CHECK(connection.error().code == 10001);
  CHECK(connection.error().native == 1045);
  CHECK_FALSE(connection.error().retryable);
  CHECK(connection.error().one_line().find(secret("wrong")) == std::string::npos);
  CHECK(connection.error().one_line().find(endpoint.user) != std::string::npos);
}

TEST_CASE("connection: a port that nobody listens on is retryable, with a remedy", "[integration][upstream]") {
  model::Endpoint endpoint;
  endpoint.host = "127.0.0.1";
  endpoint.port = free_port();
  endpoint.user = "u";
  auto connection = Connection::open(endpoint);
  REQUIRE_FALSE(connection.ok());
  CHECK(connection.error().code == 10001);
  CHECK(connection.error().retryable);
  CHECK_FALSE(connection.error().workaround.empty());
}

TEST_CASE("connection: queries, streams, NULL and bytes, errors with their number", "[integration][upstream]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer server;
  auto connection = Connection::open(model_endpoint(server));
  REQUIRE(connection.ok());
  auto rows = connection->query("SELECT 1 AS a, NULL AS b, x'00ff00' AS c");
  REQUIRE(rows.ok());
  CHECK(rows->get(0, "A") == "1");
  CHECK_FALSE(rows->rows[0][1].has_value());
  CHECK(rows->get(0, "c") == std::string("\0\xff\0", 3));
  auto stream = connection->stream("SELECT seq FROM mysql.seq_1_to_5000");
  REQUIRE(stream.ok());
  int count = 0;
  for (auto more = stream->next(); more.ok() && *more; more = stream->next()) ++count;
  CHECK(count == 5000);
  const Status failed = connection->exec("SELECT * FROM no.such");
  REQUIRE_FALSE(failed.ok());
  CHECK(failed.error().code == 10005);
  CHECK(failed.error().native == 1146);
  CHECK_FALSE(connection->broken());
}

TEST_CASE("connection: cancel ends a query, also one on a frozen network", "[integration][upstream]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer server;
  TcpProxy proxy(server.port());
  auto connection = Connection::open(model_endpoint(server, proxy.port()));
  REQUIRE(connection.ok());
  proxy.freeze(true);
  const auto begin = std::chrono::steady_clock::now();
  std::thread other([canceller = connection->canceller()] { canceller.cancel(); });
  const Status status = connection->exec("SELECT SLEEP(20)");
  other.join();
  proxy.freeze(false);
  CHECK_FALSE(status.ok());
  CHECK(connection->broken());
  CHECK(std::chrono::steady_clock::now() - begin < 2s);
}

TEST_CASE("probe: what both flavours say of themselves", "[integration][upstream]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer mariadb({.extra = {"--default-time-zone=+05:30"}});
  auto info = upstream::probe(model_endpoint(mariadb));
  REQUIRE(info.ok());
  CHECK(info->flavor == "mariadb");
  CHECK(info->log_bin);
  CHECK(info->binlog_format == "ROW");
  CHECK(info->binlog_row_image == "FULL");
  CHECK(info->server_id == mariadb.server_id());
  CHECK(info->time_zone == "+05:30");
  CHECK(info->max_connections > 0);
  auto connection = Connection::open(model_endpoint(mariadb));
  REQUIRE(connection.ok());
  Sql sql = mariadb.connect();
  sql.exec("CREATE DATABASE s");
  sql.exec("CREATE TABLE s.t (a INT)");
  sql.exec("CREATE VIEW s.v AS SELECT * FROM s.t");
  auto tables = upstream::list_all_tables(*connection);
  REQUIRE(tables.ok());
  CHECK(std::find(tables->begin(), tables->end(), upstream::TableName{"s", "t"}) != tables->end());
  CHECK(std::find(tables->begin(), tables->end(), upstream::TableName{"s", "v"}) == tables->end());
  auto grants = upstream::grants(*connection);
  REQUIRE(grants.ok());
  CHECK(grants->global("RELOAD"));
  auto create = upstream::show_create_table(*connection, "s", "t");
  REQUIRE(create.ok());
  CHECK(create->find("CREATE TABLE") == 0);
  auto status = upstream::binlog_status(*connection);
  REQUIRE(status.ok());
  CHECK(status->pos > 4);
  CHECK_FALSE(status->executed_gtid_set.empty());
}

TEST_CASE("probe: MySQL 5.6", "[integration][upstream]") {
  SLUICE_SKIP_IF(MySql56Server::missing());
  MySql56Server mysql;
  auto info = upstream::probe(model_endpoint(mysql));
  REQUIRE(info.ok());
  CHECK(info->flavor == "mysql");
  CHECK(info->version_number / 100 == 506);
  CHECK(info->server_uuid.size() == 36);
  CHECK(info->gtid_on());
}
