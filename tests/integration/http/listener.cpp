#include "tests/integration/http/listener.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

#include "sluice/common/text.hpp"

namespace sluice::test {
namespace {

struct Row {
  const char* id;
  const char* method;
  const char* path;
};
constexpr Row kTable[] = {
    {"listThings", "GET", "/things"},
    {"createThing", "POST", "/things"},
    {"getThing", "GET", "/things/{thing-name}"},
    {"putThing", "PUT", "/things/{thing-name}"},
    {"deleteThing", "DELETE", "/things/{thing-name}"},
    {"getStatus", "GET", "/things/{thing-name}/status"},
    {"listTemplates", "GET", "/things/templates"},
    {"getPart", "GET", "/things/{thing-name}/parts/{part-name}"},
    {"notBuilt", "GET", "/not-built"},
    {"getDocs", "GET", "/docs"},
    {"wait", "GET", "/wait"},
    {"getMetrics", "GET", "//metrics"},
};

}  // namespace

EchoApi::EchoApi() {
  table_ = make_sized<sluice_host_api>();
  table_.self = this;
  table_.operation_count = [](void*) noexcept -> size_t { return std::size(kTable); };
  table_.operation = [](void*, size_t index, sluice_operation* out) noexcept -> sluice_status {
    if (index >= std::size(kTable)) return SLUICE_FAILED;
    auto operation = make_sized<sluice_operation>();
    operation.id = to_str(kTable[index].id);
    operation.method = to_str(kTable[index].method);
    operation.path = to_str(kTable[index].path);
    write_sized(out, operation);
    return SLUICE_OK;
  };
  table_.dispatch = [](void* self, const sluice_request* request, const sluice_reply_sink* reply) noexcept {
    static_cast<EchoApi*>(self)->dispatch(*request, *reply);
  };
  table_.refuse = [](void*, sluice_str dialect, int32_t status, int32_t number, sluice_str message,
                     const sluice_reply_sink* reply) noexcept {
    const std::string body = "{\"error_code\":\"" + std::to_string(number) + "\",\"error_msg\":\"" +
                             std::string(view(dialect)) + ": " + std::string(view(message)) + "\"}";
    reply->done(reply->self, status, to_str("application/json"), to_str(body));
  };
}

void EchoApi::dispatch(const sluice_request& request, const sluice_reply_sink& reply) {
  std::string text(view(request.operation));
  for (size_t i = 0; i < request.path_param_count; ++i) {
    text +=
        "|" + std::string(view(request.path_params[i].name)) + "=" + std::string(view(request.path_params[i].value));
  }
  for (size_t i = 0; i < request.query_count; ++i) {
    text += "|?" + std::string(view(request.query[i].name)) + "=" + std::string(view(request.query[i].value));
  }
  text += "|body=" + std::string(view(request.body)) + "|" + std::string(view(request.identity)) + "|" +
          std::string(view(request.dialect));
  if (request.idempotency_key.len > 0) text += "|key=" + std::string(view(request.idempotency_key));
  if (request.idempotency_key.len > 0 && reply.header) {
    reply.header(reply.self, to_str("Idempotency-Replayed"), to_str("true"));
    reply.header(reply.self, to_str("Bad"), to_str("a\r\nSet-Cookie: b"));
  }
  {
    std::unique_lock lock(mutex_);
    ++dispatched_;
    if (view(request.operation) == "wait") {
      ++blocked_;
      changed_.notify_all();
      changed_.wait_for(lock, 30s, [this] { return released_; });
      --blocked_;
    }
  }
  const std::string_view id = view(request.operation);
  const int status = id == "deleteThing" ? 204 : id == "notBuilt" ? 501 : 200;
  reply.done(reply.self, status, to_str("text/plain"), to_str(status == 204 ? std::string_view() : text));
}

void EchoApi::release() {
  const std::lock_guard lock(mutex_);
  released_ = true;
  changed_.notify_all();
}

void EchoApi::await_blocked(int count) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, 20s, [&] { return blocked_ >= count; })) throw std::runtime_error("nobody blocks");
}

int EchoApi::dispatched() const {
  const std::lock_guard lock(mutex_);
  return dispatched_;
}

Listener::Listener(const std::string& settings) {
  plugin::HostServices services;
  services.api = api_.table();
  registry_ = std::make_unique<plugin::Registry>(std::move(services));
  const auto loaded = registry_->load_file(std::string(SLUICE_PLUGIN_DIR) + "/sluice_transport_http.so");
  if (!loaded) throw std::runtime_error(loaded.error().one_line());
  auto made = registry_->create_transport(
      "http", "api", "{\"listen\":\"127.0.0.1:0\"" + (settings.empty() ? "" : "," + settings) + "}");
  if (!made) throw std::runtime_error(made.error().one_line());
  transport_ = *made;
  auto error = make_sized<sluice_error>();
  std::string address;
  if (transport_->start(error) != SLUICE_OK || transport_->address(address, error) != SLUICE_OK) {
    throw std::runtime_error(error.message);
  }
  port_ = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
}

Listener::~Listener() { api_.release(); }

RawClient::RawClient(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd_ < 0 || ::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    throw std::runtime_error("cannot connect to port " + std::to_string(port));
  }
}

RawClient::~RawClient() { close(); }

void RawClient::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

bool RawClient::send(const std::string& text) {
  size_t done = 0;
  while (done < text.size()) {
    const ssize_t sent = ::send(fd_, text.data() + done, text.size() - done, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    done += static_cast<size_t>(sent);
  }
  return true;
}

bool RawClient::fill(std::chrono::steady_clock::time_point deadline) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  pollfd wanted{fd_, POLLIN, 0};
  if (left.count() <= 0 || ::poll(&wanted, 1, static_cast<int>(left.count())) <= 0) {
    throw std::runtime_error("no reply in time; so far: " + rest_);
  }
  char bytes[65536];
  const ssize_t size = ::recv(fd_, bytes, sizeof bytes, 0);
  if (size <= 0) return false;
  rest_.append(bytes, static_cast<size_t>(size));
  return true;
}

std::string RawClient::reply(std::chrono::milliseconds limit, bool head_only) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  size_t end = 0;
  while ((end = rest_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill(deadline)) return {};
  }
  size_t body = 0;
  if (const size_t at = rest_.find("Content-Length: "); at < end && !head_only)
    body = std::stoul(rest_.substr(at + 16));
  while (rest_.size() < end + 4 + body) {
    if (!fill(deadline)) return {};
  }
  std::string out = rest_.substr(0, end + 4 + body);
  rest_.erase(0, out.size());
  return out;
}

bool RawClient::closed_within(std::chrono::milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  try {
    while (fill(deadline)) {
    }
    return true;
  } catch (const std::runtime_error&) {
    return false;
  }
}

std::string ask(std::uint16_t port, const std::string& request, bool head_only) {
  RawClient client(port);
  client.send(request);
  return client.reply(20s, head_only);
}

int status_of(const std::string& reply) { return reply.size() < 12 ? 0 : std::stoi(reply.substr(9, 3)); }

std::string body_of(const std::string& reply) {
  const size_t end = reply.find("\r\n\r\n");
  return end == std::string::npos ? std::string() : reply.substr(end + 4);
}

}  // namespace sluice::test
