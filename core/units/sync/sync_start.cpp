#include "core/units/sync/sync_start.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/model/definitions.hpp"
#include "core/plugin/log.hpp"
#include "core/upstream/server_info.hpp"

namespace sluice::units::sync {
namespace {

// Marks of this scope: "location" = token of the request whose start_time became the checkpoint; "safe_mode" = token
// of the request and the second (since 1970) at which its safe mode ends.
constexpr const char* kScope = "start";
constexpr const char* kLocation = "location";
constexpr const char* kSafeMode = "safe_mode";

std::string token_of(const model::StartArguments& arguments) {
  return arguments.token.empty() ? "at " + arguments.start_time : arguments.token;
}

std::string shown(const BinlogLocation& location) {
  return "(" + location.name + ", " + std::to_string(location.pos) + ")";
}

// Changes up to the end of the binlog may have reached the target before, by the task itself or with the copy that
// somebody made of the tables: they are written so that it does no harm.
Result<BinlogLocation> end_of_binlog(const SyncOptions& options) {
  auto connection = upstream::Connection::open(options.source.endpoint, {}, options.canceller);
  if (!connection.ok()) return connection.status();
  auto end = upstream::binlog_status(connection.value());
  if (!end.ok()) return end.status();
  return BinlogLocation{end->file, end->pos, end->executed_gtid_set};
}

// Table rows and marks of former runs speak of what lies behind or ahead of the new place.
Status make_checkpoint(const SyncOptions& options, Stored& stored, CheckpointRow global) {
  const RowLocation here{global.location.name, global.location.pos, UINT64_MAX};
  Stored fresh;
  fresh.global = global;
  fresh.lanes.fill(here.to_string());
  fresh.ddl = here;
  fresh.old_handlings = stored.old_handlings || !stored.handlings.empty();
  fresh.start = {{kLocation, token_of(options.arguments)}};
  std::vector<Mark> marks{{kScope, kLocation, fresh.start[kLocation]}, {kScope, kSafeMode, ""}};
  marks.push_back({"ddl", "last", here.to_string()});
  for (size_t lane = 0; lane < kLanes; ++lane) marks.push_back({"lane", std::to_string(lane), fresh.lanes[lane]});
  std::vector<CheckpointRow> rows{std::move(global)};
  for (const CheckpointRow& old : stored.tables) {
    CheckpointRow row;
    row.schema = old.schema;
    row.table = old.table;
    rows.push_back(std::move(row));  // no structure, no location: as if it had never been seen
  }
  if (Status status = options.checkpoints->write(rows, marks); !status.ok()) {
    return std::move(status).with("write the checkpoint of start_time");
  }
  stored = std::move(fresh);
  return {};
}

Result<BinlogLocation> move_to_time(const SyncOptions& options, Stored& stored, upstream::BinlogSearch& search) {
  const std::string& text = options.arguments.start_time;
  auto time = upstream::unix_time(options.source.endpoint, text, options.canceller);
  if (!time.ok()) return time.status();
  auto place = search.at_time(time.value(), text);
  if (!place.ok()) return place.status();
  CheckpointRow global;
  global.is_global = true;
  global.location = {place->file, place->pos, place->gtid_set};
  if (options.arguments.safe_mode_time_duration.empty()) {
    auto end = end_of_binlog(options);
    if (!end.ok()) return end.status();
    global.exit_safe = std::move(end.value());
  }
  if (place->before_first) {
    log::warn("start_time lies before the oldest binlog file of the source; the task begins with that file",
              {{"task", options.task.name}, {"source", options.source.name}, {"start_time", text}});
  }
  log::info("start_time found in the binlog", {{"task", options.task.name},
                                               {"source", options.source.name},
                                               {"start_time", text},
                                               {"location", shown(global.location)},
                                               {"gtid", global.location.gtid}});
  BinlogLocation out = global.location;
  if (Status status = make_checkpoint(options, stored, std::move(global)); !status.ok()) return status;
  return out;
}

}  // namespace

Result<Stored> read_stored(Checkpoints& checkpoints) {
  Stored out;
  auto rows = checkpoints.read();
  if (!rows.ok()) return rows.status();
  for (CheckpointRow& row : rows.value()) {
    if (row.is_global) {
      out.global = std::move(row);
    } else {
      out.tables.push_back(std::move(row));
    }
  }
  auto lanes = checkpoints.marks("lane");
  if (!lanes.ok()) return lanes.status();
  for (auto& [key, value] : lanes.value()) {
    const unsigned long lane = std::strtoul(key.c_str(), nullptr, 10);
    if (lane < kLanes) out.lanes[lane] = std::move(value);
  }
  auto handlings = checkpoints.marks(kHandlingScope);
  if (!handlings.ok()) return handlings.status();
  auto pending = pending_handlings(handlings.value(), out.global ? out.global->location : BinlogLocation{});
  if (!pending.ok()) return pending.status();
  out.handlings = std::move(pending.value());
  out.old_handlings = out.handlings.empty() && !handlings.value().empty();
  auto ddl = checkpoints.marks(kDdlScope);
  if (!ddl.ok()) return ddl.status();
  if (const auto it = ddl.value().find("last"); it != ddl.value().end()) out.ddl = RowLocation::parse(it->second);
  auto start = checkpoints.marks(kScope);
  if (!start.ok()) return start.status();
  out.start = std::move(start.value());
  return out;
}

Result<BinlogLocation> start_location(const SyncOptions& options, Stored& stored, upstream::BinlogSearch& search) {
  const auto fulfilled = stored.start.find(kLocation);
  const bool by_time = !options.arguments.start_time.empty() &&
                       (fulfilled == stored.start.end() || fulfilled->second != token_of(options.arguments));
  if (by_time) return move_to_time(options, stored, search);
  if (stored.global && !stored.global->location.empty()) return stored.global->location;
  for (const model::SourceConf& conf : options.task.source_conf) {
    if (conf.source_name != options.source.name) continue;
    BinlogLocation out{conf.binlog_name, std::max<uint64_t>(conf.binlog_pos, 4), conf.binlog_gtid};
    if (!options.source.enable_gtid) out.gtid.clear();
    if (!out.empty() && options.task.task_mode == "incremental") return out;
  }
  return make_error(20022, "mysql-instance(" + options.source.name + ") must set meta for task-mode incremental", {},
                    "give binlog_name and binlog_pos, or binlog_gtid for a source with enable_gtid, in source_conf, or "
                    "start_time in the start request");
}

std::vector<Mark> SafeMode::noted(int64_t time) const {
  return {{kScope, kSafeMode, token + " " + std::to_string(time)}};
}

Result<SafeMode> safe_mode_of(const SyncOptions& options, const Stored& stored, const BinlogLocation& start) {
  SafeMode out;
  out.token = token_of(options.arguments);
  out.always = options.task.incr_migrate_conf && options.task.incr_migrate_conf->safe_mode;
  if (stored.global && !stored.global->exit_safe.name.empty()) {
    out.until = {stored.global->exit_safe.name, stored.global->exit_safe.pos, UINT64_MAX};
  }
  const auto noted = stored.start.find(kSafeMode);
  const std::string note = noted == stored.start.end() ? "" : noted->second;
  const size_t blank = note.rfind(' ');
  int64_t until = 0;
  const bool known = blank != std::string::npos &&
                     std::from_chars(note.data() + blank + 1, note.data() + note.size(), until).ec == std::errc();
  const std::string& duration = options.arguments.safe_mode_time_duration;
  if (duration.empty() || (known && note.substr(0, blank) == out.token)) {
    if (known) out.until_time = until;
    return out;
  }
  const int64_t ms = model::parse_duration_ms(duration).value_or(0);
  if (ms > 0) {
    out.seconds_to_come = (ms + 999) / 1000;  // event headers know whole seconds
    return out;
  }
  if (!out.until || RowLocation{start.name, start.pos, UINT64_MAX}.compare(*out.until) >= 0) return out;
  return make_error(36071,
                    "safe-mode-duration is 0, which forbids safe mode, but the changes between " + shown(start) +
                        " and " + shown(stored.global->exit_safe) + " may have reached the target before",
                    {}, "Start the task without safe_mode_time_duration, or with a longer one.");
}

}  // namespace sluice::units::sync
