#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sluice/plugin/json.hpp"
#include "sluice/plugin/store.hpp"

/// etcd's messages as its gRPC-JSON gateway writes them: bytes in base64, 64-bit numbers as texts, what is zero or
/// empty left out. Source: etcd 3.4, api/v3 rpc.proto and kv.proto.
namespace sluice::etcd_store {

std::string to_base64(std::string_view bytes);
/// Throws a Failure when the text is no base64.
std::string from_base64(std::string_view text);

/// A 64-bit number of a message; 0 when it is left out. Throws a Failure when it is something else.
int64_t number_at(const plugin::Json& message, std::string_view name);
/// A text of a message; "" when it is left out.
std::string text_at(const plugin::Json& message, std::string_view name);
/// The revision in the header of a reply, above 0. Throws a Failure when there is none.
int64_t revision_of(const plugin::Json& reply);

/// The smallest text above all that start with `prefix`: etcd's range_end. "\0" (all keys above) when there is none.
std::string range_end_of(std::string_view prefix);

/// One key-value pair of a reply, owning its bytes; the prefix of the instance is taken off.
struct Pair {
  std::string key, value;
  int64_t create_revision = 0, mod_revision = 0, version = 0, lease = 0;

  plugin::Kv kv() const { return {key, value, create_revision, mod_revision, version, lease}; }
};
Pair pair_of(const plugin::Json& kv, std::string_view prefix);

/// The body of /v3/kv/txn. Throws a Failure for comparisons and operations that the SDK does not define.
std::string txn_body(const plugin::Txn& txn, std::string_view prefix);
/// The body of /v3/kv/range: keys from `first` up to `end` ("" = exactly `first`), at most `limit`, as of `revision`
/// (0 = now).
std::string range_body(std::string_view first, std::string_view end, int64_t limit, int64_t revision);
/// The body of /v3/watch.
std::string watch_body(std::string_view prefix, int64_t from_revision);

}  // namespace sluice::etcd_store
