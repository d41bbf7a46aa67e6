#pragma once

#include <re2/re2.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace binlog_event {

/// A name pattern as task definitions use them: plain, trailing `*`, `?`, `[a-z]`, `[!a]`, `~regex` (searched).
/// core/rules has the same for table selection; plugins include the SDK only, so it is written twice on purpose.
/// Immutable, thread-safe.
class Pattern {
 public:
  /// Throws std::invalid_argument with the problem.
  Pattern(std::string_view text, bool case_sensitive);
  bool matches(std::string_view name) const;

 private:
  struct Item {
    enum class Kind { Literal, AnyOne, Set, Rest };
    Kind kind = Kind::Literal;
    bool negated = false;
    char32_t literal = 0;
    std::vector<std::pair<char32_t, char32_t>> ranges;
    bool matches(char32_t c) const;
  };
  void read_items(const std::vector<char32_t>& text);
  static size_t read_set(const std::vector<char32_t>& text, size_t at, Item& item);

  bool case_sensitive_;
  std::unique_ptr<RE2> expression_;
  std::vector<Item> items_;
};

/// ASCII lower case.
std::string lower(std::string_view text);

}  // namespace binlog_event
