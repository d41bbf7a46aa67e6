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
    const Json* progress = subtask.find("progress");
    const double remaining = progress ? number_of(*progress, "remaining_bytes") : -1;
    return remaining > 0 ? bytes_text(remaining) + " behind" : "following";
  }
  for (const char* unit : {"load_status", "dump_status"}) {
    if (const Json* status = subtask.find(unit)) return progress_text(text_of(*status, "progress"));
  }
  return "-";
}

std::string rate_of(const Json& subtask) {
  const Json* progress = subtask.find("progress");
  if (!progress) return "-";
  return count_text(std::max(0.0, number_of(*progress, "rows_per_second"))) + " rows/s, " +
         bytes_text(std::max(0.0, number_of(*progress, "bytes_per_second"))) + "/s";
}

std::string remaining_of(const Json& progress) {
  const double seconds = number_of(progress, "remaining_seconds");
  return seconds < 0 ? "-" : duration_text(static_cast<long long>(seconds));
}

std::string eta_of(const Json& subtask) {
  const Json* progress = subtask.find("progress");
  return progress ? remaining_of(*progress) : "-";
}

/// "1m5s (target 80 %, decode 20 %)": what takes at least a tenth is worth a word.
std::string lag_of(const Json& subtask) {
  const Json* sync = subtask.find("sync_status");
  const double lag = sync ? number_of(*sync, "seconds_behind_master") : -1;
  if (lag < 0) return sync ? "unknown" : "-";
  std::string out = duration_text(static_cast<long long>(lag));
  const Json* detail = sync->find("lag");
  const Json* shares = detail ? detail->find("shares") : nullptr;
  if (lag < 1 || !shares || !shares->is_object()) return out;
  std::string parts;
  for (const auto& [name, share] : *shares->as_object()) {
    const double part = number_of(*shares, name.c_str());
    if (part < 0.1) continue;
    parts += (parts.empty() ? "" : ", ") + printable(name) + " " + count_text(part * 100 + 0.5) + " %";
  }
  return parts.empty() ? out : out + " (" + parts + ")";
}

std::string position_of(const Json& subtask) {
  const Json* sync = subtask.find("sync_status");
  const std::string position = sync ? text_of(*sync, "syncer_binlog") : "";
  return position.empty() ? "-" : position;
}

constexpr size_t kTablesShown = 10;

/// The tables of a copy that is under way, those in work first.
std::string tables_text(const Json& subtask) {
  const Json* progress = subtask.find("progress");
  const Json* list = progress ? progress->find("tables") : nullptr;
  if (!list || !list->is_array() || subtask.find("sync_status") || text_of(subtask, "stage") == "Finished") return {};
  Table table({"  TABLE", "STATE", "PROGRESS", "ROWS", "BYTES", "LEFT"});
  size_t shown = 0;
  for (const Json& entry : *list->as_array()) {
    if (shown++ == kTablesShown) break;
    const double estimated = number_of(entry, "estimated_rows");
    table.add(
        {"  " + text_of(entry, "schema") + "." + text_of(entry, "table"), text_of(entry, "state"),
         progress_text(text_of(entry, "progress")),
         count_text(std::max(0.0, number_of(entry, "rows"))) + (estimated > 0 ? " of ~" + count_text(estimated) : ""),
         bytes_text(std::max(0.0, number_of(entry, "bytes"))), remaining_of(entry)});
  }
  if (shown == 0) return {};
  const double done = number_of(*progress, "tables_done");
  return "\n" + text_of(subtask, "source_name") + ": " + count_text(std::max(0.0, done)) + " of " +
         count_text(std::max(0.0, number_of(*progress, "tables_total"))) + " tables done\n" + table.text();
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
  Table table({"TASK", "SOURCE", "WORKER", "STAGE", "UNIT", "PROGRESS", "RATE", "ETA", "LAG", "POSITION"});
  std::string errors;
  std::string tables;
  for (const Json& subtask : *subtasks) {
    table.add({text_of(subtask, "name"), text_of(subtask, "source_name"), text_of(subtask, "worker_name"),
               text_of(subtask, "stage"), text_of(subtask, "unit"), progress_of(subtask), rate_of(subtask),
               eta_of(subtask), lag_of(subtask), position_of(subtask)});
    tables += tables_text(subtask);
    const Json* list = subtask.find("errors");
    if (list && list->is_array()) {
      for (const Json& error : *list->as_array()) add_error(error, text_of(subtask, "source_name"), errors);
    } else if (const std::string text = text_of(subtask, "error_msg"); !text.empty()) {
      errors += "\n" + text_of(subtask, "source_name") + ": " + text + "\n";
    }
  }
  return table.text() + tables + errors;
}

}  // namespace sluice::ctl
