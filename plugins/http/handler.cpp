#include "handler.hpp"

#include <algorithm>

namespace sluice::http {
namespace {

// DM's number for everything that the API layer itself refuses.
constexpr int32_t kGeneralApiError = 49001;
// The operation that is a page for browsers and therefore ours.
constexpr const char* kDocsOperation = "getDocs";

/// A body without a type is read as JSON; parameters such as charset are ignored.
bool is_json(const std::string* content_type) {
  if (!content_type) return true;
  std::string type = content_type->substr(0, content_type->find(';'));
  while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.pop_back();
  for (char& c : type) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return type.empty() || type == "application/json" || (type.starts_with("application/") && type.ends_with("+json"));
}

/// What is wrong with the header, or nothing. The API judges the key itself; only here it is known that it is there.
std::optional<std::string> read_key(const Head& head, std::string& key) {
  size_t count = 0;
  for (const auto& [name, value] : head.headers) {
    if (name != "idempotency-key") continue;
    key = value;
    ++count;
  }
  if (count > 1) return "the request has more than one Idempotency-Key";
  if (count == 1 && key.empty()) return "the Idempotency-Key is empty; 1 to 255 visible ASCII characters are expected";
  return std::nullopt;
}

/// Lines of the reply's head; what would break out of its line is left out.
std::string header_lines(const plugin::Params& headers) {
  const auto visible = [](const std::string& text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
  };
  std::string out;
  for (const auto& [name, value] : headers) {
    if (visible(name) && visible(value)) out += name + ": " + value + "\r\n";
  }
  return out;
}

}  // namespace

Response Handler::refuse(int status, const std::string& message) const {
  plugin::Reply reply = api_.refuse(options_.dialect, status, kGeneralApiError, message);
  return {status, std::move(reply.content_type), std::move(reply.body), {}, {}};
}

std::shared_ptr<const Router> Handler::router() {
  const sluice_host_api& raw = plugin::Host::get().api();
  const uint64_t revision = raw.operations_revision ? raw.operations_revision(raw.self) : 0;
  const std::lock_guard lock(mutex_);
  if (!router_ || routed_ != revision) {
    router_ = std::make_shared<const Router>(api_.operations(), options_.base_path);
    routed_ = revision;
  }
  return router_;
}

Response Handler::handle(const Exchange& exchange) {
  try {
    const auto segments = path_segments(exchange.head.path);
    if (!segments) return refuse(400, "the path is not percent-encoded UTF-8");
    auto match = router()->find(exchange.head.method, *segments);
    if (!match) {
      if (auto file = docs_file(exchange, *segments)) return std::move(*file);
    }
    if (!match) return refuse(404, "there is nothing at " + exchange.head.path.substr(0, 200));
    if (match->operation.empty()) {
      Response response = refuse(405, exchange.head.method + " is not possible here; possible are " + match->allow);
      response.allow = match->allow;
      return response;
    }
    if (!exchange.body.empty() && !is_json(exchange.head.header("content-type"))) {
      return refuse(400, "the body must be JSON: send Content-Type: application/json");
    }
    if (match->operation == kDocsOperation) return docs_.page();
    return dispatch(exchange, std::move(*match));
  } catch (const std::exception& why) {
    log_.error("A request failed inside the listener", {{"reason", why.what()}});
    return refuse(400, "the listener could not serve the request; the log of the node says why");
  }
}

std::optional<Response> Handler::docs_file(const Exchange& exchange, const std::vector<std::string>& segments) {
  if (segments.empty() || (exchange.head.method != "GET" && exchange.head.method != "HEAD")) return std::nullopt;
  const std::vector<std::string> folder(segments.begin(), segments.end() - 1);
  const auto page = router()->find("GET", folder);
  if (!page || page->operation != kDocsOperation) return std::nullopt;
  return docs_.file(segments.back());
}

Response Handler::dispatch(const Exchange& exchange, Router::Match match) {
  auto query = parse_query(exchange.head.query);
  if (!query) return refuse(400, "the query is not percent-encoded UTF-8");
  plugin::Request request;
  request.operation = std::move(match.operation);
  request.dialect = options_.dialect;
  request.path_params = std::move(match.params);
  request.query = std::move(*query);
  request.body = exchange.body;
  request.identity = exchange.identity;
  if (auto refused = read_key(exchange.head, request.idempotency_key)) return refuse(400, *refused);
  plugin::Reply reply = api_.dispatch(request);
  plugin::Host::get().counter_add("sluice_http_requests_total", 1,
                                  {{"operation", request.operation}, {"status", std::to_string(reply.status)}});
  return {reply.status, std::move(reply.content_type), std::move(reply.body), {}, header_lines(reply.headers)};
}

void Handler::log_access(const Exchange& exchange, const Response& response, std::chrono::microseconds took) const {
  if (!log_.enabled(SLUICE_LOG_DEBUG)) return;
  log_.debug("Request served", {{"method", exchange.head.method},
                                {"path", exchange.head.path},
                                {"status", std::to_string(response.status)},
                                {"bytes", std::to_string(response.body.size())},
                                {"took_us", std::to_string(took.count())},
                                {"identity", exchange.identity}});
}

}  // namespace sluice::http
