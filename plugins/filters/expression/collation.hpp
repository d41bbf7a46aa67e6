#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace expression {

/// How texts are compared. Only what can be compared exactly is known; see find_collation.
struct Collation {
  enum class Kind {
    Bytes,     ///< binary strings: byte by byte, no padding
    Binary,    ///< *_bin: byte by byte, which is by code point
    Sensitive  ///< case and accents count; equality of ASCII texts only
    ,
    Folded  ///< letters of either case are equal; ASCII texts only
  };
  enum class Encoding { Bytes, Ascii, Latin1, Utf8 };
  Kind kind = Kind::Bytes;
  Encoding encoding = Encoding::Bytes;
  bool pad = false;               ///< blanks at the end do not count
  bool ordered = true;            ///< the order of ASCII texts is known, not only their equality
  bool ignores_controls = false;  ///< control characters have no weight
  bool is_explicit = false;       ///< from COLLATE or BINARY
  std::string name = "binary";
};

/// Nothing for a collation whose rules are not known here.
std::optional<Collation> find_collation(std::string_view name);

/// How two texts stand to each other. Throws Failure when the collation says nothing that is known of these
/// characters, see Collation::Kind; the remedy names a collation that does.
int compare_texts(std::string_view a, std::string_view b, const Collation& collation);

/// A compiled pattern of LIKE.
class LikePattern {
 public:
  LikePattern() = default;
  /// `text` in the collation's encoding.
  LikePattern(std::string_view text, char escape, const Collation& collation);
  /// Throws as compare_texts does.
  bool matches(std::string_view text, const Collation& collation) const;

 private:
  struct Item {
    enum class Kind { Literal, One, Many } kind = Kind::Literal;
    std::string_view character() const { return {bytes, size}; }
    char bytes[4] = {};
    size_t size = 0;
  };
  std::vector<Item> items_;
};

bool is_ascii(std::string_view text);
/// Bytes of the character at the front. REQUIRES: not empty
size_t character_size(std::string_view text, Collation::Encoding encoding);

}  // namespace expression
