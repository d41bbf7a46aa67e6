// Checks of the end-to-end tests that end a test with what is wrong.
#pragma once

#include <catch2/catch.hpp>
#include <string>

#include "tests/e2e/deployment.hpp"

namespace sluice::test {

inline void require_equal(const DatabaseServer& source, const DatabaseServer& target, const Deployment& deployment,
                          const std::string& schema = "shop") {
  Sql left = source.connect();
  Sql right = target.connect();
  const auto found = differences(left, right, schema);
  for (const std::string& difference : found) UNSCOPED_INFO(difference);
  UNSCOPED_INFO(deployment.status().body);
  REQUIRE(found.empty());
}

inline void require_books_balance(const SubtaskView& view) {
  INFO(view.body);
  REQUIRE(view.books_balance());
}

}  // namespace sluice::test
