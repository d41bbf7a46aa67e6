#pragma once

#include <chrono>
#include <cstdint>

namespace sluice::task {

/// Pauses between automatic resumes (behaviour.md 2.1): 1 s, doubled, at most 5 min; half of it is drawn at random.
/// A run without an error takes it back: one step per five minutes, all of it after `kForgetAfter`.
class Backoff {
 public:
  static constexpr std::chrono::milliseconds kFirst{1000};
  static constexpr std::chrono::milliseconds kMost{300'000};

  /// The pause before the next try; `ran` is how long the failed run had lasted. `random` is any number.
  std::chrono::milliseconds next(std::chrono::milliseconds ran, uint64_t random);

 private:
  int step_ = 0;
};

}  // namespace sluice::task
