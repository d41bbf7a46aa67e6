#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/cluster/command_channel.hpp"

namespace sluice::cluster {

/// Apart from the state: commands come and go, and nobody reads them as a whole.
inline constexpr const char* kCommandRoot = "/sluice/v1/commands/";

std::string request_prefix(const std::string& worker);
std::string request_key(const std::string& worker, const std::string& id);
std::string reply_key(const std::string& id);
/// The id in a key of either kind; "" when it is none.
std::string_view command_id(std::string_view key);

struct RequestRecord {
  SubtaskCommand command;
  int64_t lease = 0;  ///< the caller's; the reply goes under it too
};
std::string encode_request(const RequestRecord& request);
Result<RequestRecord> decode_request(const std::string& text);

/// A reply: begun (no value yet), or the outcome.
std::string encode_begun();
std::string encode_reply(const Result<model::Json>& outcome);
/// nullopt = begun.
Result<std::optional<Result<model::Json>>> decode_reply(const std::string& text);

}  // namespace sluice::cluster
