#include "messages.hpp"

#include <openssl/evp.h>

#include <charconv>
#include <span>

namespace sluice::etcd_store {
namespace {

using plugin::Failure;
using plugin::Json;

const char* compare_result(int32_t result) {
  switch (result) {
    case SLUICE_EQUAL: return "EQUAL";
    case SLUICE_GREATER: return "GREATER";
    case SLUICE_LESS: return "LESS";
    case SLUICE_NOT_EQUAL: return "NOT_EQUAL";
    default: throw Failure("a comparison asks for the unknown result " + std::to_string(result));
  }
}

void append_bytes(std::string& out, const char* name, std::string_view bytes) {
  out += '"';
  out += name;
  out += "\":\"";
  out += to_base64(bytes);
  out += '"';
}

void append_number(std::string& out, const char* name, int64_t number) {
  out += '"';
  out += name;
  out += "\":\"";
  out += std::to_string(number);
  out += '"';
}

std::string with_prefix(std::string_view prefix, std::string_view key) { return std::string(prefix) += key; }

void append_compare(std::string& out, const sluice_compare& c, std::string_view prefix) {
  out += R"({"result":")";
  out += compare_result(c.result);
  out += R"(","target":")";
  switch (c.target) {
    case SLUICE_COMPARE_VERSION:
      out += "VERSION\",";
      append_number(out, "version", c.number);
      break;
    case SLUICE_COMPARE_CREATE:
      out += "CREATE\",";
      append_number(out, "create_revision", c.number);
      break;
    case SLUICE_COMPARE_MOD:
      out += "MOD\",";
      append_number(out, "mod_revision", c.number);
      break;
    case SLUICE_COMPARE_VALUE:
      out += "VALUE\",";
      append_bytes(out, "value", view(c.value));
      break;
    default: throw Failure("a comparison looks at the unknown target " + std::to_string(c.target));
  }
  out += ',';
  append_bytes(out, "key", with_prefix(prefix, view(c.key)));
  out += '}';
}

/// etcd has no empty key: what would be all keys begins at the first possible one.
std::string first_of(std::string_view prefix) { return prefix.empty() ? std::string(1, '\0') : std::string(prefix); }

void append_op(std::string& out, const sluice_store_op& op, std::string_view prefix) {
  const std::string key = with_prefix(prefix, view(op.key));
  if (op.op != SLUICE_OP_DELETE_PREFIX && op.key.len == 0) throw Failure("a transaction names an empty key");
  switch (op.op) {
    case SLUICE_OP_PUT:
      out += R"({"request_put":{)";
      append_bytes(out, "key", key);
      out += ',';
      append_bytes(out, "value", view(op.value));
      if (op.lease != 0) {
        out += ',';
        append_number(out, "lease", op.lease);
      }
      break;
    case SLUICE_OP_DELETE:
      out += R"({"request_delete_range":{)";
      append_bytes(out, "key", key);
      break;
    case SLUICE_OP_DELETE_PREFIX:
      out += R"({"request_delete_range":{)";
      append_bytes(out, "key", first_of(key));
      out += ',';
      append_bytes(out, "range_end", range_end_of(key));
      break;
    default: throw Failure("a transaction asks for the unknown operation " + std::to_string(op.op));
  }
  out += "}}";
}

void append_ops(std::string& out, const char* name, std::span<const sluice_store_op> ops, std::string_view prefix) {
  out += ",\"";
  out += name;
  out += "\":[";
  for (size_t i = 0; i < ops.size(); ++i) {
    if (i > 0) out += ',';
    append_op(out, ops[i], prefix);
  }
  out += ']';
}

}  // namespace

std::string to_base64(std::string_view bytes) {
  // EVP_EncodeBlock writes a NUL behind the text.
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  out.resize(static_cast<size_t>(size));
  return out;
}

std::string from_base64(std::string_view text) {
  std::string out(text.size() / 4 * 3, '\0');
  if (text.empty()) return out;
  const int size = text.size() % 4 != 0 ? -1
                                        : EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                                          reinterpret_cast<const unsigned char*>(text.data()),
                                                          static_cast<int>(text.size()));
  // It pads with zero bytes what the text pads with `=`.
  const size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  const bool within = text.substr(0, text.size() - padding).find('=') != std::string_view::npos;
  if (size < static_cast<int>(padding) || within) throw Failure("etcd answers with something that is no base64");
  out.resize(static_cast<size_t>(size) - padding);
  return out;
}

int64_t number_at(const Json& message, std::string_view name) {
  const Json* value = message.find(name);
  if (!value || value->is_null()) return 0;
  const std::string& text = value->text();
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw Failure("etcd answers with `" + std::string(name) + "` that is no number");
  }
  return number;
}

std::string text_at(const Json& message, std::string_view name) {
  const Json* value = message.find(name);
  return value && value->is_string() ? value->text() : std::string();
}

int64_t revision_of(const Json& reply) {
  const Json* header = reply.find("header");
  if (!header) throw Failure("etcd answers without a header");
  const int64_t revision = number_at(*header, "revision");
  if (revision <= 0) throw Failure("etcd answers without a revision");
  return revision;
}

std::string range_end_of(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && static_cast<unsigned char>(end.back()) == 0xffU) end.pop_back();
  if (end.empty()) return std::string(1, '\0');
  end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1U);
  return end;
}

Pair pair_of(const Json& kv, std::string_view prefix) {
  Pair out;
  out.key = from_base64(text_at(kv, "key"));
  if (out.key.compare(0, prefix.size(), prefix) != 0) throw Failure("etcd answers with a key that was not asked for");
  out.key.erase(0, prefix.size());
  out.value = from_base64(text_at(kv, "value"));
  out.create_revision = number_at(kv, "create_revision");
  out.mod_revision = number_at(kv, "mod_revision");
  out.version = number_at(kv, "version");
  out.lease = number_at(kv, "lease");
  return out;
}

std::string txn_body(const plugin::Txn& txn, std::string_view prefix) {
  std::string out = R"({"compare":[)";
  for (size_t i = 0; i < txn.compares.size(); ++i) {
    if (i > 0) out += ',';
    append_compare(out, txn.compares[i], prefix);
  }
  out += ']';
  append_ops(out, "success", txn.then_ops, prefix);
  append_ops(out, "failure", txn.else_ops, prefix);
  return out += '}';
}

std::string range_body(std::string_view first, std::string_view end, int64_t limit, int64_t revision) {
  std::string out = "{";
  append_bytes(out, "key", end.empty() ? std::string(first) : first_of(first));
  if (!end.empty()) {
    out += ',';
    append_bytes(out, "range_end", end);
  }
  out += ',';
  append_number(out, "limit", limit);
  out += ',';
  append_number(out, "revision", revision);
  return out += '}';
}

std::string watch_body(std::string_view prefix, int64_t from_revision) {
  std::string out = R"({"create_request":{)";
  append_bytes(out, "key", first_of(prefix));
  out += ',';
  append_bytes(out, "range_end", range_end_of(prefix));
  out += ',';
  append_number(out, "start_revision", from_revision);
  return out += "}}";
}

}  // namespace sluice::etcd_store
