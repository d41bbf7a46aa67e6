#include "options.hpp"

namespace sluice::http {

using plugin::Setting;

std::vector<Setting> Options::settings() {
  std::vector<Setting> all;
  all.push_back(
      Setting::string("listen")
          .fallback("\"127.0.0.1:8261\"")
          .help("address to listen on, HOST:PORT; port 0 takes a free one, an empty host means every address"));
  all.push_back(Setting::string("dialect")
                    .fallback("\"docs\"")
                    .help("docs (what the product document shows) or spec (what DM's OpenAPI description says)"));
  all.push_back(
      Setting::string("base_path").fallback("\"/api/v1\"").help("path in front of every operation of the API"));
  all.push_back(Setting::string("swagger_ui")
                    .fallback("\"\"")
                    .help("folder with the files of the npm package swagger-ui-dist for the page at /docs; empty = "
                          "share/sluice/swagger-ui beside the folder of the program"));
  all.push_back(Setting::bytes("max_body")
                    .fallback("4194304")
                    .range("1024", "1073741824")
                    .unit("bytes")
                    .help("largest request body; a larger one is answered with 413"));
  all.push_back(Setting::bytes("max_header")
                    .fallback("65536")
                    .range("1024", "1048576")
                    .unit("bytes")
                    .help("largest request line and headers together; more is answered with 431"));
  all.push_back(Setting::integer("max_connections")
                    .fallback("1024")
                    .range("1", "100000")
                    .help("connections held at a time; beyond, the one that has been silent longest is closed"));
  all.push_back(Setting::integer("threads")
                    .fallback("64")
                    .range("1", "1024")
                    .help("requests worked on at a time; a slow client holds one"));
  all.push_back(Setting::boolean("keep_alive").fallback("true").help("serve several requests on one connection"));
  all.push_back(Setting::duration("keep_alive_timeout")
                    .fallback("\"30s\"")
                    .help("how long an idle connection is kept; shorter while others wait for a thread"));
  all.push_back(Setting::duration("header_timeout")
                    .fallback("\"10s\"")
                    .help("time for a client to send a whole request head, then 408"));
  all.push_back(
      Setting::duration("body_timeout").fallback("\"60s\"").help("time for a client to send a whole body, then 408"));
  all.push_back(Setting::duration("write_timeout")
                    .fallback("\"30s\"")
                    .help("time for a client to take a whole reply, then the connection is cut"));
  all.push_back(Setting::string("ssl_ca").fallback("\"\"").help(
      "file with the CA certificates (PEM); when set, clients must show a certificate of these"));
  all.push_back(
      Setting::string("ssl_cert").fallback("\"\"").help("file with the certificate (PEM): switches to HTTPS"));
  all.push_back(Setting::string("ssl_key").fallback("\"\"").help("file with the certificate's key (PEM)"));
  all.push_back(Setting::list("cert_allowed_cn")
                    .fallback("[]")
                    .help("common names of client certificates that are let in; empty = every certificate of ssl_ca"));
  return all;
}

namespace {

std::chrono::milliseconds milliseconds(const plugin::Config& config, const char* key) {
  const auto value = std::chrono::duration_cast<std::chrono::milliseconds>(config.duration(key));
  if (value.count() <= 0) throw plugin::Failure::config(key, "must be longer than 0");
  return value;
}

}  // namespace

Options Options::from(const plugin::Config& config) {
  using plugin::Failure;
  Options o;
  o.listen = config.string("listen");
  o.dialect = config.string("dialect");
  if (o.dialect != "docs" && o.dialect != "spec") {
    throw Failure::config("dialect", "is `" + o.dialect + "`, use docs or spec");
  }
  o.base_path = config.string("base_path");
  while (o.base_path.ends_with('/')) o.base_path.pop_back();
  if (!o.base_path.empty() && o.base_path[0] != '/') throw Failure::config("base_path", "must begin with /");
  o.swagger_ui = config.string("swagger_ui");
  o.max_body = config.bytes("max_body");
  o.max_header = static_cast<int64_t>(config.bytes("max_header"));
  o.max_connections = config.integer("max_connections");
  o.threads = config.integer("threads");
  o.keep_alive = config.boolean("keep_alive");
  o.keep_alive_timeout = milliseconds(config, "keep_alive_timeout");
  o.header_timeout = milliseconds(config, "header_timeout");
  o.body_timeout = milliseconds(config, "body_timeout");
  o.write_timeout = milliseconds(config, "write_timeout");
  o.ssl_ca = config.string("ssl_ca");
  o.ssl_cert = config.string("ssl_cert");
  o.ssl_key = config.string("ssl_key");
  o.cert_allowed_cn = config.list("cert_allowed_cn");
  if (o.ssl_cert.empty() != o.ssl_key.empty()) {
    throw Failure::config(o.ssl_cert.empty() ? "ssl_cert" : "ssl_key", "is needed beside the other of the two");
  }
  if (!o.ssl_ca.empty() && !o.tls()) throw Failure::config("ssl_ca", "needs ssl_cert and ssl_key as well");
  if (!o.cert_allowed_cn.empty() && o.ssl_ca.empty()) {
    throw Failure::config("cert_allowed_cn", "needs ssl_ca: without it clients show no certificate");
  }
  return o;
}

}  // namespace sluice::http
