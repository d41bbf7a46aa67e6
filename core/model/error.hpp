#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace sluice {

/// What went wrong, where, why, and what to do. Numbers, classes, scopes and levels are DM's
/// (core/model/error_codes.hpp); the one-line form is DM's too.
struct Error {
  int32_t code = 50000;
  int32_t native = 0;  ///< the server's own number (MySQL errno), or 0
  std::string error_class = "not-set";
  std::string scope = "not-set";  ///< not-set, upstream, downstream, internal
  std::string level = "high";     ///< low, medium, high
  bool retryable = false;         ///< decided where the error arises, never guessed from the text later
  std::string message;
  std::string raw_cause;
  std::string workaround;
  // Where; empty or 0 when it does not apply.
  std::string source;
  std::string binlog_name;
  uint64_t binlog_pos = 0;
  std::string gtid;
  std::string table;
  std::string statement;
  std::string row_key;  ///< of the row that the target refused: "`id` = 7"
  std::string rule;
  /// What was being handled: "ddl", "statement" (a row change written as a statement); "" = neither. Only these can be
  /// skipped or replaced on request.
  std::string event;

  /// "[code=C:class=K:scope=S:level=L], Message: M, RawCause: R, Workaround: W" (api.md 1.5).
  std::string one_line() const;
};

/// Success, or an error. One pointer, null when fine.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Error error) : error_(std::make_unique<Error>(std::move(error))) {}  // NOLINT(google-explicit-constructor)
  Status(Status&&) noexcept = default;
  Status& operator=(Status&&) noexcept = default;
  Status(const Status& other) : error_(other.error_ ? std::make_unique<Error>(*other.error_) : nullptr) {}
  Status& operator=(const Status& other) {
    if (this != &other) error_ = other.error_ ? std::make_unique<Error>(*other.error_) : nullptr;
    return *this;
  }
  ~Status() = default;

  bool ok() const { return !error_; }
  explicit operator bool() const { return ok(); }
  /// REQUIRES: !ok()
  const Error& error() const { return *error_; }
  Error& error() { return *error_; }
  /// Prefixes the message with what only this level knows: "<what>: <message>". No effect when ok.
  Status with(const std::string& what) &&;

 private:
  std::unique_ptr<Error> error_;
};

/// A value, or an error.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : v_(std::in_place_index<0>, std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : v_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)
  /// REQUIRES: !status.ok()
  Result(Status status) : v_(std::in_place_index<1>, std::move(status.error())) {}  // NOLINT

  bool ok() const { return v_.index() == 0; }
  explicit operator bool() const { return ok(); }
  /// REQUIRES: ok()
  T& value() & { return std::get<0>(v_); }
  const T& value() const& { return std::get<0>(v_); }
  T&& value() && { return std::get<0>(std::move(v_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  /// REQUIRES: !ok()
  const Error& error() const { return std::get<1>(v_); }
  Error& error() { return std::get<1>(v_); }
  Status status() const { return ok() ? Status() : Status(std::get<1>(v_)); }

 private:
  std::variant<T, Error> v_;
};

/// An error of DM's number `code`; class, scope and level come from the table in error_codes.cpp.
Error make_error(int32_t code, std::string message);
/// The same with a cause and a remedy.
Error make_error(int32_t code, std::string message, std::string raw_cause, std::string workaround = {});

}  // namespace sluice
