#include <catch2/catch.hpp>

#include "tests/support/skip.hpp"
#include "tests/support/sluiced.hpp"

using namespace sluice::test;

TEST_CASE("sluiced: a node of the tests answers again after kill -9, and ends in good order",
          "[integration][support]") {
  SLUICE_SKIP_IF(SluicedProcess::missing());
  SluicedProcess node;
  const HttpReply before = node.api().get("/api/v1/sources");
  CHECK(before.status == 200);
  CHECK(before.has("total"));
  CHECK(before.number("total") == 0);
  CHECK(before.size("data") == 0);
  CHECK(node.api().get("/api/v1/sources/none").text("error_code") == "46008");
  const auto port = node.port();
  node.kill9();
  CHECK(node.api().get("/api/v1/sources").status == 0);
  node.restart();
  CHECK(node.port() == port);
  CHECK(node.api().get("/api/v1/sources").body == before.body);
  INFO(node.log());
  CHECK(node.terminate() == 0);
}
