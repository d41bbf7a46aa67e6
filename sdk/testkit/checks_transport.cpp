#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstring>

#include "check.hpp"
#include "library.hpp"

namespace sluice::testkit {

namespace {

/// A TCP connection to an IPv4 address like 127.0.0.1:8261; -1 when it is refused.
int connect_to(const std::string& address) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos) skip("the address `" + address + "` is not host:port");
  sockaddr_in to{};
  to.sin_family = AF_INET;
  uint16_t port = 0;
  std::from_chars(address.data() + colon + 1, address.data() + address.size(), port);
  to.sin_port = htons(port);
  std::string host = address.substr(0, colon);
  if (host.empty() || host == "0.0.0.0" || host == "localhost") host = "127.0.0.1";
  if (::inet_pton(AF_INET, host.c_str(), &to.sin_addr) != 1) skip("the address `" + address + "` is not IPv4");
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || ::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    if (fd >= 0) ::close(fd);
    return -1;
  }
  const timeval limit{10, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  return fd;
}

bool accepts(const std::string& address) {
  const int fd = connect_to(address);
  if (fd >= 0) ::close(fd);
  return fd >= 0;
}

std::string http_get(const std::string& address, const std::string& path) {
  const int fd = connect_to(address);
  if (fd < 0) fail("the transport does not accept connections at " + address);
  const std::string request = "GET " + path + " HTTP/1.1\r\nHost: " + address + "\r\nConnection: close\r\n\r\n";
  if (::send(fd, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) {
    ::close(fd);
    fail("the transport closed the connection before the request was sent");
  }
  std::string reply;
  char buffer[4096];
  for (ssize_t n; (n = ::recv(fd, buffer, sizeof buffer, 0)) > 0;) reply.append(buffer, static_cast<size_t>(n));
  ::close(fd);
  return reply;
}

std::string start(host::Transport& transport) {
  auto error = make_sized<sluice_error>();
  if (transport.start(error) != SLUICE_OK) fail("start: " + said(error));
  std::string address;
  if (transport.address(address, error) != SLUICE_OK) fail("address: " + said(error));
  expect(!address.empty(), "address writes nothing");
  return address;
}

void life(const Subject& subject) {
  const Library library(subject.file);
  auto transport = as<host::Transport>(library.create(subject));
  const std::string address = start(transport);
  auto error = make_sized<sluice_error>();
  std::string again;
  if (transport.address(again, error) != SLUICE_OK) fail("address, asked twice: " + said(error));
  expect(again == address, "the address changes while the transport runs");
  expect(accepts(address), "start has returned and " + address + " does not accept connections");
  transport.stop(1000);
  transport.stop(1000);
}

void stop_without_start(const Subject& subject) {
  const Library library(subject.file);
  auto transport = as<host::Transport>(library.create(subject));
  transport.stop(100);
  transport.stop(100);
}

void refuses_after_stop(const Subject& subject) {
  const Library library(subject.file);
  auto transport = as<host::Transport>(library.create(subject));
  const std::string address = start(transport);
  expect(accepts(address), address + " does not accept connections");
  const auto before = std::chrono::steady_clock::now();
  transport.stop(2000);
  expect(std::chrono::steady_clock::now() - before < std::chrono::seconds(5), "stop(2000) takes longer than 5 s");
  expect(!accepts(address), "connections are accepted after stop");
}

void destroy_while_running(const Subject& subject) {
  const Library library(subject.file);
  std::string address;
  {
    auto transport = as<host::Transport>(library.create(subject));
    address = start(transport);
  }
  expect(!accepts(address), "connections are accepted after destroy");
}

void dispatches(const Subject& subject) {
  if (subject.id != "http") skip("only the protocol of `http` is known to this check");
  const Library library(subject.file);
  auto transport = as<host::Transport>(library.create(subject));
  const std::string address = start(transport);
  const std::string reply = http_get(address, "/api/v1/sources");
  transport.stop(1000);
  expect(library.host().dispatched() == 1,
         "GET /api/v1/sources does not reach the API; the reply was: " + reply.substr(0, 200));
  expect(library.host().last_operation() == "getSourceList",
         "GET /api/v1/sources runs `" + library.host().last_operation() + "`, not getSourceList");
  expect(reply.find(" 200 ") != std::string::npos && reply.find("answered-by") != std::string::npos,
         "the reply of the API does not come back: " + reply.substr(0, 200));
}

}  // namespace

const std::vector<Check>& transport_checks() {
  static const std::vector<Check> kChecks = {
      {"transport-life", "transport", "It starts, says where it listens, and stops, also twice.", &life},
      {"transport-stop-first", "transport", "stop without start does nothing.", &stop_without_start},
      {"transport-refuses", "transport", "After stop no connection is accepted.", &refuses_after_stop},
      {"transport-destroy", "transport", "destroy of a running transport stops it.", &destroy_while_running},
      {"transport-dispatch", "transport", "A request reaches the API and its reply the client.", &dispatches},
  };
  return kChecks;
}

}  // namespace sluice::testkit
