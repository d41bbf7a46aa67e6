#include "core/ctl/client.hpp"

#include <Poco/File.h>
#include <Poco/Net/AcceptCertificateHandler.h>
#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/PrivateKeyPassphraseHandler.h>
#include <Poco/Net/RejectCertificateHandler.h>
#include <Poco/Net/SSLException.h>
#include <Poco/Net/SSLManager.h>
#include <Poco/StreamCopier.h>
#include <Poco/Timespan.h>
#include <Poco/URI.h>

#include <memory>

#include "core/ctl/failure.hpp"

namespace sluice::ctl {
namespace {

namespace net = Poco::Net;

constexpr const char* kBase = "/api/v1";
constexpr int kConnectSeconds = 10;

std::string encoded(const std::string& text) {
  std::string out;
  Poco::URI::encode(text, "!*'();:@&=+$,/?#[]%", out);
  return out;
}

/// A key with a passphrase is refused by OpenSSL with a message; nobody is asked on a terminal.
class NoPassphrase final : public net::PrivateKeyPassphraseHandler {
 public:
  NoPassphrase() : net::PrivateKeyPassphraseHandler(false) {}
  void onPrivateKeyRequested(const void* /*sender*/, std::string& passphrase) override { passphrase.clear(); }
};

void check_readable(const char* option, const std::string& file) {
  if (!file.empty() && !Poco::File(file).exists())
    throw usage_error(std::string(option) + ": there is no file " + file);
}

net::Context::Ptr tls_context(const Settings& settings) {
  check_readable("--ca", settings.ca);
  check_readable("--cert", settings.cert);
  check_readable("--key", settings.key);
  net::initializeSSL();
  net::SSLManager::PrivateKeyPassphraseHandlerPtr passphrase(new NoPassphrase);
  net::SSLManager::InvalidCertificateHandlerPtr reject(new net::RejectCertificateHandler(false));
  net::SSLManager::instance().initializeClient(passphrase, reject, nullptr);
  try {
    return new net::Context(net::Context::TLS_CLIENT_USE, settings.key, settings.cert, settings.ca,
                            net::Context::VERIFY_STRICT, 9, settings.ca.empty());
  } catch (const Poco::Exception& failure) {
    throw usage_error("the TLS files cannot be used: " + failure.displayText());
  }
}

std::unique_ptr<net::HTTPClientSession> session_for(const Poco::URI& uri, const Settings& settings) {
  if (uri.getScheme() != "https") return std::make_unique<net::HTTPClientSession>(uri.getHost(), uri.getPort());
  return std::make_unique<net::HTTPSClientSession>(uri.getHost(), uri.getPort(), tls_context(settings));
}

}  // namespace

std::string full_path(const std::string& path) { return path.starts_with("//") ? path.substr(1) : kBase + path; }

std::string request_target(const api::Operation& operation, const std::vector<std::string>& path,
                           const std::vector<std::pair<std::string, std::string>>& query) {
  std::string out = full_path(operation.path);
  size_t at = 0;
  for (const std::string& value : path) {
    const size_t open = out.find('{', at);
    const std::string text = encoded(value);
    out.replace(open, out.find('}', open) - open + 1, text);
    at = open + text.size();
  }
  char separator = '?';
  for (const auto& [name, value] : query) {
    out += separator + name + "=" + encoded(value);
    separator = '&';
  }
  return out;
}

Client::Client(Settings settings) : settings_(std::move(settings)) {}

Response Client::call(const api::Operation& operation, const std::vector<std::string>& path,
                      const std::vector<std::pair<std::string, std::string>>& query, const std::string& body) {
  return send(operation.method, request_target(operation, path, query), body);
}

Response Client::send(const std::string& method, const std::string& target, const std::string& body) {
  const Poco::URI uri(settings_.url);
  try {
    const auto session = session_for(uri, settings_);
    session->setTimeout(Poco::Timespan(kConnectSeconds, 0), Poco::Timespan(settings_.timeout_seconds, 0),
                        Poco::Timespan(settings_.timeout_seconds, 0));
    net::HTTPRequest request(method, uri.getPath() + target, net::HTTPMessage::HTTP_1_1);
    request.set("User-Agent", "sluicectl");
    if (!body.empty()) request.setContentType("application/json");
    if (!settings_.idempotency_key.empty() && method != "GET")
      request.set("Idempotency-Key", settings_.idempotency_key);
    // Also when it is empty: a POST without a length is refused by some proxies.
    if (method != "GET" && method != "DELETE") request.setContentLength(static_cast<std::streamsize>(body.size()));
    session->sendRequest(request) << body;
    net::HTTPResponse head;
    Response out;
    std::istream& in = session->receiveResponse(head);
    Poco::StreamCopier::copyToString(in, out.body);
    out.status = head.getStatus();
    return out;
  } catch (const Poco::TimeoutException&) {
    throw Failure(Exit::Unreachable, "no reply from " + settings_.url + " within the time allowed (--timeout)");
  } catch (const net::SSLException& failure) {
    throw Failure(Exit::Unreachable, "TLS with " + settings_.url + " failed: " + failure.displayText());
  } catch (const Poco::Exception& failure) {
    throw Failure(Exit::Unreachable,
                  "the API at " + settings_.url + " cannot be reached: " + failure.displayText() +
                      "\nIs sluiced running, with openapi = true, on that address? (--url, SLUICECTL_URL)");
  }
}

}  // namespace sluice::ctl
