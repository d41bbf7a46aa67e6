#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::testkit {

/// What one check is about: a library, and one thing it creates (empty for checks of the library as a whole).
struct Subject {
  std::string file;
  std::string kind;
  std::string id;
  std::string config;       ///< JSON as given by --config; `{tmp}` is already replaced
  bool has_folder = false;  ///< the configuration named {tmp}: the data outlive an instance
};

struct Check {
  const char* name;         ///< kebab-case
  const char* kind;         ///< "" = the library, "*" = every kind, else that kind
  const char* description;  ///< one sentence: what must hold
  void (*run)(const Subject& subject);
  int deadline_s = 30;
};

/// Ends of a check other than passing; thrown, caught by the runner only.
struct Failed {
  std::string why;
};
struct Skipped {
  std::string why;
};
struct Warned {
  std::string why;
};

[[noreturn]] inline void fail(std::string why) { throw Failed{std::move(why)}; }
[[noreturn]] inline void skip(std::string why) { throw Skipped{std::move(why)}; }
inline void expect(bool holds, std::string_view otherwise) {
  if (!holds) fail(std::string(otherwise));
}

const std::vector<Check>& library_checks();
const std::vector<Check>& instance_checks();
const std::vector<Check>& filter_checks();
const std::vector<Check>& sink_checks();
const std::vector<Check>& store_checks();
const std::vector<Check>& transport_checks();
const std::vector<Check>& operations_checks();

enum class Outcome { kPassed, kFailed, kCrashed, kSkipped, kWarned };
struct Result {
  Outcome outcome;
  std::string why;
};

/// Runs `body` in a child process. A child that ends without a word has crashed; one that does not end within its
/// deadline is killed and has failed. What the body returns is the reason of a pass (used to hand text back).
Result run_in_child(const std::function<std::string()>& body, int deadline_s);

}  // namespace sluice::testkit
