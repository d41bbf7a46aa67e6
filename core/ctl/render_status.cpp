#include <algorithm>
#include <cstdlib>

#include "core/ctl/render.hpp"
#include "core/ctl/table.hpp"

namespace sluice::ctl {
namespace {

using model::Json;

constexpr size_t kBarWidth = 20;

std::string text_of(const Json& json, const char* name) {
  const Json* found = json.find(name);
  const std::string* text = found ? found->as_string() : nullptr;
  return text ? printable(*text) : std::string();
}

/// -1 when absent: none of these numbers is ever negative.
double number_of(const Json& json, const char* name) {
  const Json* found = json.find(name);
  if (!found) return -1;
  if (const auto* whole = found->as_int()) return static_cast<double>(*whole);
  if (const auto* large = found->as_uint()) return static_cast<double>(*large);
  if (const auto* real = found->as_double()) return *real;
  return -1;
}

std::string count_text(double number) { return std::to_string(static_cast<long long>(number)); }

/// "[####----] 12.34 %" of DM's "12.34 %".
std::string progress_text(const std::string& percent) {
  return bar(std::strtod(percent.c_str(), nullptr) / 100, kBarWidth) + " " + percent;
}

std::string progress_of(const Json& subtask) {
  if (const Json* sync = subtask.find("sync_status")) {
    if (const Json* synced = sync->find("synced"); synced && synced->as_bool() && *synced->as_bool()) return "synced";
    return "following";
  }
  for (const char* unit : {"load_status", "dump_status"}) {
    if (const Json* status = subtask.find(unit)) return progress_text(text_of(*status, "progress"));
  }
  return "-";
}

std::string rate_of(const Json& subtask) {
  if (const Json* sync = subtask.find("sync_status")) {
    return count_text(std::max(0.0, number_of(*sync, "recent_tps"))) + " rows/s";
  }
  for (const char* unit : {"load_status", "dump_status"}) {
    if (const Json* status = subtask.find(unit)) return bytes_text(std::max(0.0, number_of(*status, "bps"))) + "/s";
  }
  return "-";
}

std::string lag_of(const Json& subtask) {
  const Json* sync = subtask.find("sync_status");
  const double lag = sync ? number_of(*sync, "seconds_behind_master") : -1;
  if (lag >= 0) return duration_text(static_cast<long long>(lag));
  return sync ? "unknown" : "-";
}

std::string position_of(const Json& subtask) {
  const Json* sync = subtask.find("sync_status");
  const std::string position = sync ? text_of(*sync, "syncer_binlog") : "";
  return position.empty() ? "-" : position;
}

/// One line of what the error object knows beside its message.
std::string place_of(const Json& error) {
  std::string out;
  const auto add = [&](const std::string& text) { out += (out.empty() ? "" : ", ") + text; };
  if (const std::string file = text_of(error, "binlog_name"); !file.empty()) {
    const double position = number_of(error, "binlog_pos");
    add(file + (position > 0 ? " at " + count_text(position) : ""));
  }
  for (const auto& [member, word] : {std::pair{"gtid", "GTID "},
                                     {"table", "table "},
                                     {"row_key", "row "},
                                     {"rule", "rule "},
                                     {"source", "source "}}) {
    if (const std::string text = text_of(error, member); !text.empty()) add(word + text);
  }
  return out;
}

void add_error(const Json& error, const std::string& source, std::string& out) {
  out += "\n" + source + ": error " + count_text(std::max(0.0, number_of(error, "code"))) + ": " +
         text_of(error, "message") + "\n";
  const auto line = [&](const char* name, const std::string& text) {
    if (!text.empty()) out += std::string("  ") + name + text + "\n";
  };
  line("where:     ", place_of(error));
  line("statement: ", text_of(error, "statement"));
  line("cause:     ", text_of(error, "cause"));
  line("remedy:    ", text_of(error, "workaround"));
}

}  // namespace

std::string render_task_status(const Json& reply) {
  const Json* data = reply.find("data");
  const auto* subtasks = data ? data->as_array() : nullptr;
  if (!subtasks || subtasks->empty()) return "none\n";
  Table table({"TASK", "SOURCE", "WORKER", "STAGE", "UNIT", "PROGRESS", "RATE", "LAG", "POSITION"});
  std::string errors;
  for (const Json& subtask : *subtasks) {
    table.add({text_of(subtask, "name"), text_of(subtask, "source_name"), text_of(subtask, "worker_name"),
               text_of(subtask, "stage"), text_of(subtask, "unit"), progress_of(subtask), rate_of(subtask),
               lag_of(subtask), position_of(subtask)});
    const Json* list = subtask.find("errors");
    if (list && list->is_array()) {
      for (const Json& error : *list->as_array()) add_error(error, text_of(subtask, "source_name"), errors);
    } else if (const std::string text = text_of(subtask, "error_msg"); !text.empty()) {
      errors += "\n" + text_of(subtask, "source_name") + ": " + text + "\n";
    }
  }
  return table.text() + errors;
}

}  // namespace sluice::ctl
