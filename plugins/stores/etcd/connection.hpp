#pragma once

#include <Poco/Net/Context.h>

#include <iosfwd>
#include <memory>
#include <string>

#include "options.hpp"

namespace Poco::Net {
class HTTPClientSession;
}

namespace sluice::etcd_store {

/// Holds SIGPIPE back from this thread: OpenSSL writes to peers that have gone without asking for that.
class NoSigpipe {
 public:
  NoSigpipe();
  NoSigpipe(const NoSigpipe&) = delete;
  NoSigpipe& operator=(const NoSigpipe&) = delete;
  ~NoSigpipe();

 private:
  bool was_blocked_ = false;
};

/// Null without TLS. Throws a Failure that names the files.
Poco::Net::Context::Ptr make_tls(const Options& options);

/// One HTTP/1.1 connection to a member of etcd. One thread at a time, except cut().
class Connection {
 public:
  /// Connects. Throws Poco's exceptions.
  Connection(const std::string& endpoint, const Options& options, const Poco::Net::Context::Ptr& tls);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  /// Sends a request; the stream with the body of the answer is valid until the next request. Throws Poco's exceptions.
  std::istream& post(const std::string& path, const std::string& token, const std::string& body, int* status);
  /// No answer is awaited any longer than that.
  void wait_at_most(std::chrono::milliseconds time);
  /// True when the connection can take another request: the peer has not closed it, and nothing unread lies in it.
  bool usable() const;
  /// Ends what is being read. Any thread.
  void cut() noexcept;

 private:
  std::string host_;
  std::unique_ptr<Poco::Net::HTTPClientSession> session_;
  int descriptor_ = -1;
};

}  // namespace sluice::etcd_store
