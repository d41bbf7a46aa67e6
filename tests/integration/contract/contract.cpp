#include "tests/integration/contract/contract.hpp"

#include <catch2/catch.hpp>
#include <stdexcept>

namespace sluice::test {
namespace {

using model::Json;

std::string encoded(const std::string& text) {
  constexpr const char* kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) || c == '-' || c == '_' || c == '.') {
      out += c;
    } else {
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

std::string filled(const std::string& path, const Params& params) {
  std::string out;
  for (size_t i = 0; i < path.size(); ++i) {
    if (path[i] != '{') {
      out += path[i];
      continue;
    }
    const size_t close = path.find('}', i);
    out += encoded(params.at(path.substr(i + 1, close - i - 1)));
    i = close;
  }
  return out;
}

std::string full_path(const api::Operation& operation) {
  const std::string path = operation.path;
  return path.starts_with("//") ? path.substr(1) : "/api/v1" + path;
}

Json parsed(const HttpReply& reply) {
  auto json = model::parse_json(reply.body);
  if (!json.ok()) throw std::runtime_error("no JSON: " + reply.body);
  return std::move(json).value();
}

}  // namespace

Contract::Contract(const HttpClient& client, bool docs) : client_(client), docs_(docs) {
  document_ = parsed(client_.get("/api/v1/dm.json"));
}

const api::Operation& Contract::operation(const std::string& id) const {
  const api::Operation* found = api::find_operation(id);
  if (!found) throw std::runtime_error("no operation " + id);
  return *found;
}

const Json* Contract::described(const api::Operation& operation) const {
  const Json* item = document_.find("paths")->find(full_path(operation));
  std::string method = operation.method;
  for (char& c : method) c = static_cast<char>(c - 'A' + 'a');
  return item ? item->find(method) : nullptr;
}

HttpReply Contract::ask(const std::string& id, const Ask& ask, const std::string& key) const {
  const api::Operation& what = operation(id);
  const std::string path = filled(full_path(what), ask.path) + (ask.query.empty() ? "" : "?" + ask.query);
  std::map<std::string, std::string> headers;
  if (!key.empty()) headers["Idempotency-Key"] = key;
  return client_.request(what.method, path, ask.body.is_null() ? "" : to_text(ask.body), "application/json", headers);
}

bool Contract::built(const std::string& id) {
  const api::Operation& what = operation(id);
  if (api::handler_of(what)) return true;
  Params any;
  for (const char* name : {"source-name", "task-name", "schema-name", "table-name", "master-name", "worker-name"}) {
    any[name] = "x";
  }
  const HttpReply reply = ask(id, {any});
  INFO(id << " " << reply.body);
  CHECK(reply.status == 501);
  judge(what, reply);
  return false;
}

void Contract::judge(const api::Operation& operation, const HttpReply& reply) {
  ++judged_;
  const Json* what = described(operation);
  REQUIRE(what);
  const Json* response = what->find("responses")->find(std::to_string(reply.status));
  INFO("status " << reply.status << reply.error);
  REQUIRE(response);
  const Json* content = response->find("content");
  if (!content || (reply.body.empty() && !*operation.reply)) {
    CHECK(reply.body == "");
    return;
  }
  const auto& media = content->as_object()->front();
  CHECK(reply.content_type.substr(0, reply.content_type.find(';')) == media.name);
  if (media.name != "application/json") return;
  SchemaCheck check(document_);
  CHECK(lines_of(check.problems(parsed(reply), *media.value.find("schema"))) == "");
}

void Contract::try_dry(const api::Operation& operation, Ask what, int code) {
  what.query += std::string(what.query.empty() ? "" : "&") + "dry_run=true";
  const HttpReply reply = ask(operation.id, what);
  INFO(operation.id << " as a dry run, " << to_text(what.body) << "\n" << reply.body);
  CHECK(reply.status == (code == 0 ? 200 : code == operation.missing_code ? 404 : 400));
  CHECK(reply.text("dry_run") == (code == 0 ? "true" : ""));
  CHECK(reply.text("error_code") == (code == 0 ? "" : std::to_string(code)));
  judge(operation, reply);
}

void Contract::repeat(const api::Operation& operation, const Ask& what, const std::string& key,
                      const HttpReply& first) {
  const HttpReply again = ask(operation.id, what, key);
  CHECK(first.headers.count("Idempotency-Replayed") == 0);
  CHECK(again.headers.count("Idempotency-Replayed") == 1);
  CHECK(again.status == first.status);
  CHECK(again.content_type == first.content_type);
  CHECK(again.body == first.body);
  bool described_there = false;
  for (const Json& parameter : *described(operation)->find("parameters")->as_array()) {
    described_there = described_there || *parameter.find("name") == Json("Idempotency-Key");
  }
  CHECK(described_there);
}

HttpReply Contract::succeeds(const std::string& id, const Ask& what) {
  const api::Operation& operation = this->operation(id);
  if (api::takes_dry_run(operation)) try_dry(operation, what, 0);
  const bool writes = std::string_view(operation.method) != "GET";
  const std::string key = writes ? (docs_ ? "docs-" : "spec-") + std::to_string(judged_) : "";
  HttpReply reply = ask(id, what, key);
  INFO(id << " " << to_text(what.body) << "\n" << reply.body);
  if (writes) repeat(operation, what, key, reply);
  CHECK(reply.status == (docs_ ? operation.docs_status : operation.spec_status));
  judge(operation, reply);
  covered_.emplace(id, 0);
  return reply;
}

HttpReply Contract::refuses(const std::string& id, int code, const Ask& what) {
  const api::Operation& operation = this->operation(id);
  if (api::takes_dry_run(operation)) try_dry(operation, what, code);
  HttpReply reply = ask(id, what);
  INFO("asked with " << what.query << to_text(what.body));
  refused(id, code, reply);
  return reply;
}

void Contract::refused(const std::string& id, int code, const HttpReply& reply) {
  const api::Operation& operation = this->operation(id);
  INFO(id << " must give " << code << "\n" << reply.body << reply.error);
  CHECK(reply.status == (code == operation.missing_code ? 404 : 400));
  judge(operation, reply);
  CHECK(reply.text("error_code") == std::to_string(code));
  CHECK(reply.text("error_msg").starts_with("[code=" + std::to_string(code) + ":"));
  CHECK(reply.number("errors[0].code") == code);
  covered_.emplace(id, code);
}

}  // namespace sluice::test
