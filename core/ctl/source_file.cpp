#include "core/ctl/source_file.hpp"

#include <yaml-cpp/yaml.h>

#include <map>

#include "core/ctl/failure.hpp"

namespace sluice::ctl {
namespace {

using model::Json;
using Reader = std::function<std::string(const std::string&)>;

enum class Type { Text, Flag, Integer, Texts, File };

struct Key {
  const char* member;
  Type type;
};

// DM's key → the API's member. A key that is in none of these tables cannot be said to the API.
const std::map<std::string, Key> kTop{{"source-id", {"source_name", Type::Text}},
                                      {"enable", {"enable", Type::Flag}},
                                      {"enable-gtid", {"enable_gtid", Type::Flag}},
                                      {"flavor", {"flavor", Type::Text}}};
const std::map<std::string, Key> kRelay{{"enable-relay", {"enable_relay", Type::Flag}},
                                        {"relay-binlog-name", {"relay_binlog_name", Type::Text}},
                                        {"relay-binlog-gtid", {"relay_binlog_gtid", Type::Text}},
                                        {"relay-dir", {"relay_dir", Type::Text}}};
const std::map<std::string, Key> kFrom{{"host", {"host", Type::Text}},
                                       {"port", {"port", Type::Integer}},
                                       {"user", {"user", Type::Text}},
                                       {"password", {"password", Type::Text}}};
const std::map<std::string, Key> kSecurity{{"ssl-ca", {"ssl_ca_content", Type::File}},
                                           {"ssl-cert", {"ssl_cert_content", Type::File}},
                                           {"ssl-key", {"ssl_key_content", Type::File}},
                                           {"cert-allowed-cn", {"cert_allowed_cn", Type::Texts}}};
const std::map<std::string, Key> kPurge{{"interval", {"interval", Type::Integer}},
                                        {"expires", {"expires", Type::Integer}},
                                        {"remain-space", {"remain_space", Type::Integer}}};

Failure wrong(const std::string& key, const YAML::Node& node, const std::string& what) {
  return usage_error("line " + std::to_string(node.Mark().line + 1) + ": " + key + " " + what);
}

Json value_of(const std::string& key, const Key& target, const YAML::Node& node, const Reader& read) {
  try {
    switch (target.type) {
      case Type::Text: return node.as<std::string>();
      case Type::Flag: return node.as<bool>();
      case Type::Integer: return node.as<int64_t>();
      case Type::Texts: return node.as<std::vector<std::string>>();
      case Type::File: return read(node.as<std::string>());
    }
  } catch (const YAML::Exception&) {
    static const char* const kinds[] = {"a text", "true or false", "a whole number", "a list of texts", "a file name"};
    throw wrong(key, node, std::string("must be ") + kinds[static_cast<int>(target.type)]);
  }
  return {};
}

/// Takes the key over into `out` if the table has it.
bool take(const std::map<std::string, Key>& table, const std::string& prefix, const std::string& key,
          const YAML::Node& node, const Reader& read, Json& out) {
  const auto found = table.find(key);
  if (found == table.end()) return false;
  if (!node.IsNull()) out.set(found->second.member, value_of(prefix + key, found->second, node, read));
  return true;
}

template <typename Take>
void each(const YAML::Node& map, const std::string& what, const Take& take_key) {
  if (map.IsNull()) return;
  if (!map.IsMap()) throw wrong(what, map, "must hold keys and values");
  for (const auto& pair : map) {
    const auto key = pair.first.as<std::string>();
    if (!take_key(key, pair.second)) {
      throw wrong((what == "the file" ? "" : what + ".") + key, pair.first, "cannot be expressed in the API");
    }
  }
}

Json section(const std::map<std::string, Key>& table, const std::string& name, const YAML::Node& map,
             const Reader& read) {
  Json out = Json::object();
  each(map, name,
       [&](const std::string& key, const YAML::Node& node) { return take(table, name + ".", key, node, read, out); });
  return out;
}

}  // namespace

Json source_from_yaml(const std::string& text, const Reader& read) {
  YAML::Node file;
  try {
    file = YAML::Load(text);
  } catch (const YAML::Exception& failure) {
    throw usage_error("line " + std::to_string(failure.mark.line + 1) + ": this is no YAML: " + failure.msg);
  }
  if (!file.IsMap()) throw usage_error("the file holds no source: no key `source-id`");
  Json out = Json::object();
  Json relay = Json::object();
  const auto from = [&](const std::string& key, const YAML::Node& node) {
    if (key != "security") return take(kFrom, "from.", key, node, read, out);
    if (!node.IsNull()) out.set("security", section(kSecurity, "from.security", node, read));
    return true;
  };
  each(file, "the file", [&](const std::string& key, const YAML::Node& node) {
    if (key == "from") {
      each(node, "from", from);
      return true;
    }
    if (key == "purge") {
      if (!node.IsNull()) out.set("purge", section(kPurge, "purge", node, read));
      return true;
    }
    return take(kTop, "", key, node, read, out) || take(kRelay, "", key, node, read, relay);
  });
  if (!relay.as_object()->empty()) out.set("relay_config", std::move(relay));
  if (!out.find("source_name")) throw usage_error("the file holds no source: no key `source-id`");
  return out;
}

}  // namespace sluice::ctl
