#include "core/task/resumable.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <string_view>

namespace sluice::task {
namespace {

constexpr std::array kNeverCodes = {36008, 32004, 32001, 36027, 11129, 34020, 34021, 36014, 36067,
                                    36068, 20022, 20057, 11126, 40080, 36071, 26007, 11059, 11060};
constexpr std::array kNeverNative = {1059, 1117, 1069, 1062, 1406, 1366, 8025, 1236};
constexpr std::array<std::string_view, 13> kNeverTexts = {"can't drop column with index",
                                                          "with tidb_enable_change_multi_schema is disable",
                                                          "unsupported add column",
                                                          "unsupported modify column",
                                                          "unsupported modify charset",
                                                          "unsupported modify collate",
                                                          "unsupported drop integer primary key",
                                                          "unsupported drop primary key",
                                                          "unsupported collation",
                                                          "invalid default value for",
                                                          "could not find first log file name in binary log index",
                                                          "the master purged",
                                                          "has purged binary logs"};

}  // namespace

bool resumable(const Error& error) {
  if (std::find(kNeverCodes.begin(), kNeverCodes.end(), error.code) != kNeverCodes.end()) return error.retryable;
  if (std::find(kNeverNative.begin(), kNeverNative.end(), error.native) != kNeverNative.end()) return false;
  std::string text = error.message + " " + error.raw_cause;
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (std::any_of(kNeverTexts.begin(), kNeverTexts.end(),
                  [&](std::string_view never) { return text.find(never) != std::string::npos; })) {
    return false;
  }
  // DM resumes whatever is not on its list; what we know to be final (a bad definition, an event that cannot be
  // decoded) is only final when it was marked so where it arose.
  return error.retryable || error.error_class == "database";
}

}  // namespace sluice::task
