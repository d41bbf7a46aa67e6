#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "connection.hpp"
#include "options.hpp"
#include "sluice/plugin/json.hpp"

namespace sluice::etcd_store {

/// google.golang.org/grpc/codes, as the gateway writes them into an error; the native number of its Failure.
enum GrpcCode : int32_t {
  kDeadline = 4,
  kNotFound = 5,  // a lease that is not there
  kPermission = 7,
  kOutOfRange = 11,  // a revision that is compacted
  kUnavailable = 14,
  kNoAuth = 16
};

/// A reply that goes on: one JSON message a line. One thread at a time, except cut().
class Stream {
 public:
  Stream(std::unique_ptr<Connection> connection, std::istream& in, std::string endpoint)
      : connection_(std::move(connection)), in_(in), endpoint_(std::move(endpoint)) {}

  /// Waits for the next message and gives its `result`. Throws a retryable Failure when the stream has ended.
  plugin::Json next();
  /// Ends next() on another thread, now and later.
  void cut() noexcept { connection_->cut(); }

 private:
  std::unique_ptr<Connection> connection_;
  std::istream& in_;
  const std::string endpoint_;
};

/// The members of an etcd cluster behind their gRPC-JSON gateways. Thread-safe; each call takes a connection of its own
/// out of a pool. A member that does not answer is passed over: the next call begins with the one that answered last.
class Gateway {
 public:
  /// What to do when a request was sent and no answer came: ask the next member, or say that the outcome is not known.
  enum class Repeat : uint8_t { Yes, No };

  explicit Gateway(Options options);
  ~Gateway();

  /// POST of one message. Throws a Failure with etcd's own words, the address, and what to do.
  plugin::Json call(const std::string& path, const std::string& body, Repeat repeat);
  /// Begins a streamed reply; returns after its first message, which is handed over. `quiet`: how long it may be
  /// silent.
  std::unique_ptr<Stream> open(const std::string& path, const std::string& body, std::chrono::milliseconds quiet,
                               plugin::Json* first);

 private:
  struct Member {
    std::string endpoint;
    std::vector<std::unique_ptr<Connection>> idle;  // guarded by mutex_
  };
  using Use = std::function<void(Member&)>;
  void with_a_member(Repeat repeat, const Use& use);
  void use_member(Member& member, const Use& use);
  std::unique_ptr<Connection> take(Member& member);
  void give_back(Member& member, std::unique_ptr<Connection> connection);
  plugin::Json ask(Member& member, const std::string& path, const std::string& body, const std::string& token);
  std::string token();
  std::string log_in(Member& member);

  const Options options_;
  const Poco::Net::Context::Ptr tls_;
  std::vector<Member> members_;
  std::atomic<size_t> preferred_{0};
  std::mutex mutex_;  // idle connections, token
  std::string token_;
};

}  // namespace sluice::etcd_store
