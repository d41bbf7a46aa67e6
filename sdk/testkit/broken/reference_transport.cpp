#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "reference.hpp"

namespace sluice::reference {

struct ReferenceTransport::Server {
  int fd = -1;
  std::string address;
  std::thread thread;

  ~Server() {
    if (fd < 0) return;
    ::shutdown(fd, SHUT_RDWR);  // wakes accept
    if (thread.joinable()) thread.join();
    ::close(fd);
  }
};

ReferenceTransport::ReferenceTransport(const plugin::Config& config) { read_settings(config); }
ReferenceTransport::~ReferenceTransport() = default;

void ReferenceTransport::start() {
  auto server = std::make_unique<Server>();
  server->fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  if (server->fd < 0 || ::bind(server->fd, reinterpret_cast<sockaddr*>(&at), size) != 0 ||
      ::listen(server->fd, 8) != 0 || ::getsockname(server->fd, reinterpret_cast<sockaddr*>(&at), &size) != 0) {
    throw plugin::Failure("cannot listen on 127.0.0.1");
  }
  server->address = "127.0.0.1:" + std::to_string(ntohs(at.sin_port));
  server->thread = std::thread([fd = server->fd] {
    for (int client; (client = ::accept(fd, nullptr, nullptr)) >= 0;) ::close(client);
  });
  server_ = std::move(server);
}

void ReferenceTransport::stop(std::chrono::milliseconds) {
  if (fault("serves-after-stop")) return;
  server_.reset();
}

std::string ReferenceTransport::address() const {
  if (!server_) throw plugin::Failure("not started");
  return server_->address;
}

}  // namespace sluice::reference
