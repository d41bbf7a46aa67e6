// Our plugin half with a host of ABI 1.0: what that lacks is not missed, and nothing behind its tables is called.
#include <catch2/catch.hpp>

#include "old_host.h"
#include "sluice/plugin/plugin.hpp"

using namespace sluice;

TEST_CASE("plugin half: with a host of 1.0 requests lose the key, replies have no headers, the list never changes",
          "[abi]") {
  plugin::Host::attach(static_cast<const sluice_host*>(old_host()));
  const plugin::Api api;
  CHECK(plugin::Host::get().api().operations_revision == nullptr);
  REQUIRE(api.operations().size() == 1);
  CHECK(api.operations()[0].id == "createSource");
  plugin::Request request;
  request.operation = "createSource";
  request.identity = "\"me\"";
  request.idempotency_key = "key";
  const plugin::Reply reply = api.dispatch(request);
  CHECK(reply.status == 200);
  CHECK(reply.body == "\"me\"");
  CHECK(reply.headers.empty());
  CHECK(old_host_request_size() == sizeof(sluice_request));
  CHECK(old_host_knows_of_request() < sizeof(sluice_request));
  plugin::Host::detach();
}

TEST_CASE("plugin half: a handler reads a request of 1.0, and one that is longer", "[abi]") {
  struct Longer {
    sluice_request request;
    unsigned char behind[64];
  } in;
  std::memset(&in, 0xEE, sizeof in);
  in.request = make_sized<sluice_request>();
  in.request.identity = to_str("me");
  in.request.idempotency_key = to_str("key");
  in.request.struct_size = sizeof in;
  CHECK(view(copy_sized(&in.request).idempotency_key) == "key");
  in.request.struct_size = offsetof(sluice_request, idempotency_key);
  CHECK(view(copy_sized(&in.request).identity) == "me");
  CHECK(copy_sized(&in.request).idempotency_key.len == 0);
}
