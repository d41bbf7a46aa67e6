#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/json.hpp"
#include "core/model/task.hpp"

namespace sluice::precheck {

enum class State { Success, Warn, Fail };
/// "success", "warn", "fail"
const char* name_of(State state);

struct Finding {
  State state = State::Warn;
  std::string object;  ///< what it is about: a table, an account, a variable; "" when the item says so
  std::string what;
  std::string remedy;  ///< "" when there is none; a statement to be run as it stands ends with a semicolon
};

/// One checking item on one server.
struct Item {
  std::string name;  ///< as in ignore_checking_items
  std::string description;
  std::string source;  ///< "" = the target, or all sources together
  std::vector<Finding> findings;
  State state() const;  ///< that of its worst finding
};

/// What the pre-check found, items in the order of behaviour.md 18.
struct Report {
  std::vector<Item> items;
  size_t count(State state) const;  ///< items in that state
  bool passed() const { return count(State::Fail) == 0; }
  /// The findings of one state in one text, at most `most` of them an item; "" when there is none.
  std::string text(State state, size_t most = 20) const;
};

/// {"results": [{id, name, desc, state, errors: [{severity, short_error, object, instruction}], instruction, extra}],
///  "summary": {passed, total, successful, failed, warning}}
model::Json to_json(const Report& report);

/// Collects findings from many threads. Items that the task ignores are dropped here and nowhere else.
class Findings {
 public:
  explicit Findings(const model::Task& task);
  /// False: not wanted, save the work. True: the item appears in the report, as a success until something is added.
  bool begin(std::string_view item, std::string_view source = {});
  /// REQUIRES: the item was begun; else the finding is dropped.
  void add(std::string_view item, std::string_view source, Finding finding);
  Report take();

 private:
  bool ignored(std::string_view item) const;
  Item* find(std::string_view item, std::string_view source);
  const model::Task& task_;
  std::mutex mutex_;
  std::vector<Item> items_;
};

}  // namespace sluice::precheck
