#include "lobby.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "message.hpp"
#include "sluice/plugin/failure.hpp"

namespace sluice::http {
namespace {

/// Larger bodies are read by a worker as they come.
constexpr uint64_t kWaitedBody = 65536;
constexpr auto kSweep = std::chrono::milliseconds(200);

enum class Extent { Part, Head, Whole };

/// Whole: a worker can answer at once, since head and body are there, or what is there is refused anyway.
Extent extent_of(std::string_view text, size_t max_header) {
  while (text.starts_with("\r\n")) text.remove_prefix(2);
  const size_t end = text.find("\r\n\r\n");
  if (end == std::string_view::npos) {
    for (const char c : text) {
      if (c == '\r' || c == '\n') break;
      if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) == 0x7f) return Extent::Whole;
    }
    return text.size() > max_header ? Extent::Whole : Extent::Part;
  }
  Refusal refusal;
  const auto head = parse_head(text.substr(0, end), refusal);
  const auto frame = head ? body_frame(*head, refusal) : std::nullopt;
  if (!frame || frame->chunked || frame->length > kWaitedBody || head->expects_continue()) {
    return Extent::Whole;
  }
  return text.size() - end - 4 >= frame->length ? Extent::Whole : Extent::Head;
}

}  // namespace

Lobby::Lobby(const Options& options)
    : options_(options),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      bytes_(static_cast<size_t>(options.max_header) + kWaitedBody + 1024) {
  if (epoll_ < 0) throw plugin::Failure("the system gives no epoll descriptor");
}

Lobby::~Lobby() { ::close(epoll_); }

void Lobby::watch_listener(int descriptor) {
  listener_ = descriptor;
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = descriptor;
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event);
}

void Lobby::add(Poco::Net::StreamSocket socket) {
  const int descriptor = socket.impl()->sockfd();
  waiting_.push_back({std::move(socket), Clock::now()});
  places_[descriptor] = std::prev(waiting_.end());
  epoll_event event{};
  event.events = EPOLLIN | EPOLLRDHUP | EPOLLET;  // edges: bytes that stay in the buffer do not ring again
  event.data.fd = descriptor;
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event);
}

void Lobby::leave(Place place) {
  const int descriptor = place->socket.impl()->sockfd();
  ::epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, nullptr);
  places_.erase(descriptor);
  waiting_.erase(place);
}

Lobby::Look Lobby::look(const Waiting& waiting) {
  const ssize_t size = ::recv(waiting.socket.impl()->sockfd(), bytes_.data(), bytes_.size(), MSG_PEEK | MSG_DONTWAIT);
  if (size == 0) return Look::Gone;
  if (size < 0) return errno == EAGAIN || errno == EINTR ? Look::Nothing : Look::Gone;
  if (waiting.socket.secure()) return Look::Whole;
  const std::string_view text(bytes_.data(), static_cast<size_t>(size));
  const Extent extent = extent_of(text, static_cast<size_t>(options_.max_header));
  return extent == Extent::Whole ? Look::Whole : extent == Extent::Head ? Look::Head : Look::Part;
}

std::vector<Lobby::Guest> Lobby::wait(std::chrono::milliseconds timeout, bool& knock) {
  std::vector<Guest> out;
  epoll_event events[256];
  const int count = ::epoll_wait(epoll_, events, 256, static_cast<int>(timeout.count()));
  knock = false;
  for (int i = 0; i < count; ++i) {
    if (events[i].data.fd == listener_) {
      knock = true;
      continue;
    }
    const auto found = places_.find(events[i].data.fd);
    if (found == places_.end()) continue;
    const Place place = found->second;
    const Look seen = look(*place);
    const bool speaks = seen == Look::Part || seen == Look::Head;
    if (speaks && place->spoke == Clock::time_point{}) place->spoke = Clock::now();
    if (seen == Look::Head) place->has_head = true;
    if (seen == Look::Whole) out.push_back({place->socket});
    if (seen == Look::Whole || seen == Look::Gone) leave(place);
  }
  sweep(out);
  return out;
}

void Lobby::sweep(std::vector<Guest>& out) {
  const auto now = Clock::now();
  if (now - swept_ < kSweep) return;
  swept_ = now;
  for (Place at = waiting_.begin(); at != waiting_.end();) {
    const Place place = at++;
    const auto limit = place->has_head ? options_.body_timeout : options_.header_timeout;
    if (place->spoke != Clock::time_point{} && now - place->spoke >= limit) {
      out.push_back({place->socket, true});
      leave(place);
    } else if (place->spoke == Clock::time_point{} && now - place->since >= options_.keep_alive_timeout) {
      leave(place);
    }
  }
}

bool Lobby::drop_oldest() {
  if (waiting_.empty()) return false;
  leave(waiting_.begin());
  return true;
}

}  // namespace sluice::http
