#pragma once

#include <functional>
#include <iosfwd>
#include <string>

#include "core/model/json.hpp"

namespace sluice::ctl {

/// Shows the status of a task again and again. On a terminal the picture is drawn anew; elsewhere a subtask gets a
/// line whenever what is said of it has changed. Ends when every subtask has finished or stopped.
class Watch {
 public:
  Watch(std::ostream& out, bool terminal) : out_(out), terminal_(terminal) {}
  /// Shows one reply of getTaskStatus; false when, like the one before, it says that there is nothing to wait for.
  bool show(const model::Json& reply);

 private:
  void redraw(const std::string& text);
  void append(const std::string& text);

  std::ostream& out_;
  bool terminal_;
  size_t lines_ = 0;  // on the screen, to go back over
  std::string last_;
  bool over_ = false;
};

}  // namespace sluice::ctl
