#include "options.hpp"

#include <Poco/Exception.h>
#include <Poco/URI.h>

namespace sluice::etcd_store {
namespace {

using plugin::Failure;
using plugin::Setting;

/// "127.0.0.1:2379" and "https://etcd-1:2379/" to a complete address without a path.
std::string address_of(const std::string& text) {
  const std::string whole = text.find("://") == std::string::npos ? "http://" + text : text;
  try {
    const Poco::URI uri(whole);
    const std::string& scheme = uri.getScheme();
    const bool bare = uri.getPathEtc().empty() || uri.getPathEtc() == "/";
    if ((scheme != "http" && scheme != "https") || uri.getHost().empty() || !bare || !uri.getUserInfo().empty()) {
      throw Failure::config("endpoints", "must be addresses such as http://127.0.0.1:2379, not `" + text + "`");
    }
    const int port = uri.getSpecifiedPort() != 0 ? uri.getSpecifiedPort() : 2379;
    const bool six = uri.getHost().find(':') != std::string::npos;
    return scheme + "://" + (six ? "[" + uri.getHost() + "]" : uri.getHost()) + ":" + std::to_string(port);
  } catch (const Poco::Exception& why) {
    throw Failure::config("endpoints", "`" + text + "` is no address: " + why.displayText());
  }
}

std::vector<std::string> endpoints_of(const plugin::Config& config) {
  std::vector<std::string> out;
  for (const std::string& text : config.list("endpoints")) out.push_back(address_of(text));
  if (out.empty()) throw Failure::config("endpoints", "must name at least one member of etcd");
  for (const std::string& one : out) {
    if (one.starts_with("https:") != out.front().starts_with("https:")) {
      throw Failure::config("endpoints", "must be all http or all https");
    }
  }
  return out;
}

std::chrono::milliseconds milliseconds(const plugin::Config& config, const char* key, std::chrono::seconds fallback,
                                       bool may_be_zero) {
  const auto value = std::chrono::duration_cast<std::chrono::milliseconds>(config.duration(key, fallback));
  if (value.count() <= 0 && !may_be_zero) throw Failure::config(key, "must be longer than 0");
  return value;
}

}  // namespace

std::vector<Setting> Options::settings() {
  std::vector<Setting> all;
  all.push_back(Setting::list("endpoints")
                    .fallback("[\"http://127.0.0.1:2379\"]")
                    .help("client addresses of the members of etcd, 3.4 or later; when one does not answer the next is "
                          "asked"));
  all.push_back(Setting::string("prefix").fallback("\"\"").help(
      "put in front of every key, so that several systems can share one etcd; the same for all nodes of a cluster"));
  all.push_back(Setting::string("user").fallback("\"\"").help("user of etcd, when it asks for one"));
  all.push_back(Setting::string("password").secret().fallback("\"\"").help("password of that user"));
  all.push_back(
      Setting::string("ssl_ca").fallback("\"\"").help("file with the CA certificates (PEM) that the members' "
                                                      "certificates must come from; empty = those of the system"));
  all.push_back(Setting::string("ssl_cert").fallback("\"\"").help("file with the client certificate (PEM)"));
  all.push_back(Setting::string("ssl_key").fallback("\"\"").help("file with the client certificate's key (PEM)"));
  all.push_back(
      Setting::duration("connect_timeout").fallback("\"2s\"").help("time for a connection to one member of etcd"));
  all.push_back(Setting::duration("timeout").fallback("\"5s\"").help("time for one answer of one member of etcd"));
  all.push_back(Setting::duration("compact_every")
                    .fallback("\"10m\"")
                    .help("how often old revisions are forgotten, those of the last interval are kept; 0 = never: then "
                          "etcd itself must be told to (--auto-compaction-retention), or it fills up"));
  return all;
}

Options Options::from(const plugin::Config& config) {
  Options o;
  o.endpoints = endpoints_of(config);
  o.prefix = config.string("prefix", "");
  o.user = config.string("user", "");
  o.password = config.string("password", "");
  o.ssl_ca = config.string("ssl_ca", "");
  o.ssl_cert = config.string("ssl_cert", "");
  o.ssl_key = config.string("ssl_key", "");
  o.connect_timeout = milliseconds(config, "connect_timeout", std::chrono::seconds(2), false);
  o.timeout = milliseconds(config, "timeout", std::chrono::seconds(5), false);
  o.compact_every = milliseconds(config, "compact_every", std::chrono::minutes(10), true);
  if (o.user.empty() && !o.password.empty()) throw Failure::config("user", "is needed beside password");
  if (o.ssl_cert.empty() != o.ssl_key.empty()) {
    throw Failure::config(o.ssl_cert.empty() ? "ssl_cert" : "ssl_key", "is needed beside the other of the two");
  }
  if (!o.tls() && !(o.ssl_ca.empty() && o.ssl_cert.empty())) {
    throw Failure::config("endpoints", "must begin with https:// when ssl_ca or ssl_cert is set");
  }
  return o;
}

}  // namespace sluice::etcd_store
