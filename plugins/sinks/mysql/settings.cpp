#include "settings.hpp"

#include <algorithm>

#include "quote.hpp"

namespace sluice::mysql {
namespace {

using plugin::Failure;
using plugin::Json;

std::string text_member(const Json& object, const char* key) {
  const Json* value = object.find(key);
  if (!value || value->is_null()) return {};
  if (!value->is_string()) throw Failure::config(std::string("security.") + key, "must be a text");
  return value->text();
}

Security read_security(const Json& object) {
  if (!object.is_object()) throw Failure::config("security", "must be an object");
  Security security;
  for (const std::string& key : object.keys()) {
    if (key != "ssl_ca_content" && key != "ssl_cert_content" && key != "ssl_key_content" && key != "cert_allowed_cn") {
      throw Failure::config("security." + key,
                            "is not known; known are ssl_ca_content, ssl_cert_content, "
                            "ssl_key_content and cert_allowed_cn");
    }
  }
  security.ca = text_member(object, "ssl_ca_content");
  security.cert = text_member(object, "ssl_cert_content");
  security.key = text_member(object, "ssl_key_content");
  if (security.cert.empty() != security.key.empty()) {
    throw Failure::config("security", "ssl_cert_content and ssl_key_content belong together");
  }
  const Json* names = object.find("cert_allowed_cn");
  if (!names || names->is_null()) return security;
  if (!names->is_array()) throw Failure::config("security.cert_allowed_cn", "must be a list of texts");
  for (const Json& name : names->items()) {
    if (!name.is_string()) throw Failure::config("security.cert_allowed_cn", "must be a list of texts");
    security.allowed_cn.push_back(name.text());
  }
  if (!security.enabled()) security.allowed_cn.clear();  // no certificates: no TLS, whatever names are listed
  return security;
}

bool is_number(const std::string& text) {
  return !text.empty() && text.size() < 20 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Variables are written into a SET statement: the name must be one, the value becomes a literal.
std::vector<std::pair<std::string, std::string>> read_session(const Json& object) {
  if (!object.is_object()) throw Failure::config("session", "must be an object");
  std::vector<std::pair<std::string, std::string>> variables;
  for (size_t i = 0; i < object.keys().size(); ++i) {
    const std::string& name = object.keys()[i];
    const Json& value = object.items()[i];
    const bool clean = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    });
    if (!clean) throw Failure::config("session", "`" + name + "` is not the name of a variable");
    // Variables that are numbers or switches refuse a quoted number.
    if (value.is_string() && is_number(value.text()))
      variables.emplace_back(name, value.text());
    else if (value.is_string())
      variables.emplace_back(name, quoted_string(value.text(), true));
    else if (value.kind() == Json::Kind::kNumber)
      variables.emplace_back(name, value.text());
    else if (const auto flag = value.boolean())
      variables.emplace_back(name, *flag ? "1" : "0");
    else
      throw Failure::config("session." + name, "must be a text, a number or a boolean");
  }
  return variables;
}

std::chrono::seconds whole_seconds(std::chrono::microseconds time) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(time);
  return seconds.count() < 1 ? std::chrono::seconds(1) : seconds;
}

}  // namespace

std::vector<plugin::Setting> declared_settings() {
  using plugin::Setting;
  std::vector<Setting> list;
  list.push_back(Setting::string("host").required().help("Name or address of the target."));
  list.push_back(Setting::integer("port").fallback("3306").range("1", "65535").help("TCP port of the target."));
  list.push_back(Setting::string("user").required().help("User name at the target."));
  list.push_back(Setting::string("password").secret().fallback("\"\"").help("Password of the user."));
  list.push_back(Setting::string("socket").fallback("\"\"").help("Unix socket to use instead of host and port."));
  list.push_back(
      Setting::object("security")
          .secret()
          .help("TLS: ssl_ca_content, ssl_cert_content, ssl_key_content (PEM texts) and cert_allowed_cn (list)."));
  list.push_back(
      Setting::string("task").fallback("\"sluice\"").help("Task name; begins the names of metadata tables."));
  list.push_back(Setting::string("source").fallback("\"\"").help("Source name; the id column of metadata tables."));
  list.push_back(Setting::string("meta_schema").fallback("\"dm_meta\"").help("Schema of the metadata tables."));
  list.push_back(Setting::string("sql_mode")
                     .fallback("\"\"")
                     .help("sql_mode of the sessions; modes that the target does not know are left out."));
  list.push_back(Setting::object("session").help("Session variables of the target and their values."));
  list.push_back(Setting::string("foreign_key_checks")
                     .fallback("\"0\"")
                     .help("\"1\" lets the target check foreign keys; changes are then applied strictly in order, "
                           "which is slower."));
  list.push_back(Setting::duration("connect_timeout").fallback("\"10s\"").help("Limit for connecting."));
  list.push_back(Setting::duration("read_timeout")
                     .fallback("\"5m\"")
                     .help("Limit for one answer of the target; DDL on large tables may need more."));
  list.push_back(Setting::integer("max_rows")
                     .fallback("1000")
                     .range("1", "100000")
                     .unit("rows")
                     .help("Rows in one statement at most."));
  list.push_back(Setting::bytes("max_statement_size")
                     .fallback("0")
                     .help("Bytes sent in one packet at most; 0 = what the target accepts, at most 1 MiB."));
  return list;
}

Settings read_settings(const plugin::Config& config) {
  Settings settings;
  settings.host = config.string("host");
  const int64_t port = config.integer("port", 3306);
  if (port < 1 || port > 65535) throw Failure::config("port", "must be between 1 and 65535");
  settings.port = static_cast<uint16_t>(port);
  settings.user = config.string("user");
  settings.password = config.string("password", "");
  settings.socket = config.string("socket", "");
  if (const Json* security = config.find("security")) settings.security = read_security(*security);
  settings.task = config.string("task", "sluice");
  settings.source = config.string("source", "");
  if (settings.source.size() > 32) throw Failure::config("source", "must not be longer than 32 characters");
  settings.meta_schema = config.string("meta_schema", "dm_meta");
  if (settings.meta_schema.empty()) throw Failure::config("meta_schema", "must not be empty");
  settings.sql_mode = config.string("sql_mode", "");
  if (const Json* session = config.find("session")) settings.session = read_session(*session);
  std::string checks = config.string("foreign_key_checks", "0");
  // More than a variable of the session: it decides in which order changes are applied.
  for (auto it = settings.session.begin(); it != settings.session.end(); ++it) {
    if (it->first != "foreign_key_checks") continue;
    checks = it->second;
    settings.session.erase(it);
    break;
  }
  if (checks != "0" && checks != "1") throw Failure::config("foreign_key_checks", "must be \"0\" or \"1\"");
  settings.foreign_key_checks = checks == "1";
  settings.connect_timeout = whole_seconds(config.duration("connect_timeout", std::chrono::seconds(10)));
  settings.read_timeout = whole_seconds(config.duration("read_timeout", std::chrono::minutes(5)));
  const int64_t rows = config.integer("max_rows", 1000);
  if (rows < 1) throw Failure::config("max_rows", "must be at least 1");
  settings.max_rows = static_cast<uint64_t>(rows);
  settings.max_statement_bytes = config.bytes("max_statement_size", 0);
  return settings;
}

}  // namespace sluice::mysql
