#include <Poco/Net/NetSSL.h>

#include "handler.hpp"
#include "server.hpp"
#include "sluice/plugin/plugin.hpp"

namespace sluice::http {
namespace {

/// Poco counts the users of its TLS; the last one out tidies up.
struct TlsUse {
  TlsUse() { Poco::Net::initializeSSL(); }
  TlsUse(const TlsUse&) = delete;
  TlsUse& operator=(const TlsUse&) = delete;
  ~TlsUse() { Poco::Net::uninitializeSSL(); }
};

class HttpTransport final : public plugin::Transport {
 public:
  static constexpr const char* kId = "http";
  static constexpr const char* kVersion = "1.0.0";
  static constexpr const char* kSummary = "Serves the API over HTTP/1.1 and HTTPS";
  static std::vector<plugin::Setting> settings() { return Options::settings(); }

  explicit HttpTransport(const plugin::Config& config)
      : options_(Options::from(config)), log_(config), handler_(options_, log_), server_(options_, handler_) {
    if (!plugin::Api().offered()) throw plugin::Failure("the host offers no API (" SLUICE_API_SERVICE ") to serve");
  }

  void start() override {
    server_.start();
    log_.info(
        "Listening",
        {{"address", server_.address()}, {"scheme", options_.tls() ? "https" : "http"}, {"dialect", options_.dialect}});
  }
  void stop(std::chrono::milliseconds timeout) override { server_.stop(timeout); }
  std::string address() const override { return server_.address(); }

 private:
  const TlsUse tls_;
  const Options options_;
  const plugin::Log log_;
  Handler handler_;
  Server server_;
};

}  // namespace
}  // namespace sluice::http

SLUICE_EXPORT_PLUGIN(sluice::http::HttpTransport)
