#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "core/units/sync/key_hash.hpp"

namespace sluice::units::sync {

/// "Writer `writer` must have applied everything up to `seq` first." Always points to an earlier change, so waiting
/// for dependencies cannot deadlock as long as a writer applies what it holds before it waits.
struct Dependency {
  uint32_t writer;
  uint64_t seq;
};

/// Remembers which writer touched a unique-key value last, for changes in flight. One thread.
class ConflictMap {
 public:
  explicit ConflictMap(uint32_t writers) : last_seq_(writers, 0) {}

  /// Notes that the change `seq`, which goes to `writer`, touches the key; appends what it has to wait for.
  /// `index_id` names the unique index (any number unique per index).
  void touch(uint64_t index_id, KeyHash key, uint32_t writer, uint64_t seq, std::vector<Dependency>& needs);
  /// Notes the last change dispatched to a writer (every change, keys or not).
  void dispatched(uint32_t writer, uint64_t seq) { last_seq_[writer] = seq; }
  /// All changes up to `seq` have been applied: older entries are forgotten, in generations.
  void applied(uint64_t seq);
  void clear();
  size_t size() const { return current_.size() + previous_.size(); }

 private:
  struct Touch {
    uint64_t seq;
    uint32_t writer;
  };
  const Touch* find(uint64_t hash) const;

  static constexpr size_t kGeneration = 1U << 18;  // entries; two generations are kept
  std::vector<uint64_t> last_seq_;
  std::unordered_map<uint64_t, Touch> current_;
  std::unordered_map<uint64_t, Touch> previous_;
  uint64_t previous_newest_ = 0;  // newest seq in previous_
  uint64_t newest_ = 0;
  std::unordered_map<uint64_t, Touch> wildcards_;  // by index
};

}  // namespace sluice::units::sync
