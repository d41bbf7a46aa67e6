#pragma once

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "sluice/abi/base.h"
#include "sluice/common/text.hpp"

namespace sluice::host {

/// Checked mode: what the host half does when a plugin breaks the contract. Tests and debug builds abort.
enum class CheckLevel : int { kOff = 0, kLog = 1, kAbort = 2 };

using MisbehaviourHandler = void (*)(const char* where, const char* rule);

namespace detail {

inline void print_misbehaviour(const char* where, const char* rule) {
  std::fprintf(stderr, "plugin breaks the contract in %s: %s\n", where, rule);
}
inline std::atomic<int>& check_level() {
  static std::atomic<int> level{0};
  return level;
}
inline std::atomic<MisbehaviourHandler>& misbehaviour_handler() {
  static std::atomic<MisbehaviourHandler> handler{&print_misbehaviour};
  return handler;
}

}  // namespace detail

inline void set_check_level(CheckLevel level) { detail::check_level() = static_cast<int>(level); }
/// Called in kLog and, before the abort, in kAbort. Any thread.
inline void set_misbehaviour_handler(MisbehaviourHandler handler) { detail::misbehaviour_handler() = handler; }
inline bool checking() { return detail::check_level().load(std::memory_order_relaxed) != 0; }

inline void misbehaved(const char* where, const char* rule) {
  const int level = detail::check_level();
  if (level == 0) return;
  detail::misbehaviour_handler().load()(where, rule);
  if (level == static_cast<int>(CheckLevel::kAbort)) std::abort();
}

/// Fills the record on behalf of the host half.
inline sluice_status refuse(sluice_error& error, int32_t number, std::string_view message,
                            sluice_status status = SLUICE_FAILED) noexcept {
  error = make_sized<sluice_error>();
  error.number = number;
  copy_text(error.error_class, "not-set");
  copy_text(error.scope, "internal");
  copy_text(error.level, "high");
  if (!copy_text(error.message, message)) error.flags |= SLUICE_ERROR_TRUNCATED;
  return status;
}

namespace detail {

inline bool all_zero(const void* data, size_t size) noexcept {
  const auto* bytes = static_cast<const unsigned char*>(data);
  for (size_t i = 0; i < size; ++i) {
    if (bytes[i] != 0) return false;
  }
  return true;
}

template <size_t N>
bool terminated(const char (&field)[N]) noexcept {
  return std::memchr(field, 0, N) != nullptr;
}

/// Cuts texts without NUL and names a failure that does not name itself, so that readers need not care.
inline void repair(const char* where, sluice_error& error) noexcept {
  error.struct_size = sizeof error;
  error.error_class[sizeof error.error_class - 1] = '\0';
  error.scope[sizeof error.scope - 1] = '\0';
  error.level[sizeof error.level - 1] = '\0';
  error.message[sizeof error.message - 1] = '\0';
  error.workaround[sizeof error.workaround - 1] = '\0';
  if (error.number == 0) error.number = 50000;
  if (error.error_class[0] == '\0') copy_text(error.error_class, "not-set");
  if (error.scope[0] == '\0') copy_text(error.scope, "internal");
  if (error.level[0] == '\0') copy_text(error.level, "high");
  if (error.message[0] == '\0') {
    std::snprintf(error.message, sizeof error.message, "the plugin failed in %s without saying why", where);
  }
}

inline void verify_record(const char* where, sluice_status status, const sluice_error& error) {
  if (status == SLUICE_OK) {
    if (error.struct_size != sizeof error ||
        !all_zero(reinterpret_cast<const char*>(&error) + sizeof(uint32_t), sizeof error - sizeof(uint32_t))) {
      misbehaved(where, "the error record was touched although the call succeeded");
    }
    return;
  }
  if (status != SLUICE_FAILED && status != SLUICE_CANCELLED) misbehaved(where, "an unknown status was returned");
  if (error.struct_size != sizeof error) misbehaved(where, "struct_size of the error record was changed");
  if (error.number == 0) misbehaved(where, "the call failed and left the error number 0");
  if (!terminated(error.message) || !terminated(error.workaround) || !terminated(error.error_class) ||
      !terminated(error.scope) || !terminated(error.level)) {
    misbehaved(where, "a text of the error record is not NUL-terminated");
  } else if (error.message[0] == '\0') {
    misbehaved(where, "the call failed and left the error message empty");
  }
}

}  // namespace detail

/// One fallible call into a plugin: readies the record, calls, verifies (checked mode), repairs the record of a
/// failure. Does not allocate.
template <typename Call>
sluice_status call(const char* where, sluice_error& error, Call&& body) {
  error = make_sized<sluice_error>();
  const sluice_status status = body(&error);
  if (checking()) detail::verify_record(where, status, error);
  if (status != SLUICE_OK) detail::repair(where, error);
  return status;
}

/// Guards an object that takes one call at a time ([task], [control]); speaks up in checked mode.
class Busy {
 public:
  Busy(const char* where, std::atomic<bool>& flag) : flag_(checking() ? &flag : nullptr) {
    if (flag_ && flag_->exchange(true)) misbehaved(where, "the host made two calls at a time on one [task] object");
  }
  ~Busy() {
    if (flag_) flag_->store(false);
  }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;

 private:
  std::atomic<bool>* flag_;
};

/// Collects what a plugin writes into a string.
class Collector {
 public:
  explicit Collector(std::string& out) : raw_(make_sized<sluice_writer>()) {
    raw_.self = &out;
    raw_.write = [](void* self, const char* data, size_t len) noexcept -> int32_t {
      try {
        static_cast<std::string*>(self)->append(data, len);
        return 0;
      } catch (...) {
        return 1;
      }
    };
  }
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;
  const sluice_writer* raw() const { return &raw_; }

 private:
  sluice_writer raw_;
};

}  // namespace sluice::host
