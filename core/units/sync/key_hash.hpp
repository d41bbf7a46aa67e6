#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "sluice/abi/row.h"

namespace sluice::units::sync {

/// Logical lanes of a subtask. Their number and the hash below are part of what checkpoints mean: a lane's mark says
/// what that lane has applied, so neither may change for the life of a checkpoint.
inline constexpr uint32_t kLanes = 64;

/// How a text column's values are brought to a form in which values that are equal under the column's collation are
/// equal in bytes (the reverse need not hold: too coarse costs parallelism, never correctness).
enum class TextFold : uint8_t {
  Exact,      ///< binary strings
  TrimEnd,    ///< _bin collations: trailing spaces do not count
  FoldAscii,  ///< case- and accent-insensitive ones: ASCII folds, anything else makes the value a wildcard
  Opaque      ///< national collations with rules of their own: every value is a wildcard
};

TextFold text_fold(std::string_view charset, std::string_view collation);

/// The hash of one key's values, or why there is none.
struct KeyHash {
  enum Kind : uint8_t { Value, Null, Wildcard } kind = Value;
  uint64_t hash = 0;
};

/// What conflict scheduling needs to know about a table; derived once per structure.
class KeyPlan {
 public:
  /// Lane of each change, and which unique keys are to be watched for conflicts between lanes.
  explicit KeyPlan(const sluice_table& table);

  /// All changes of the table share one lane: it has no usable key, or a unique key over an expression.
  bool single_lane() const { return single_lane_; }
  /// Lane of the row image. Equal keys (byte-equal) always give the same lane.
  uint32_t lane(const sluice_value* row) const;
  /// True when the two images differ in the lane key.
  bool key_changes(const sluice_value* before, const sluice_value* after) const;
  /// Number of keys to watch; conflict(i, row) is the hash of the i-th.
  size_t conflict_keys() const { return conflicts_.size(); }
  KeyHash conflict(size_t index, const sluice_value* row) const;

 private:
  struct Part {
    uint32_t column;
    uint32_t prefix;  // characters, 0 = all
    TextFold fold;
    bool utf8;
  };
  struct Key {
    uint64_t seed;
    std::vector<Part> parts;
  };
  KeyHash hash(const Key& key, const sluice_value* row) const;
  static Key make_key(const sluice_table& table, const sluice_key& key, uint64_t seed);

  uint64_t table_seed_;
  bool single_lane_ = true;
  Key lane_key_{};
  std::vector<Key> conflicts_;
};

/// 64-bit hash, stable between versions and machines.
uint64_t stable_hash(uint64_t seed, const void* data, size_t size);

}  // namespace sluice::units::sync
