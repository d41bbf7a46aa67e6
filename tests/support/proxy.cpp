#include "tests/support/proxy.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace sluice::test {
namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool readable(int fd) {
  pollfd entry{fd, POLLIN, 0};
  return ::poll(&entry, 1, 20) > 0;
}

bool send_all(int fd, const char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t sent = ::send(fd, data, size, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    data += sent;
    size -= static_cast<std::size_t>(sent);
  }
  return true;
}

}  // namespace

struct TcpProxy::Link {
  int client = -1;
  int server = -1;
  std::atomic<bool> dead{false};
  std::thread up;
  std::thread down;

  // Wakes both pumps, also one that blocks in send; with linger 0 the close() that follows drops unsent data.
  void reset() {
    dead = true;
    const linger hard{1, 0};
    for (const int fd : {client, server}) {
      if (fd < 0) continue;
      ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
      ::shutdown(fd, SHUT_RDWR);
    }
  }
  ~Link() {
    reset();
    if (up.joinable()) up.join();
    if (down.joinable()) down.join();
    if (client >= 0) ::close(client);
    if (server >= 0) ::close(server);
  }
};

TcpProxy::TcpProxy(std::uint16_t target) : target_(target) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t length = sizeof address;
  if (listener_ < 0 || ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener_, 64) != 0 || ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    throw std::runtime_error("the proxy cannot listen on loopback");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_loop(); });
}

TcpProxy::~TcpProxy() {
  stop_ = true;
  acceptor_.join();
  close_links();
  ::close(listener_);
}

void TcpProxy::cut_after(std::uint64_t bytes_from_client, std::uint64_t bytes_from_server) {
  budget_client_ = bytes_from_client == 0 ? -1 : static_cast<std::int64_t>(bytes_from_client);
  budget_server_ = bytes_from_server == 0 ? -1 : static_cast<std::int64_t>(bytes_from_server);
}

void TcpProxy::cut() { close_links(); }

void TcpProxy::close_links() {
  std::list<std::shared_ptr<Link>> doomed;
  {
    const std::lock_guard lock(mutex_);
    doomed.swap(links_);
  }
  for (const auto& link : doomed) link->reset();
}  // the threads are joined and the sockets closed here

std::size_t TcpProxy::connections() const {
  const std::lock_guard lock(mutex_);
  std::size_t live = 0;
  for (const auto& link : links_) live += link->dead ? 0 : 1;
  return live;
}

void TcpProxy::accept_loop() {
  while (!stop_) {
    if (readable(listener_)) {
      auto link = std::make_shared<Link>();
      link->client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      ++accepted_;
      if (link->client >= 0) serve(link);
    }
    std::list<std::shared_ptr<Link>> finished;
    const std::lock_guard lock(mutex_);
    for (auto it = links_.begin(); it != links_.end();) {
      const auto here = it++;
      if ((*here)->dead) finished.splice(finished.end(), links_, here);
    }
  }
}

void TcpProxy::serve(const std::shared_ptr<Link>& link) {
  link->server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(target_);
  if (refuse_ || ::connect(link->server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    link->reset();
    return;
  }
  const int on = 1;
  for (const int fd : {link->client, link->server}) ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  // The link outlives its threads: its destructor joins them. Listed before the first byte passes, so that who has got
  // an answer through the proxy can cut it.
  const std::lock_guard lock(mutex_);
  links_.push_back(link);
  Link* raw = link.get();
  link->up = std::thread([this, raw] { pump(*raw, true); });
  link->down = std::thread([this, raw] { pump(*raw, false); });
}

bool TcpProxy::may_pass(bool from_client, std::uint64_t bytes) {
  auto& budget = from_client ? budget_client_ : budget_server_;
  std::int64_t left = budget;
  while (left >= 0) {
    const std::int64_t rest = left - static_cast<std::int64_t>(bytes);
    const bool enough = rest > 0;
    if (budget.compare_exchange_weak(left, enough ? rest : -1)) return enough;  // used up: one cut, then free again
  }
  return true;
}

void TcpProxy::pump(Link& link, bool from_client) {
  std::array<char, 65536> buffer;
  const int from = from_client ? link.client : link.server;
  const int to = from_client ? link.server : link.client;
  const auto pause_while_frozen = [&] {
    while (frozen_ && !link.dead && !stop_) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  };
  while (!link.dead && !stop_) {
    pause_while_frozen();
    if (!readable(from)) continue;
    pause_while_frozen();
    const ssize_t got = ::recv(from, buffer.data(), buffer.size(), 0);
    if (got <= 0 || link.dead) break;
    if (const std::int64_t wait = delay_ms_; wait > 0) std::this_thread::sleep_for(std::chrono::milliseconds(wait));
    if (!may_pass(from_client, static_cast<std::uint64_t>(got))) {
      link.reset();
      break;
    }
    if (!send_all(to, buffer.data(), static_cast<std::size_t>(got))) break;
  }
  if (!link.dead) ::shutdown(to, SHUT_WR);
  link.dead = true;
}

}  // namespace sluice::test
