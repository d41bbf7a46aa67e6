// Only for the .cpp files of this folder: it brings in the client library's header.
#pragma once

#include <mariadb/mysql.h>

#include <atomic>
#include <mutex>
#include <string>

#include "core/upstream/connection.hpp"

namespace sluice::upstream {

struct Canceller::State {
  std::mutex mutex;
  std::atomic<bool> cancelled{false};
  int socket = -1;  // guarded by mutex; -1 when no connection is open
};

struct Connection::Impl {
  MYSQL* mysql = nullptr;
  Canceller canceller;
  std::string address;
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
