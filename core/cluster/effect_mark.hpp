#pragma once

#include <cstdint>
#include <string>

namespace sluice::cluster {

/// While one lives on a thread, the first commit of that thread also changes the record `key`, in the same transaction:
/// afterwards the record tells whether the work of the thread has had an effect, whatever became of the process. A
/// record that somebody else has changed meanwhile makes the commit fail (E46024).
class EffectMark {
 public:
  /// `revision`: of the record as it is now; `value`: what it becomes.
  EffectMark(std::string key, int64_t revision, std::string value);
  ~EffectMark();
  EffectMark(const EffectMark&) = delete;
  EffectMark& operator=(const EffectMark&) = delete;
  /// The one of this thread, or null.
  static EffectMark* current();

  const std::string key;
  const int64_t revision;
  const std::string value;
  bool made = false;  ///< the commit has succeeded

 private:
  EffectMark* const outer_;
};

}  // namespace sluice::cluster
