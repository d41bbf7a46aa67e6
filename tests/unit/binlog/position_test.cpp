#include "core/binlog/position.hpp"

#include <catch2/catch.hpp>

using namespace sluice::binlog;

TEST_CASE("binlog names are ordered by number, not by text", "[unit][position]") {
  CHECK((compare_binlog_names("mysql-bin.999999", "mysql-bin.1000000") < 0));
  CHECK((compare_binlog_names("mysql-bin.000002", "mysql-bin.2") == 0));
  CHECK((compare_binlog_names("mysql-bin.99999999999999999999999", "mysql-bin.100000000000000000000000") < 0));
  CHECK((compare_binlog_names("a.000009", "b.000001") < 0));
  CHECK((compare_binlog_names("", "mysql-bin.000001") < 0));
  CHECK((compare_binlog_names("mysql-bin|000002.000001", "mysql-bin|000001.000003") > 0));
  CHECK((compare_binlog_names("my.host-bin.000002", "my.host-bin.000010") < 0));
}

TEST_CASE("positions compare by file, then by offset beyond 4 GiB", "[unit][position]") {
  CHECK((Position{"b.000001", 5000000000} < Position{"b.000001", 5000000001}));
  CHECK((Position{"b.000001", 5000000000} < Position{"b.000002", 4}));
  CHECK((Position{"b.000001", 4} == Position{"b.000001", 4}));
  CHECK(Position{"mysql-bin.000001", 4}.to_string() == "(mysql-bin.000001, 4)");
}

TEST_CASE("the next binlog name carries over and grows", "[unit][position]") {
  CHECK(next_binlog_name("mysql-bin.000009") == "mysql-bin.000010");
  CHECK(next_binlog_name("mysql-bin.999999") == "mysql-bin.1000000");
  CHECK(next_binlog_name("mysql-bin") == "");
}
