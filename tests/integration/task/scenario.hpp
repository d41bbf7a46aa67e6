// What the scenario tests share: a database d at the source, and its comparison with the target's.
#pragma once

#include <catch2/catch.hpp>

#include "tests/integration/task/fixture.hpp"
#include "tests/support/skip.hpp"

namespace sluice::test {

inline void require_same(Pair& pair, const std::string& table) {
  auto left = pair.source.connect();
  auto right = pair.target.connect();
  INFO(pair.describe());
  INFO("table d." << table);
  REQUIRE(left.digest("d", table) == right.digest("d", table));
}

inline void require_same_schema(Pair& pair) {
  auto left = pair.source.connect();
  auto right = pair.target.connect();
  INFO(pair.describe());
  for (const std::string& difference : differences(left, right, "d")) UNSCOPED_INFO(difference);
  REQUIRE(differences(left, right, "d").empty());
}

inline void prepare(Pair& pair, const std::string& table) {
  auto sql = pair.source.connect();
  sql.exec("CREATE DATABASE d");
  sql.exec(table);
}

}  // namespace sluice::test
