#include "server.hpp"

#include <Poco/Exception.h>
#include <Poco/Net/NetException.h>
#include <signal.h>

#include "connection.hpp"
#include "handler.hpp"
#include "listener.hpp"

namespace sluice::http {
namespace {

/// OpenSSL writes without MSG_NOSIGNAL; a peer that has gone must not end the process.
void block_sigpipe() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

}  // namespace

Server::Server(const Options& options, Handler& handler) : options_(options), handler_(handler) {}

Server::~Server() { stop(std::chrono::milliseconds(0)); }

void Server::start() {
  if (listener_) throw plugin::Failure("the transport has been started already");
  listener_ = open_listener(options_);
  lobby_ = std::make_unique<Lobby>(options_);
  lobby_->watch_listener(listener_->impl()->sockfd());
  acceptor_ = std::thread([this] { accept_loop(); });
}

std::string Server::address() const {
  if (!listener_) throw plugin::Failure("the transport has not been started");
  return listener_->address().toString();
}

void Server::accept_loop() {
  block_sigpipe();
  while (!stopping_) {
    try {
      accept_one();
    } catch (const std::exception&) {
      // Out of descriptors or the peer has gone between SYN and accept: others must still be served.
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }
}

void Server::accept_one() {
  bool knock = false;
  for (Lobby::Guest& guest : lobby_->wait(std::chrono::milliseconds(100), knock)) admit(guest);
  if (stopping_ || !knock) return;
  {
    std::unique_lock lock(mutex_);
    const auto room = [this] {
      return stopping_ ||
             static_cast<int64_t>(queue_.size() + live_.size() + lobby_->size()) < options_.max_connections;
    };
    if (!room() && !lobby_->drop_oldest() && !changed_.wait_for(lock, std::chrono::milliseconds(200), room)) return;
  }
  if (stopping_) return;
  try {
    lobby_->add(listener_->acceptConnection());
  } catch (const std::exception&) {
    // Out of descriptors: one that says nothing makes room. Else the acceptor waits a moment.
    if (!lobby_->drop_oldest()) throw;
  }
}

void Server::admit(Lobby::Guest& guest) {
  const std::lock_guard lock(mutex_);
  queue_.push_back(guest);
  guest.socket = Poco::Net::StreamSocket();  // Poco's sockets share: from here on the worker alone holds and closes it
  ++waiting_;
  if (idle_workers_ < static_cast<int64_t>(queue_.size()) && static_cast<int64_t>(workers_.size()) < options_.threads) {
    workers_.emplace_back([this] { worker_loop(); });
  }
  changed_.notify_all();
}

void Server::worker_loop() {
  block_sigpipe();
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_workers_;
    changed_.wait(lock, [this] { return !queue_.empty() || no_more_; });
    --idle_workers_;
    if (queue_.empty()) return;
    Lobby::Guest guest = std::move(queue_.front());
    queue_.pop_front();
    --waiting_;
    lock.unlock();
    try {
      serve(std::move(guest));
    } catch (const std::exception& why) {
      handler_.log().warn("A connection ended with an error", {{"reason", why.what()}});
    }
    lock.lock();
    changed_.notify_all();
  }
}

void Server::serve(Lobby::Guest guest) {
  Stream stream(std::move(guest.socket));
  {
    const std::lock_guard lock(mutex_);
    if (cut_) return;
    live_.insert(&stream);
  }
  struct Leave {
    Server& server;
    Stream& stream;
    ~Leave() {
      const std::lock_guard lock(server.mutex_);
      server.live_.erase(&stream);
    }
  } const leave{*this, stream};
  Connection(stream, options_, handler_, *this, guest.late).run();
}

void Server::stop(std::chrono::milliseconds timeout) {
  if (!acceptor_.joinable()) return;
  const auto deadline = Clock::now() + timeout;
  stopping_ = true;
  changed_.notify_all();
  acceptor_.join();
  bool knock = false;
  for (Lobby::Guest& guest : lobby_->wait(std::chrono::milliseconds(0), knock)) admit(guest);
  lobby_.reset();
  listener_->close();
  std::unique_lock lock(mutex_);
  no_more_ = true;
  changed_.notify_all();
  changed_.wait_until(lock, deadline, [this] { return queue_.empty() && live_.empty(); });
  cut_ = true;
  waiting_ -= static_cast<int64_t>(queue_.size());
  queue_.clear();
  for (Stream* stream : live_) stream->cut();
  lock.unlock();
  for (std::thread& worker : workers_) worker.join();
  workers_.clear();
}

}  // namespace sluice::http
