#include "core/model/status_json.hpp"

#include <initializer_list>

#include "core/model/json_reader.hpp"

namespace sluice::model {
namespace {

void set_if(Json& out, const char* name, const std::string& value) {
  if (!value.empty()) out.set(name, value);
}

Json write_dump(const DumpStatus& dump) {
  Json out = Json::object();
  out.set("total_tables", dump.total_tables).set("completed_tables", dump.completed_tables);
  out.set("finished_bytes", dump.finished_bytes).set("finished_rows", dump.finished_rows);
  out.set("estimate_total_rows", dump.estimate_total_rows).set("bps", dump.bps).set("progress", dump.progress);
  return out;
}

Json write_load(const LoadStatus& load) {
  Json out = Json::object();
  out.set("finished_bytes", load.finished_bytes).set("total_bytes", load.total_bytes).set("progress", load.progress);
  out.set("meta_binlog", load.meta_binlog).set("meta_binlog_gtid", load.meta_binlog_gtid).set("bps", load.bps);
  return out;
}

Json write_sync(const SyncStatus& sync) {
  Json out = Json::object();
  out.set("total_events", sync.total_events).set("total_tps", sync.total_tps).set("recent_tps", sync.recent_tps);
  out.set("master_binlog", sync.master_binlog).set("master_binlog_gtid", sync.master_binlog_gtid);
  out.set("syncer_binlog", sync.syncer_binlog).set("syncer_binlog_gtid", sync.syncer_binlog_gtid);
  out.set("blocking_ddls", sync.blocking_ddls).set("unresolved_groups", Json::array()).set("synced", sync.synced);
  out.set("binlog_type", sync.binlog_type);
  set_if(out, "until_reached", sync.until_reached);
  // Absent when unknown, though DM requires it: docs/decisions/0005-unknown-lag-is-absent.md.
  if (sync.master_age_seconds) out.set("master_binlog_age_seconds", *sync.master_age_seconds);
  if (sync.seconds_behind_master) out.set("seconds_behind_master", *sync.seconds_behind_master);
  if (sync.lag_ms) out.set("lag", write_lag(*sync.lag_ms, sync.lag_shares));
  out.set("io_total_bytes", sync.io_total_bytes).set("dump_io_total_bytes", sync.dump_io_total_bytes);
  Json filtered = Json::object();
  for (const auto& [rule, count] : sync.filtered) filtered.set(rule, count);
  out.set("counters", Json::object()
                          .set("read", sync.read)
                          .set("applied", sync.applied)
                          .set("pending", sync.pending)
                          .set("filtered", std::move(filtered)));
  if (sync.error_handlings.empty()) return out;
  Json handlings = Json::array();
  for (const ErrorHandling& handling : sync.error_handlings) handlings.push(write_handling(handling));
  return out.set("error_handlings", std::move(handlings));
}

/// Lenient reads: the text is our own, and an older or newer one may lack members.
std::string text_of(const Json& json, const char* name) {
  const Json* found = json.find(name);
  const std::string* text = found ? found->as_string() : nullptr;
  return text ? *text : std::string();
}

template <typename T>
T number_of(const Json& json, const char* name, T otherwise = 0) {
  const Json* found = json.find(name);
  if (!found) return otherwise;
  if (const auto* number = found->as_int()) return static_cast<T>(*number);
  if (const auto* big = found->as_uint()) return static_cast<T>(*big);
  if (const auto* real = found->as_double()) return static_cast<T>(*real);
  return otherwise;
}

bool flag_of(const Json& json, const char* name) {
  const Json* found = json.find(name);
  return found && found->as_bool() && *found->as_bool();
}

DumpStatus read_dump(const Json& json) {
  DumpStatus out;
  out.total_tables = number_of<int64_t>(json, "total_tables");
  out.completed_tables = number_of<double>(json, "completed_tables");
  out.finished_bytes = number_of<double>(json, "finished_bytes");
  out.finished_rows = number_of<double>(json, "finished_rows");
  out.estimate_total_rows = number_of<double>(json, "estimate_total_rows");
  out.bps = number_of<int64_t>(json, "bps");
  out.progress = text_of(json, "progress");
  return out;
}

LoadStatus read_load(const Json& json) {
  LoadStatus out;
  out.finished_bytes = number_of<int64_t>(json, "finished_bytes");
  out.total_bytes = number_of<int64_t>(json, "total_bytes");
  out.progress = text_of(json, "progress");
  out.meta_binlog = text_of(json, "meta_binlog");
  out.meta_binlog_gtid = text_of(json, "meta_binlog_gtid");
  out.bps = number_of<int64_t>(json, "bps");
  return out;
}

SyncStatus read_sync(const Json& json) {
  SyncStatus out;
  out.total_events = number_of<int64_t>(json, "total_events");
  out.total_tps = number_of<int64_t>(json, "total_tps");
  out.recent_tps = number_of<int64_t>(json, "recent_tps");
  out.master_binlog = text_of(json, "master_binlog");
  out.master_binlog_gtid = text_of(json, "master_binlog_gtid");
  out.syncer_binlog = text_of(json, "syncer_binlog");
  out.syncer_binlog_gtid = text_of(json, "syncer_binlog_gtid");
  if (const Json* ddls = json.find("blocking_ddls"); ddls && ddls->is_array()) {
    for (const Json& ddl : *ddls->as_array()) {
      if (ddl.as_string()) out.blocking_ddls.push_back(*ddl.as_string());
    }
  }
  out.synced = flag_of(json, "synced");
  out.binlog_type = text_of(json, "binlog_type");
  out.until_reached = text_of(json, "until_reached");
  if (json.find("master_binlog_age_seconds")) {
    out.master_age_seconds = number_of<int64_t>(json, "master_binlog_age_seconds");
  }
  if (json.find("seconds_behind_master")) out.seconds_behind_master = number_of<int64_t>(json, "seconds_behind_master");
  if (const Json* lag = json.find("lag")) {
    out.lag_ms = number_of<int64_t>(*lag, "milliseconds");
    out.lag_shares = read_lag_shares(*lag);
  }
  out.io_total_bytes = number_of<uint64_t>(json, "io_total_bytes");
  out.dump_io_total_bytes = number_of<uint64_t>(json, "dump_io_total_bytes");
  if (const Json* counters = json.find("counters")) {
    out.read = number_of<uint64_t>(*counters, "read");
    out.applied = number_of<uint64_t>(*counters, "applied");
    out.pending = number_of<uint64_t>(*counters, "pending");
    const Json* filtered = counters->find("filtered");
    if (filtered && filtered->is_object()) {
      for (const auto& [rule, count] : *filtered->as_object())
        out.filtered[rule] = number_of<uint64_t>(*filtered, rule.c_str());
    }
  }
  if (const Json* handlings = json.find("error_handlings"); handlings && handlings->is_array()) {
    for (const Json& handling : *handlings->as_array()) out.error_handlings.push_back(read_handling(handling));
  }
  return out;
}

Stage stage_of(const std::string& name) {
  for (const Stage stage : {Stage::New, Stage::Running, Stage::Paused, Stage::Stopped, Stage::Finished}) {
    if (name == stage_name(stage)) return stage;
  }
  return Stage::Stopped;
}

}  // namespace

Json write_error(const Error& error) {
  Json out = Json::object();
  out.set("code", error.code);
  if (error.native != 0) out.set("native", error.native);
  out.set("class", error.error_class).set("scope", error.scope).set("level", error.level);
  out.set("retryable", error.retryable).set("message", error.message);
  set_if(out, "cause", error.raw_cause);
  set_if(out, "workaround", error.workaround);
  set_if(out, "source", error.source);
  set_if(out, "binlog_name", error.binlog_name);
  if (error.binlog_pos != 0) out.set("binlog_pos", error.binlog_pos);
  set_if(out, "gtid", error.gtid);
  set_if(out, "table", error.table);
  set_if(out, "statement", error.statement);
  set_if(out, "row_key", error.row_key);
  set_if(out, "rule", error.rule);
  set_if(out, "event", error.event);
  return out;
}

Json write_handling(const ErrorHandling& handling) {
  Json out = Json::object();
  out.set("action", handling.action).set("binlog_name", handling.binlog_name).set("binlog_pos", handling.binlog_pos);
  set_if(out, "binlog_gtid", handling.binlog_gtid);
  out.set("statement", handling.statement).set("sqls", Json(handling.sqls));
  return out.set("requested_at", handling.requested_at).set("state", handling.applied ? "applied" : "pending");
}

ErrorHandling read_handling(const Json& json) {
  ErrorHandling out;
  out.action = text_of(json, "action");
  out.binlog_name = text_of(json, "binlog_name");
  out.binlog_pos = number_of<uint64_t>(json, "binlog_pos");
  out.binlog_gtid = text_of(json, "binlog_gtid");
  out.statement = text_of(json, "statement");
  if (const Json* sqls = json.find("sqls"); sqls && sqls->is_array()) {
    for (const Json& sql : *sqls->as_array()) {
      if (sql.as_string()) out.sqls.push_back(*sql.as_string());
    }
  }
  out.requested_at = text_of(json, "requested_at");
  out.applied = text_of(json, "state") == "applied";
  return out;
}

Error read_error(const Json& json) {
  Error out = make_error(number_of<int32_t>(json, "code", 50000), text_of(json, "message"));
  out.native = number_of<int32_t>(json, "native");
  out.error_class = text_of(json, "class");
  out.scope = text_of(json, "scope");
  out.level = text_of(json, "level");
  out.retryable = flag_of(json, "retryable");
  out.raw_cause = text_of(json, "cause");
  out.workaround = text_of(json, "workaround");
  out.source = text_of(json, "source");
  out.binlog_name = text_of(json, "binlog_name");
  out.binlog_pos = number_of<uint64_t>(json, "binlog_pos");
  out.gtid = text_of(json, "gtid");
  out.table = text_of(json, "table");
  out.statement = text_of(json, "statement");
  out.row_key = text_of(json, "row_key");
  out.rule = text_of(json, "rule");
  out.event = text_of(json, "event");
  return out;
}

Json write_status(const SubtaskStatus& status) {
  Json out = Json::object();
  out.set("name", status.task).set("source_name", status.source).set("worker_name", status.worker);
  out.set("stage", api_stage_name(status.stage)).set("unit", status.unit).set("unresolved_ddl_lock_id", "");
  if (status.dump) out.set("dump_status", write_dump(*status.dump));
  if (status.load) out.set("load_status", write_load(*status.load));
  if (status.sync) out.set("sync_status", write_sync(*status.sync));
  if (status.progress) out.set("progress", write_progress(*status.progress));
  if (!status.errors.empty()) {
    std::string lines;
    Json errors = Json::array();
    for (const Error& error : status.errors) {
      const std::string line = error.one_line();
      lines += (lines.empty() ? "" : "\n") + line + (line.ends_with('.') ? "" : ".");
      errors.push(write_error(error));
    }
    out.set("error_msg", lines).set("errors", std::move(errors));
  }
  return out;
}

SubtaskStatus read_status(const Json& json) {
  SubtaskStatus out;
  out.task = text_of(json, "name");
  out.source = text_of(json, "source_name");
  out.worker = text_of(json, "worker_name");
  out.stage = stage_of(text_of(json, "stage"));
  out.unit = text_of(json, "unit");
  if (const Json* dump = json.find("dump_status")) out.dump = read_dump(*dump);
  if (const Json* load = json.find("load_status")) out.load = read_load(*load);
  if (const Json* sync = json.find("sync_status")) out.sync = read_sync(*sync);
  if (const Json* progress = json.find("progress")) out.progress = read_progress(*progress);
  if (const Json* errors = json.find("errors"); errors && errors->is_array()) {
    for (const Json& error : *errors->as_array()) out.errors.push_back(read_error(error));
  }
  return out;
}

}  // namespace sluice::model
