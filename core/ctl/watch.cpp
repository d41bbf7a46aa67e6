#include "core/ctl/watch.hpp"

#include <algorithm>
#include <ostream>
#include <set>
#include <sstream>

#include "core/ctl/render.hpp"

namespace sluice::ctl {
namespace {

bool is_over(const model::Json& reply) {
  const model::Json* data = reply.find("data");
  const auto* subtasks = data ? data->as_array() : nullptr;
  if (!subtasks) return true;
  return std::all_of(subtasks->begin(), subtasks->end(), [](const model::Json& subtask) {
    const model::Json* found = subtask.find("stage");
    const std::string* stage = found ? found->as_string() : nullptr;
    if (!stage) return false;
    // What was stopped is Paused without an error, as in DM; with one it may go on by itself.
    return *stage == "Finished" || *stage == "Stopped" || (*stage == "Paused" && !subtask.find("error_msg"));
  });
}

std::set<std::string> lines_of(const std::string& text) {
  std::set<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.insert(line);
  return out;
}

}  // namespace

bool Watch::show(const model::Json& reply) {
  const std::string text = render_task_status(reply);
  terminal_ ? redraw(text) : append(text);
  out_.flush();
  // Between a start and the worker's first report a subtask looks like a stopped one: only the second look counts.
  const bool over = is_over(reply);
  const bool twice = over && over_;
  over_ = over;
  return !twice;
}

void Watch::redraw(const std::string& text) {
  // Up to the first line of the last picture, then everything below is erased.
  if (lines_ > 0) out_ << "\033[" << lines_ << "A\r\033[J";
  out_ << text;
  lines_ = static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
}

void Watch::append(const std::string& text) {
  const std::set<std::string> known = lines_of(last_);
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && !known.contains(line)) out_ << line << '\n';
  }
  last_ = text;
}

}  // namespace sluice::ctl
