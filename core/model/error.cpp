#include "core/model/error.hpp"

#include "core/model/error_codes.hpp"

namespace sluice {

std::string Error::one_line() const {
  std::string out = "[code=" + std::to_string(code) + ":class=" + error_class + ":scope=" + scope + ":level=" + level +
                    "], Message: " + message;
  if (!raw_cause.empty()) out += ", RawCause: " + raw_cause;
  if (!workaround.empty()) out += ", Workaround: " + workaround;
  return out;
}

Status Status::with(const std::string& what) && {
  if (error_) error_->message = what + ": " + error_->message;
  return std::move(*this);
}

Error make_error(int32_t code, std::string message) {
  Error error;
  const ErrorCode& known = find_error_code(code);
  error.code = code;
  error.error_class = known.error_class;
  error.scope = known.scope;
  error.level = known.level;
  error.message = std::move(message);
  return error;
}

Error make_error(int32_t code, std::string message, std::string raw_cause, std::string workaround) {
  Error error = make_error(code, std::move(message));
  error.raw_cause = std::move(raw_cause);
  error.workaround = std::move(workaround);
  return error;
}

}  // namespace sluice
