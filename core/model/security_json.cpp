#include "core/model/security_json.hpp"

namespace sluice::model {

std::optional<Security> read_security(JsonReader& reader, const char* name) {
  const Json* json = reader.object(name);
  if (!json) return std::nullopt;
  JsonReader nested(*json, reader.path_of(name));
  Security out;
  out.ssl_ca_content = nested.required_text("ssl_ca_content");
  out.ssl_cert_content = nested.required_text("ssl_cert_content");
  out.ssl_key_content = nested.required_text("ssl_key_content");
  out.cert_allowed_cn = nested.texts("cert_allowed_cn").value_or(std::vector<std::string>{});
  reader.absorb(nested);
  return out;
}

Json write_security(const std::optional<Security>& security) {
  if (!security) return {};
  Json out = Json::object();
  out.set("ssl_ca_content", security->ssl_ca_content);
  out.set("ssl_cert_content", security->ssl_cert_content);
  out.set("ssl_key_content", security->ssl_key_content);
  if (!security->cert_allowed_cn.empty()) out.set("cert_allowed_cn", security->cert_allowed_cn);
  return out;
}

void mask_security(Json* security) {
  if (!security || !security->is_object()) return;
  for (const char* name : {"ssl_ca_content", "ssl_cert_content", "ssl_key_content"}) security->set(name, "");
}

Status validate(const Security& security, const std::string& path) {
  const std::pair<const char*, const std::string*> contents[] = {{"ssl_ca_content", &security.ssl_ca_content},
                                                                 {"ssl_cert_content", &security.ssl_cert_content},
                                                                 {"ssl_key_content", &security.ssl_key_content}};
  for (const auto& [name, text] : contents) {
    if (text->empty()) continue;
    if (text->find("-----BEGIN ") == std::string::npos || text->find("-----END ") == std::string::npos) {
      return make_error(11112, "invalid TLS material: " + path + "." + name + " is not PEM text", {},
                        "Send the content of the file (it begins with -----BEGIN), not its name.");
    }
  }
  if (security.ssl_cert_content.empty() != security.ssl_key_content.empty()) {
    return make_error(
        11112, "invalid TLS material: " + path + " has a certificate without a key, or a key without a certificate");
  }
  return {};
}

}  // namespace sluice::model
