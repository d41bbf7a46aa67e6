#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/model/error.hpp"

namespace sluice::rules {

/// A schema or table pattern (behaviour.md 5.1): plain, trailing `*`, `?`, `[a-z]`, `[!a]`, or `~` and a regular
/// expression that is searched. Copies share the compiled form; matching is thread-safe.
class Pattern {
 public:
  Pattern() = default;
  /// 20044 for a malformed pattern; the message quotes it and says what is wrong.
  static Result<Pattern> compile(const std::string& text, bool case_sensitive);

  bool matches(std::string_view name) const;
  const std::string& text() const { return text_; }
  /// No wildcard: matches exactly one name.
  bool is_plain() const { return plain_; }

 private:
  struct Compiled;
  std::string text_;
  bool plain_ = true;
  bool case_sensitive_ = true;
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace sluice::rules
