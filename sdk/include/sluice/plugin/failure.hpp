#pragma once

#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include "sluice/abi/base.h"
#include "sluice/common/text.hpp"

namespace sluice::plugin {

/// What an author throws. Becomes a sluice_error at the waist. Numbers and classes are DM's (docs/errors.md).
class Failure : public std::exception {
 public:
  Failure(int32_t number, std::string error_class, std::string scope, std::string level, std::string message)
      : number_(number == 0 ? kUnknown : number),
        class_(std::move(error_class)),
        scope_(std::move(scope)),
        level_(std::move(level)),
        message_(std::move(message)) {}
  /// A failure for which DM has no number.
  explicit Failure(std::string message) : Failure(kUnknown, "not-set", "internal", "high", std::move(message)) {}
  /// A record that came from the other side, to be handed on unchanged.
  Failure(sluice_status status, const sluice_error& error)
      : Failure(error.number, std::string(field_text(error.error_class)), std::string(field_text(error.scope)),
                std::string(field_text(error.level)), std::string(field_text(error.message))) {
    status_ = status == SLUICE_OK ? SLUICE_FAILED : status;
    native_ = error.native;
    flags_ = error.flags;
    row_ = error.row;
    workaround_ = field_text(error.workaround);
  }
  /// The call ended because cancel() was called.
  static Failure cancelled(std::string message = "the call was cancelled") {
    Failure f(std::move(message));
    f.status_ = SLUICE_CANCELLED;
    return f;
  }
  /// The settings of an instance are wrong. Names the setting.
  static Failure config(std::string_view setting, std::string_view problem) {
    return Failure(kUnknown, "config", "internal", "medium",
                   "setting `" + std::string(setting) + "`: " + std::string(problem));
  }

  Failure&& native(int32_t number) && { return native_ = number, std::move(*this); }
  /// The row of the batch that is to blame, from 1 (a sink's apply).
  Failure&& row(uint64_t number) && { return row_ = number, std::move(*this); }
  Failure&& retryable(bool yes = true) && { return flag(SLUICE_ERROR_RETRYABLE, yes); }
  Failure&& outcome_unknown(bool yes = true) && { return flag(SLUICE_ERROR_OUTCOME_UNKNOWN, yes); }
  Failure&& reconnect(bool yes = true) && { return flag(SLUICE_ERROR_RECONNECT, yes); }
  Failure&& fenced(bool yes = true) && { return flag(SLUICE_ERROR_FENCED, yes); }
  Failure&& workaround(std::string text) && { return workaround_ = std::move(text), std::move(*this); }
  /// Prefixes what only this level knows: "<what>: <message>".
  Failure&& with(std::string_view what) && {
    message_ = std::string(what) + ": " + message_;
    return std::move(*this);
  }

  int32_t number() const noexcept { return number_; }
  int32_t native() const noexcept { return native_; }
  uint32_t flags() const noexcept { return flags_; }
  uint64_t row() const noexcept { return row_; }
  sluice_status status() const noexcept { return status_; }
  const std::string& message() const noexcept { return message_; }
  const std::string& error_class() const noexcept { return class_; }
  const char* what() const noexcept override { return message_.c_str(); }

  /// Fills the caller's record, staying within its struct_size.
  void fill(sluice_error* out) const noexcept;

  static constexpr int32_t kUnknown = 50000;

 private:
  Failure&& flag(uint32_t bit, bool yes) {
    flags_ = yes ? flags_ | bit : flags_ & ~bit;
    return std::move(*this);
  }

  int32_t number_;
  int32_t native_ = 0;
  uint32_t flags_ = 0;
  uint64_t row_ = 0;
  sluice_status status_ = SLUICE_FAILED;
  std::string class_;
  std::string scope_;
  std::string level_;
  std::string message_;
  std::string workaround_;
};

namespace detail {

inline void fill_plain(sluice_error* out, int32_t number, std::string_view message) noexcept {
  auto record = make_sized<sluice_error>();
  record.number = number;
  copy_text(record.error_class, "not-set");
  copy_text(record.scope, "internal");
  copy_text(record.level, "high");
  if (!copy_text(record.message, message.empty() ? std::string_view("unknown failure") : message)) {
    record.flags |= SLUICE_ERROR_TRUNCATED;
  }
  write_sized(out, record);
}

}  // namespace detail

inline void Failure::fill(sluice_error* out) const noexcept {
  auto record = make_sized<sluice_error>();
  record.number = number_;
  record.native = native_;
  record.flags = flags_;
  record.row = row_;
  copy_text(record.error_class, class_);
  copy_text(record.scope, scope_);
  copy_text(record.level, level_);
  bool fits = copy_text(record.message, message_.empty() ? std::string_view("unknown failure") : message_);
  fits = copy_text(record.workaround, workaround_) && fits;
  if (!fits) record.flags |= SLUICE_ERROR_TRUNCATED;
  write_sized(out, record);
}

/// The one place where exceptions end. Runs `body`; turns whatever it throws into the caller's record.
template <typename Body>
sluice_status guard(sluice_error* error, Body&& body) noexcept {
  try {
    std::forward<Body>(body)();
    return SLUICE_OK;
  } catch (const Failure& failure) {
    failure.fill(error);
    return failure.status();
  } catch (const std::bad_alloc&) {
    detail::fill_plain(error, Failure::kUnknown, "out of memory");
  } catch (const std::exception& other) {
    detail::fill_plain(error, Failure::kUnknown, other.what());
  } catch (...) {
    detail::fill_plain(error, Failure::kUnknown, "the plugin threw something that is not a std::exception");
  }
  return SLUICE_FAILED;
}

/// The same for calls that cannot report: whatever `body` throws ends here.
template <typename Body>
void guard_silent(Body&& body) noexcept {
  (void)guard(nullptr, std::forward<Body>(body));
}

}  // namespace sluice::plugin
