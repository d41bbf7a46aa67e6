#include "core/api/contributed.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <utility>

#include "core/api/operation_docs.hpp"
#include "sluice/common/text.hpp"

namespace sluice::api {
namespace {

using model::Json;

std::string encoded(std::string_view name) {
  constexpr const char* kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '_' || c == '.' || c == '~') {
      out += c;
    } else {
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

std::vector<sluice_param> params_of(const std::vector<std::pair<std::string, std::string>>& pairs) {
  std::vector<sluice_param> out;
  for (const auto& [name, value] : pairs) out.push_back({to_str(name), to_str(value)});
  return out;
}

/// Nobody who asks for a trial may get the deed.
bool asks_for_trial(const Request& request) {
  return std::any_of(request.query.begin(), request.query.end(),
                     [](const auto& pair) { return pair.first == "dry_run" && pair.second != "false"; });
}

Json parameters(const std::string& path, const std::string& method) {
  Json out = Json::array();
  if (method != "GET") out.push(idempotency_key_parameter());
  for (size_t open = path.find('{'); open != std::string::npos; open = path.find('{', open + 1)) {
    Json one = Json::object().set("name", path.substr(open + 1, path.find('}', open) - open - 1));
    out.push(one.set("in", "path").set("required", true).set("schema", Json::object().set("type", "string")));
  }
  return out;
}

Json media(const char* description) {
  const Json any = Json::object().set("application/json", Json::object().set("schema", Json::object()));
  return Json::object().set("description", description).set("content", any);
}

/// The host knows no more of it than the plugin has declared.
Json describe(const Contributed& one) {
  const plugin::PluginOperation& operation = one.operation;
  Json out = Json::object().set("operationId", one.id).set("summary", operation.summary);
  out.set("description",
          "Contributed by the plugin instance " + operation.instance + "; it is there as long as that is.");
  out.set("tags", Json::Array{"plugin"});
  if (Json list = parameters(operation.path, operation.method); !list.as_array()->empty())
    out.set("parameters", std::move(list));
  if (operation.method == "POST" || operation.method == "PUT") out.set("requestBody", media("as the plugin says"));
  out.set("responses", Json::object().set("default", media("as the plugin says")));
  return out.set("x-sluice-extension", true).set("x-sluice-contributed", operation.instance);
}

}  // namespace

std::vector<Contributed> contributed(const std::vector<plugin::PluginOperation>& operations) {
  std::vector<Contributed> out;
  for (const auto& operation : operations) {
    out.push_back({operation.instance + "/" + operation.id, "/plugins/" + encoded(operation.instance) + operation.path,
                   operation});
  }
  return out;
}

std::optional<plugin::PluginOperation> find_contributed(const plugin::PluginOperations& operations,
                                                        const std::string& id) {
  for (Contributed& one : contributed(operations.list())) {
    if (one.id == id) return std::move(one.operation);
  }
  return std::nullopt;
}

Result<Reply> run_contributed(plugin::PluginOperations& operations, const plugin::PluginOperation& operation,
                              const Request& request) {
  if (operation.method != "GET" && asks_for_trial(request)) {
    return make_error(49001, "query parameter dry_run is not possible for " + operation.id +
                                 ", which the plugin instance " + operation.instance + " contributes");
  }
  const std::vector<sluice_param> path = params_of(request.path);
  const std::vector<sluice_param> query = params_of(request.query);
  auto raw = make_sized<sluice_request>();
  raw.operation = to_str(operation.id);
  raw.dialect = to_str(request.dialect == Dialect::Spec ? "spec" : "docs");
  raw.path_params = path.data();
  raw.path_param_count = path.size();
  raw.query = query.data();
  raw.query_count = query.size();
  raw.body = to_bytes(request.body);
  raw.identity = to_str(request.identity);
  raw.idempotency_key = to_str(request.idempotency_key);
  auto reply = operations.run(operation.instance, operation.id, raw);
  if (!reply.ok()) return reply.status();
  return Reply{reply->status, std::move(reply->content_type), std::move(reply->body)};
}

void describe_contributed(const std::vector<Contributed>& all, const std::string& base, Json& paths) {
  for (const Contributed& one : all) {
    const std::string full = base + one.path;
    Json item = paths.find(full) ? *paths.find(full) : Json::object();
    std::string method = one.operation.method;
    for (char& c : method) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    paths.set(full, item.set(method, describe(one)));
  }
}

}  // namespace sluice::api
