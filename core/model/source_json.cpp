#include "core/model/definitions.hpp"
#include "core/model/json_reader.hpp"
#include "core/model/security_json.hpp"

namespace sluice::model {
namespace {

constexpr size_t kMaxNameLength = 32;  // it is an id VARCHAR(32) in the metadata tables

std::optional<Purge> read_purge(JsonReader& reader) {
  const Json* json = reader.object("purge");
  if (!json) return std::nullopt;
  JsonReader nested(*json, reader.path_of("purge"));
  Purge out;
  out.interval = nested.integer("interval", 0, INT64_MAX).value_or(out.interval);
  out.expires = nested.integer("expires", 0, INT64_MAX).value_or(out.expires);
  out.remain_space = nested.integer("remain_space", 0, INT64_MAX).value_or(out.remain_space);
  reader.absorb(nested);
  return out;
}

std::optional<RelayConfig> read_relay(JsonReader& reader) {
  const Json* json = reader.object("relay_config");
  if (!json) return std::nullopt;
  JsonReader nested(*json, reader.path_of("relay_config"));
  RelayConfig out;
  out.enable_relay = nested.boolean("enable_relay").value_or(false);
  out.relay_binlog_name = nested.text("relay_binlog_name").value_or("");
  out.relay_binlog_gtid = nested.text("relay_binlog_gtid").value_or("");
  out.relay_dir = nested.text("relay_dir").value_or("");
  reader.absorb(nested);
  return out;
}

}  // namespace

Result<SourceRequest> read_source(const Json& json, const std::string& path) {
  JsonReader reader(json, path);
  SourceRequest out;
  Source& source = out.source;
  source.name = reader.text("source_name").value_or("");
  if (reader.ok() && source.name.empty()) {
    return make_error(40005, reader.path_of("source_name") + ": the source ID should not be empty");
  }
  source.endpoint.host = reader.required_text("host");
  source.endpoint.port = static_cast<int>(reader.required_integer("port", 1, 65535));
  source.endpoint.user = reader.required_text("user");
  out.has_password = reader.has("password");
  source.endpoint.password = reader.text("password").value_or("");
  out.has_enable = reader.has("enable");
  source.enable = reader.boolean("enable").value_or(true);
  source.enable_gtid = reader.boolean("enable_gtid").value_or(false);
  source.flavor = reader.text("flavor").value_or("");
  source.endpoint.security = read_security(reader, "security");
  source.purge = read_purge(reader);
  source.relay_config = read_relay(reader);
  // Not in requests; part of what the store keeps.
  source.server_id = static_cast<uint32_t>(reader.integer("server_id", 0, UINT32_MAX).value_or(0));
  source.case_sensitive = reader.boolean("case_sensitive").value_or(true);
  if (!reader.ok()) return reader.status();
  if (Status valid = validate(source); !valid) return valid;
  return out;
}

Json write_source(const Source& source) {
  Json out = Json::object();
  out.set("source_name", source.name).set("host", source.endpoint.host).set("port", source.endpoint.port);
  out.set("user", source.endpoint.user);
  out.set("password", source.endpoint.password.empty() ? Json() : Json(source.endpoint.password));
  out.set("enable", source.enable).set("enable_gtid", source.enable_gtid);
  if (!source.flavor.empty()) out.set("flavor", source.flavor);
  out.set("security", write_security(source.endpoint.security));
  if (source.purge) {
    Json purge = Json::object();
    purge.set("interval", source.purge->interval).set("expires", source.purge->expires);
    purge.set("remain_space", source.purge->remain_space);
    out.set("purge", std::move(purge));
  }
  if (source.relay_config) {
    Json relay = Json::object();
    relay.set("enable_relay", source.relay_config->enable_relay);
    relay.set("relay_binlog_name", source.relay_config->relay_binlog_name);
    relay.set("relay_binlog_gtid", source.relay_config->relay_binlog_gtid);
    relay.set("relay_dir", source.relay_config->relay_dir);
    out.set("relay_config", std::move(relay));
  }
  out.set("server_id", source.server_id).set("case_sensitive", source.case_sensitive);
  return out;
}

void mask_source(Json& source) {
  if (Json* password = source.find("password"); password && !password->is_null()) *password = kMasked;
  mask_security(source.find("security"));
  source.erase("server_id");
}

Status validate(const Source& source) {
  if (source.name.empty()) return make_error(40005, "the source ID should not be empty");
  if (character_count(source.name) > kMaxNameLength) {
    return make_error(40006, "the length of the source ID " + source.name + " is more than max allowed value " +
                                 std::to_string(kMaxNameLength));
  }
  if (source.endpoint.host.empty()) return make_error(49001, "host must not be empty");
  if (source.endpoint.user.empty()) return make_error(49001, "user must not be empty");
  if (!source.flavor.empty() && source.flavor != "mysql" && source.flavor != "mariadb") {
    return make_error(11010, "flavor " + source.flavor + " not supported", {},
                      "Leave flavor out (it is detected), or set it to mysql or mariadb.");
  }
  if (source.relay_config && !source.relay_config->relay_binlog_name.empty() &&
      !looks_like_binlog_name(source.relay_config->relay_binlog_name)) {
    return make_error(40007, "the relay-binlog-name " + source.relay_config->relay_binlog_name +
                                 " is not a binlog file name such as mysql-bin.000001");
  }
  if (source.endpoint.security) return validate(*source.endpoint.security, "security");
  return {};
}

Status check_request(const Source& source) {
  if (source.name.find('\0') == std::string::npos) return {};
  return make_error(49001, "source_name must not hold a zero byte");
}

}  // namespace sluice::model
