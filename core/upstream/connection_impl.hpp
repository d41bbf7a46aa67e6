// Only for the .cpp files of this folder: it brings in the client library's header.
#pragma once

#include <mariadb/mysql.h>

#include <atomic>
#include <mutex>
#include <set>
#include <string>

#include "core/upstream/connection.hpp"

namespace sluice::upstream {

struct Canceller::State {
  std::mutex mutex;
  std::atomic<bool> cancelled{false};
  std::set<int> sockets;  // of the connections that are open; guarded by mutex
};

struct Connection::Impl {
  MYSQL* mysql = nullptr;
  Canceller canceller;
  std::string address;
  int socket = -1;  // as the canceller knows it
  bool broken = false;

  Impl() = default;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl();

  /// The error of the last call on `mysql`, as E10005; marks the connection broken when it is.
  Error last_error(const std::string& statement);
};

/// True when the same call may succeed later without anybody doing anything.
bool retryable_errno(unsigned number);
/// What to do about an error number, or "".
std::string workaround_for(unsigned number);

}  // namespace sluice::upstream
