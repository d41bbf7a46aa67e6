// One throw-away MariaDB for all tests of the mysql sink; each test has a schema of its own.
#pragma once

#include <string>

#include "open_sink.hpp"
#include "tests/support/server.hpp"

namespace sluice::test {

inline MariaDbServer& target_server() {
  static MariaDbServer server(ServerOptions{.extra = {"--innodb-lock-wait-timeout=5"}});
  return server;
}

// The configuration of a sink on that server; `more` is JSON members that follow, beginning with a comma.
inline std::string mysql_config(const DatabaseServer& server, const std::string& more = "", std::uint16_t port = 0) {
  return R"({"name":"t","host":"127.0.0.1","port":)" + std::to_string(port ? port : server.port()) + R"(,"user":")" +
         server.user() + R"(","password":")" + server.password() +
         R"(","task":"task1","source":"mysql-01","meta_schema":"dm_meta")" + more + "}";
}

struct MySqlTarget {
  explicit MySqlTarget(const std::string& more = "")
      : server(target_server()),
        sql(server.connect()),
        sink(open_sink(SLUICE_PLUGIN_DIR, "mysql", mysql_config(server, more))) {
    sql.exec("DROP DATABASE IF EXISTS t");
    sql.exec("DROP DATABASE IF EXISTS dm_meta");
    sql.exec("CREATE DATABASE t");
    writer = open_writer(sink);
  }
  // "1,a;2,b" of a query
  std::string rows(const std::string& query) {
    std::string out;
    for (const Row& row : sql.query(query)) {
      if (!out.empty()) out += ";";
      for (size_t i = 0; i < row.size(); ++i) out += (i ? "," : "") + row[i].value_or("NULL");
    }
    return out;
  }
  MariaDbServer& server;
  Sql sql;
  host::Sink sink;
  host::SinkWriter writer;
};

}  // namespace sluice::test
