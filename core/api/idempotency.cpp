#include "core/api/idempotency.hpp"

#include <algorithm>
#include <cctype>

#include "core/cluster/keyed_requests.hpp"

namespace sluice::api {
namespace {

constexpr size_t kLongestKey = 255;

bool is_key(const std::string& key) {
  return key.size() <= kLongestKey && std::all_of(key.begin(), key.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

/// What is no boolean is refused by whoever reads it, and leaves no record either.
bool is_trial(const Request& request) {
  std::string value = "false";
  for (const auto& [name, text] : request.query) {
    if (name == "dry_run") value = text;
  }
  std::transform(value.begin(), value.end(), value.begin(), [](unsigned char c) { return std::tolower(c); });
  return value != "false" && value != "0";
}

/// Everything that makes it this request, each part with its length so that no two requests have one text.
std::string whole(const Request& request, const std::string& method) {
  std::string out;
  const auto add = [&out](const std::string& part) { out += std::to_string(part.size()) + ":" + part; };
  const auto add_all = [&](const auto& pairs) {
    add(std::to_string(pairs.size()));
    for (const auto& [name, value] : pairs) {
      add(name);
      add(value);
    }
  };
  add(method);
  add(request.operation);
  add(request.dialect == Dialect::Spec ? "spec" : "docs");
  add_all(request.path);
  add_all(request.query);
  add(request.body);
  add(request.identity);
  return out;
}

/// A repetition is to try again, not to be told the same: the store did not answer, other requests were in the way, or
/// something failed inside.
bool may_mend_itself(const Reply& reply, int code) {
  return reply.status >= 500 || code == 50000 || code == 38043 || code == 46024 || (code >= 42501 && code <= 42599);
}

Outcome refused(const Request& request, const Error& error) {
  return {Api::refuse(request.dialect, 400, error), error.code};
}

}  // namespace

Outcome carry_out_once(cluster::KeyedRequests& requests, const Request& request, const std::string& method,
                       bool effects_in_store, const std::function<Outcome()>& carry_out) {
  if (request.idempotency_key.empty() || is_trial(request)) return carry_out();
  if (!is_key(request.idempotency_key)) {
    return refused(request, make_error(49001, "the Idempotency-Key is not 1 to 255 visible ASCII characters", {},
                                       "Send a new random text, such as a UUID, with each request."));
  }
  auto begun = requests.begin({request.idempotency_key, request.operation, whole(request, method), effects_in_store});
  if (!begun.ok()) return refused(request, begun.error());
  if (begun->reply) {
    Reply reply{begun->reply->status, std::move(begun->reply->content_type), std::move(begun->reply->body)};
    reply.replayed = true;
    return {std::move(reply), 0};
  }
  Outcome outcome = carry_out();
  const cluster::KeptReply kept{outcome.first.status, outcome.first.content_type, outcome.first.body};
  begun->held->finish(may_mend_itself(outcome.first, outcome.second) ? nullptr : &kept);
  return outcome;
}

}  // namespace sluice::api
