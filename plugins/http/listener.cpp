#include "listener.hpp"

#include <Poco/Crypto/Crypto.h>
#include <Poco/Exception.h>
#include <Poco/Net/Context.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SecureServerSocket.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/Net/SecureStreamSocketImpl.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/X509Certificate.h>

#include <algorithm>

#include "sluice/plugin/failure.hpp"

namespace sluice::http {
namespace {

using plugin::Failure;

Poco::Net::SocketAddress parse_address(const std::string& listen) {
  try {
    if (listen.starts_with(':')) return Poco::Net::SocketAddress("0.0.0.0" + listen);
    return Poco::Net::SocketAddress(listen);
  } catch (const Poco::Exception& why) {
    throw Failure::config("listen", "`" + listen + "` is no HOST:PORT: " + why.displayText());
  }
}

/// Poco's constructor counts itself among the users of OpenSSL and does not take that back when it throws.
Poco::Net::Context::Ptr load_context(const Options& options) {
  using Poco::Net::Context;
  const auto mode = options.ssl_ca.empty() ? Context::VERIFY_NONE : Context::VERIFY_STRICT;
  try {
    return new Context(Context::TLS_SERVER_USE, options.ssl_key, options.ssl_cert, options.ssl_ca, mode, 9, false,
                       "HIGH:!aNULL:!eNULL:!MD5:!RC4:!3DES");
  } catch (...) {
    Poco::Crypto::uninitializeCrypto();
    throw;
  }
}

Poco::Net::Context::Ptr make_context(const Options& options) {
  using Poco::Net::Context;
  try {
    Context::Ptr context = load_context(options);
    // Poco would compare the client's certificate with its host name; cert_allowed_cn is what decides here.
    context->enableExtendedCertificateVerification(false);
    context->requireMinimumProtocol(Context::PROTO_TLSV1_2);
    context->enableSessionCache(true, "sluice");
    return context;
  } catch (const Poco::Exception& why) {
    throw Failure("the TLS material (ssl_ca, ssl_cert, ssl_key) cannot be used: " + why.displayText());
  }
}

}  // namespace

std::unique_ptr<Poco::Net::ServerSocket> open_listener(const Options& options) {
  const auto address = parse_address(options.listen);
  std::unique_ptr<Poco::Net::ServerSocket> socket;
  if (options.tls()) {
    socket = std::make_unique<Poco::Net::SecureServerSocket>(make_context(options));
  } else {
    socket = std::make_unique<Poco::Net::ServerSocket>();
  }
  try {
    // Not the port as well: a second process on the same port must fail instead of sharing the clients.
    socket->bind(address, true, false);
    socket->listen(1024);
  } catch (const Poco::Exception& why) {
    throw Failure("cannot listen on " + options.listen + ": " + why.displayText())
        .workaround("choose another address in `listen`, or end the process that uses it");
  }
  return socket;
}

std::string peer_identity(Poco::Net::StreamSocket& socket, const Options& options, bool& allowed) {
  allowed = true;
  if (!options.ssl_ca.empty() && socket.secure()) {
    auto* secure = dynamic_cast<Poco::Net::SecureStreamSocketImpl*>(socket.impl());
    allowed = secure != nullptr && secure->havePeerCertificate();
    if (allowed) {
      const std::string name = secure->peerCertificate().commonName();
      const auto& list = options.cert_allowed_cn;
      allowed = list.empty() || std::find(list.begin(), list.end(), name) != list.end();
      return name;
    }
  }
  return socket.peerAddress().host().toString();
}

}  // namespace sluice::http
