#include "core/api/call.hpp"

#include <algorithm>
#include <cctype>

#include "core/model/json_reader.hpp"

namespace sluice::api {
namespace {

std::vector<std::string> split_commas(const std::string& text) {
  std::vector<std::string> out;
  size_t begin = 0;
  while (begin <= text.size()) {
    const size_t end = std::min(text.find(',', begin), text.size());
    if (end > begin) out.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

}  // namespace

std::string Call::path(std::string_view name) const {
  for (const auto& [key, value] : request.path) {
    if (key == name) return value;
  }
  return {};
}

std::optional<std::string> Call::query(std::string_view name) const {
  std::optional<std::string> out;
  for (const auto& [key, value] : request.query) {
    if (key == name) out = value;
  }
  return out;
}

Result<std::optional<bool>> Call::flag(std::string_view name) const {
  auto text = query(name);
  if (!text) return std::optional<bool>();
  std::transform(text->begin(), text->end(), text->begin(), [](unsigned char c) { return std::tolower(c); });
  if (*text == "true" || *text == "1") return std::optional<bool>(true);
  if (*text == "false" || *text == "0") return std::optional<bool>(false);
  return make_error(49001, "query parameter " + std::string(name) + " must be true or false, not " + *query(name));
}

std::vector<std::string> Call::names(std::string_view name, const std::vector<std::string>& known) const {
  std::vector<std::string> out;
  for (const auto& [key, value] : request.query) {
    if (key == name && !value.empty()) out.push_back(value);
  }
  if (out.size() != 1 || std::find(known.begin(), known.end(), out[0]) != known.end()) return out;
  return split_commas(out[0]);
}

Result<model::Json> Call::body(bool optional) const {
  const bool blank = request.body.find_first_not_of(" \t\r\n") == std::string::npos;
  if (blank && optional) return model::Json();
  if (blank) return make_error(49001, "the request needs a JSON body, it has none");
  model::JsonOptions options;
  options.trailing_commas = docs();
  auto json = model::parse_json(request.body, options);
  if (json.ok() && !json->is_object() && !(optional && json->is_null())) {
    return make_error(49001, std::string("the body must be a JSON object, not ") + json->kind());
  }
  return json;
}

Reply Call::ok() const {
  Reply reply;
  reply.status = docs() ? operation.docs_status : operation.spec_status;
  return reply;
}

Reply Call::ok(const model::Json& body) const {
  Reply reply = ok();
  reply.body = model::to_text(body, 2);
  return reply;
}

Result<Unwrapped> unwrap(const model::Json& body, const char* wrapper, const char* name) {
  Unwrapped out;
  model::JsonReader reader(body, "");
  out.worker_name = reader.text("worker_name").value_or("");
  const model::Json* inner = body.find(wrapper);
  if (inner && inner->is_object()) {
    if (const model::Json* flat = body.find(name); flat && !flat->is_null()) {
      return make_error(49001, std::string("the body has both ") + wrapper + " and " + name + ": send one of the two");
    }
    out.object = *inner;
    out.path = wrapper;
  } else {
    out.object = body;
  }
  if (!reader.ok()) return reader.status();
  return out;
}

model::Json list_of(model::Json::Array items) {
  model::Json out = model::Json::object();
  out.set("total", static_cast<int64_t>(items.size()));
  return out.set("data", std::move(items));
}

}  // namespace sluice::api
