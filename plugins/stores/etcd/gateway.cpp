#include "gateway.hpp"

#include <Poco/Exception.h>

#include <istream>
#include <optional>
#include <utility>

#include "messages.hpp"

namespace sluice::etcd_store {
namespace {

using plugin::Failure;
using plugin::Json;

constexpr size_t kMostBytes = 256UL << 20;  // of one answer; etcd's own limit for a request is far below
constexpr size_t kMostIdle = 16;            // connections kept for each member

/// No answer of one member: another may be asked. `sent`: this one may have carried the request out.
struct Missed {
  Failure failure;
  bool sent;
};

const char* remedy_of(int32_t code, const std::string& words) {
  const auto says = [&](const char* text) { return words.find(text) != std::string::npos; };
  if (says("database space exceeded")) {
    return "Compact and defragment etcd, then `etcdctl alarm disarm`; or start it with a larger --quota-backend-bytes.";
  }
  if (says("too many operations")) return "Start etcd with a larger --max-txn-ops.";
  if (says("request is too large")) return "Start etcd with a larger --max-request-bytes.";
  if (code == kPermission) return "Let the user of [store] read and write all keys below `prefix`.";
  if (code == kNoAuth || says("authentication failed") || says("user name is empty")) {
    return "Check user and password of [store].";
  }
  if (code == kUnavailable || code == kDeadline) return "See `etcdctl endpoint status` and the log of etcd.";
  return "";
}

/// etcd's refusal. The number of gRPC is the native one.
Failure refusal(const std::string& endpoint, int status, const std::string& body) {
  std::string words;
  int32_t code = 0;
  try {
    const Json json = Json::parse(body);
    // Streams wrap theirs in an object, with other names for the code from one release to the next.
    const Json* wrapped = json.find("error");
    const Json& error = wrapped && wrapped->is_object() ? *wrapped : json;
    words = text_at(error, "error");
    if (words.empty()) words = text_at(error, "message");
    code = static_cast<int32_t>(error.find("grpc_code") ? number_at(error, "grpc_code") : number_at(error, "code"));
  } catch (const Failure&) {
    words.clear();
  }
  if (words.empty()) words = "HTTP " + std::to_string(status) + (body.empty() ? "" : ": " + body.substr(0, 200));
  const bool later = code == kUnavailable || code == kDeadline || words.find("too many requests") != std::string::npos;
  const char* remedy = remedy_of(code, words);
  if (code == 0 && status == 404) remedy = "Is this etcd 3.4 or later, with its gRPC gateway enabled?";
  return Failure("etcd at " + endpoint + ": " + words).native(code).retryable(later).workaround(remedy);
}

Failure unreachable(const std::string& endpoint, const std::string& why) {
  return Failure("etcd at " + endpoint + ": " + why)
      .retryable()
      .workaround("Check that etcd runs there, and the endpoints, ssl_ca, ssl_cert and ssl_key of [store].");
}

std::string words_of(const Poco::Exception& why) {
  return dynamic_cast<const Poco::TimeoutException*>(&why) ? std::string("it does not answer in time")
                                                           : why.displayText();
}

std::string read_body(std::istream& in) {
  std::string out;
  char buffer[16384];
  while (in.read(buffer, sizeof buffer), in.gcount() > 0) {
    out.append(buffer, static_cast<size_t>(in.gcount()));
    if (out.size() > kMostBytes) throw Poco::IOException("its answer is larger than 256 MiB");
  }
  if (in.bad()) throw Poco::IOException("its answer ended in the middle");
  return out;
}

/// Refusals that say that nothing was done, so that another member may be asked.
bool not_done(const Failure& failure) { return failure.message().find("no leader") != std::string::npos; }

bool token_is_stale(const Failure& failure) {
  return failure.native() == kNoAuth || failure.message().find("revision of auth store is old") != std::string::npos;
}

}  // namespace

Json Stream::next() {
  const NoSigpipe guard;
  std::string line;
  for (int c = in_.get(); c != '\n'; c = in_.get()) {
    if (c == std::istream::traits_type::eof()) throw unreachable(endpoint_, "the stream has ended");
    if (line.size() >= kMostBytes) throw unreachable(endpoint_, "a message of the stream is larger than 256 MiB");
    line += static_cast<char>(c);
  }
  const Json message = Json::parse(line);
  if (const Json* result = message.find("result")) return *result;
  const Json* error = message.find("error");
  const std::string words = error && error->is_object() ? text_at(*error, "message") : line.substr(0, 200);
  throw unreachable(endpoint_, words);
}

Gateway::Gateway(Options options) : options_(std::move(options)), tls_(make_tls(options_)) {
  for (const std::string& endpoint : options_.endpoints) members_.push_back({endpoint, {}});
}

Gateway::~Gateway() = default;

std::unique_ptr<Connection> Gateway::take(Member& member) {
  {
    const std::lock_guard lock(mutex_);
    while (!member.idle.empty()) {
      std::unique_ptr<Connection> connection = std::move(member.idle.back());
      member.idle.pop_back();
      if (connection->usable()) return connection;
    }
  }
  try {
    return std::make_unique<Connection>(member.endpoint, options_, tls_);
  } catch (const Poco::Exception& why) {
    throw Missed{unreachable(member.endpoint, words_of(why)), false};
  }
}

void Gateway::give_back(Member& member, std::unique_ptr<Connection> connection) {
  const std::lock_guard lock(mutex_);
  if (member.idle.size() < kMostIdle) member.idle.push_back(std::move(connection));
}

Json Gateway::ask(Member& member, const std::string& path, const std::string& body, const std::string& token) {
  const NoSigpipe guard;
  std::unique_ptr<Connection> connection = take(member);
  int status = 0;
  std::string answer;
  try {
    answer = read_body(connection->post(path, token, body, &status));
  } catch (const Poco::Exception& why) {
    throw Missed{unreachable(member.endpoint, words_of(why)), true};
  }
  if (status == 200) {
    Json reply;
    try {
      reply = Json::parse(answer);
    } catch (const Failure&) {
      throw Missed{unreachable(member.endpoint, "its answer is no JSON, or not whole"), true};
    }
    give_back(member, std::move(connection));
    return reply;
  }
  // Refusals carry trailers, which Poco does not read: the connection is not used again.
  Failure failure = refusal(member.endpoint, status, answer);
  if (failure.native() == kUnavailable || failure.native() == kDeadline) {
    const bool may_be_done = !not_done(failure);
    throw Missed{std::move(failure), may_be_done};
  }
  throw failure;
}

std::string Gateway::token() {
  const std::lock_guard lock(mutex_);
  return token_;
}

std::string Gateway::log_in(Member& member) {
  const std::string body = "{\"name\":" + plugin::json_string(options_.user) +
                           ",\"password\":" + plugin::json_string(options_.password) + "}";
  Json reply;
  try {
    reply = ask(member, "/v3/auth/authenticate", body, {});
  } catch (Missed& missed) {
    missed.sent = false;  // what it is needed for has not been asked yet, or was refused
    throw;
  }
  std::string fresh = text_at(reply, "token");
  const std::lock_guard lock(mutex_);
  token_ = fresh;
  return fresh;
}

void Gateway::with_a_member(Repeat repeat, const Use& use) {
  std::optional<Failure> last;
  const size_t first = preferred_;
  for (size_t i = 0; i < members_.size(); ++i) {
    const size_t at = (first + i) % members_.size();
    try {
      use(members_[at]);
      preferred_ = at;
      return;
    } catch (Missed& missed) {
      {
        const std::lock_guard lock(mutex_);
        members_[at].idle.clear();  // they lead to the same silence
      }
      preferred_ = (at + 1) % members_.size();
      if (missed.sent && repeat == Repeat::No) {
        throw std::move(missed.failure)
            .with("it is not known whether the change was made")
            .outcome_unknown()
            .workaround("Look at the state of now before the change is tried again.");
      }
      if (!last) last = std::move(missed.failure);
    }
  }
  const std::string all = members_.size() > 1 ? "no member of etcd answers" : "etcd does not answer";
  throw std::move(*last).with(all);
}

Json Gateway::call(const std::string& path, const std::string& body, Repeat repeat) {
  Json reply;
  with_a_member(repeat, [&](Member& member) {
    if (options_.user.empty()) {
      reply = ask(member, path, body, {});
      return;
    }
    std::string mine = token();
    if (mine.empty()) mine = log_in(member);
    try {
      reply = ask(member, path, body, mine);
    } catch (const Failure& failure) {
      if (!token_is_stale(failure)) throw;
      reply = ask(member, path, body, log_in(member));
    }
  });
  return reply;
}

std::unique_ptr<Stream> Gateway::open(const std::string& path, const std::string& body, std::chrono::milliseconds quiet,
                                      Json* first) {
  std::unique_ptr<Stream> stream;
  with_a_member(Repeat::Yes, [&](Member& member) {
    const NoSigpipe guard;
    const std::string mine = options_.user.empty() ? std::string() : log_in(member);
    auto connection = take(member);
    int status = 0;
    try {
      Connection* const raw = connection.get();
      std::istream& in = raw->post(path, mine, body, &status);
      if (status != 200) throw refusal(member.endpoint, status, read_body(in));
      auto opened = std::make_unique<Stream>(std::move(connection), in, member.endpoint);
      *first = opened->next();
      raw->wait_at_most(quiet);
      stream = std::move(opened);
    } catch (const Poco::Exception& why) {
      throw Missed{unreachable(member.endpoint, words_of(why)), true};
    } catch (const Failure& why) {
      if ((why.flags() & SLUICE_ERROR_RETRYABLE) == 0) throw;
      throw Missed{why, true};
    }
  });
  return stream;
}

}  // namespace sluice::etcd_store
