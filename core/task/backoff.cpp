#include "core/task/backoff.hpp"

#include <algorithm>

namespace sluice::task {

std::chrono::milliseconds Backoff::next(std::chrono::milliseconds ran, uint64_t random) {
  constexpr std::chrono::milliseconds kStepBack{300'000};
  constexpr std::chrono::milliseconds kWorked{30'000};  // a run of this length shows that resuming helped
  if (ran >= kWorked) step_ = 0;
  step_ = std::max<int>(0, step_ - static_cast<int>(ran / kStepBack));
  const auto full = std::min<std::chrono::milliseconds>(kMost, kFirst * (1LL << std::min(step_, 20)));
  step_ = std::min(step_ + 1, 20);
  const auto half = full / 2;
  return half + std::chrono::milliseconds(static_cast<int64_t>(random % static_cast<uint64_t>(half.count() + 1)));
}

}  // namespace sluice::task
