#pragma once

#include <stdexcept>
#include <string>

namespace sluice::ctl {

/// What the process answers to the shell; docs/sluicectl.md explains them to users.
enum class Exit { Done = 0, Refused = 1, Usage = 2, Unreachable = 3 };

/// Ends a command: the text for standard error, and the exit code.
class Failure : public std::runtime_error {
 public:
  Failure(Exit code, const std::string& text) : std::runtime_error(text), code_(code) {}
  Exit code() const { return code_; }

 private:
  Exit code_;
};

inline Failure usage_error(const std::string& text) { return {Exit::Usage, text}; }

}  // namespace sluice::ctl
