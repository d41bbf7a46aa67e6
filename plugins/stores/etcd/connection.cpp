#include "connection.hpp"

#include <Poco/Crypto/Crypto.h>
#include <Poco/Exception.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/Net/StreamSocketImpl.h>
#include <Poco/Timespan.h>
#include <Poco/URI.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <csignal>

#include <ctime>
#include <utility>

namespace sluice::etcd_store {
namespace {

namespace net = Poco::Net;

Poco::Timespan timespan(std::chrono::milliseconds time) { return Poco::Timespan(time.count() * 1000); }

// A peer that has vanished without a word is found out within half a minute, also while a watch is only listening.
void find_dead_peers(net::StreamSocket& socket) {
  socket.setKeepAlive(true);
  socket.setOption(IPPROTO_TCP, TCP_KEEPIDLE, 10);
  socket.setOption(IPPROTO_TCP, TCP_KEEPINTVL, 5);
  socket.setOption(IPPROTO_TCP, TCP_KEEPCNT, 4);
}

net::StreamSocket connect(const Poco::URI& uri, const Options& options, const net::Context::Ptr& tls) {
  const net::SocketAddress address(uri.getHost(), uri.getPort());
  if (!tls) {
    net::StreamSocket socket;
    socket.connect(address, timespan(options.connect_timeout));
    return socket;
  }
  net::SecureStreamSocket socket(tls);
  socket.setPeerHostName(uri.getHost());
  socket.connect(address, timespan(options.connect_timeout));
  return socket;
}

}  // namespace

NoSigpipe::NoSigpipe() {
  sigset_t pipe;
  sigset_t before;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, &before);
  was_blocked_ = sigismember(&before, SIGPIPE) == 1;
}

NoSigpipe::~NoSigpipe() {
  if (was_blocked_) return;
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  const timespec none{};
  while (sigtimedwait(&pipe, nullptr, &none) == SIGPIPE) {
  }
  pthread_sigmask(SIG_UNBLOCK, &pipe, nullptr);
}

net::Context::Ptr make_tls(const Options& options) {
  if (!options.tls()) return nullptr;
  const auto problem = [](const std::string& why) {
    return plugin::Failure("the TLS material (ssl_ca, ssl_cert, ssl_key) cannot be used: " + why);
  };
  try {
    net::Context::Ptr context =
        new net::Context(net::Context::TLS_CLIENT_USE, options.ssl_key, options.ssl_cert, options.ssl_ca,
                         net::Context::VERIFY_STRICT, 9, options.ssl_ca.empty(), "HIGH:!aNULL:!eNULL:!MD5:!RC4:!3DES");
    context->requireMinimumProtocol(net::Context::PROTO_TLSV1_2);
    return context;
  } catch (const Poco::Exception& why) {
    // Poco's constructor counts itself among the users of OpenSSL and does not take that back when it throws.
    Poco::Crypto::uninitializeCrypto();
    throw problem(why.displayText());
  }
}

Connection::Connection(const std::string& endpoint, const Options& options, const net::Context::Ptr& tls)
    : host_(Poco::URI(endpoint).getAuthority()) {
  const NoSigpipe guard;
  net::StreamSocket socket = connect(Poco::URI(endpoint), options, tls);
  socket.setNoDelay(true);
  find_dead_peers(socket);
  socket.setSendTimeout(timespan(options.timeout));
  socket.setReceiveTimeout(timespan(options.timeout));
  descriptor_ = socket.impl()->sockfd();
  // Made of a socket, a session knows no host: it never connects anew behind our back, so we know what was sent.
  session_ = std::make_unique<net::HTTPClientSession>(socket);
  session_->setKeepAlive(true);
}

Connection::~Connection() {
  const NoSigpipe guard;  // the goodbye of TLS
  session_.reset();
}

void Connection::wait_at_most(std::chrono::milliseconds time) { session_->socket().setReceiveTimeout(timespan(time)); }

std::istream& Connection::post(const std::string& path, const std::string& token, const std::string& body,
                               int* status) {
  net::HTTPRequest request(net::HTTPRequest::HTTP_POST, path, net::HTTPMessage::HTTP_1_1);
  request.set(net::HTTPRequest::HOST, host_);
  request.setContentType("application/json");
  request.setContentLength(static_cast<std::streamsize>(body.size()));
  request.setKeepAlive(true);
  if (!token.empty()) request.set("Authorization", token);
  // A member that has lost the others ends its streams instead of falling silent.
  request.set("Grpc-Metadata-hasleader", "true");
  std::ostream& out = session_->sendRequest(request);
  out.write(body.data(), static_cast<std::streamsize>(body.size()));
  out.flush();
  if (!out.good()) {
    if (const Poco::Exception* why = session_->networkException()) why->rethrow();
    throw Poco::IOException("the request could not be sent");
  }
  net::HTTPResponse head;
  std::istream& in = session_->receiveResponse(head);
  *status = static_cast<int>(head.getStatus());
  return in;
}

bool Connection::usable() const {
  return session_->connected() && !session_->socket().poll(Poco::Timespan(0), net::Socket::SELECT_READ);
}

void Connection::cut() noexcept { ::shutdown(descriptor_, SHUT_RDWR); }

}  // namespace sluice::etcd_store
