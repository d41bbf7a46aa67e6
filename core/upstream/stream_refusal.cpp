#include "core/upstream/stream_refusal.hpp"

#include <algorithm>

#include "core/binlog/gtid.hpp"
#include "core/upstream/server_info.hpp"

namespace sluice::upstream {
namespace {

constexpr const char* kStartAnew =
    "Start the task anew with a full dump (remove_meta), or restore the missing binlog files; keep binlogs longer on "
    "the source (binlog_expire_logs_seconds, expire_logs_days).";

bool says(const Error& refusal, const char* text) { return refusal.raw_cause.find(text) != std::string::npos; }

void explain_file(Connection& connection, const RefusedRequest& request, Error& error) {
  Result<std::vector<BinlogFile>> files = binlog_files(connection);
  if (!files) return;
  if (files->empty()) {
    error.message = "the source has no binlog files: its binary log is off";
    error.workaround = "Turn log_bin on at the source, then start the task anew.";
    return;
  }
  const auto found = std::find_if(files->begin(), files->end(), [&](const auto& f) { return f.name == request.file; });
  if (found == files->end()) {
    error.message = "binlog file " + request.file + " is not on the source (any more): it has " + files->front().name +
                    " to " + files->back().name;
    error.workaround = kStartAnew;
  } else if (request.pos > found->size) {
    error.message = "position " + std::to_string(request.pos) + " lies behind the end of binlog file " + request.file +
                    " (" + std::to_string(found->size) + " bytes)";
    error.workaround = "Check the position. If the source lost its newest binlog in a crash, start the task anew.";
  }
}

void explain_gtid(Connection& connection, const RefusedRequest& request, Error& error) {
  error.workaround = kStartAnew;
  Result<std::string> purged = purged_gtid_set(connection);
  if (!purged || purged->empty()) {
    error.message = "the source has no binlog any more that continues GTID set '" + request.gtid_set + "'";
    return;
  }
  auto missing = binlog::GtidSet::parse(binlog::Flavor::kMysql, *purged);
  const auto seen = binlog::GtidSet::parse(binlog::Flavor::kMysql, request.gtid_set);
  if (!missing || !seen) return;
  missing->subtract(*seen);
  if (missing->empty()) return;
  error.message = "the source has purged transactions that have not been read yet: " + missing->to_string();
}

}  // namespace

Error explain_refusal(const model::Endpoint& endpoint, const RefusedRequest& request, const Error& refusal,
                      const Canceller& canceller) {
  Error error = refusal;
  error.code = 36069;
  error.error_class = "sync-unit";
  error.message = "the source refuses to send its binlog";
  error.retryable = false;
  error.binlog_name = request.file;
  error.binlog_pos = request.pos;
  error.gtid = request.gtid_set;
  if (says(refusal, "same server_uuid") || says(refusal, "same server_id")) {
    error.message = "another replica of the source uses the same server id";
    error.workaround = "Stop the other replica, or update the source so that it gets a new server id.";
    return error;
  }
  if (says(refusal, "max_allowed_packet")) {
    error.message = "an event of the source's binlog is larger than its max_allowed_packet";
    error.workaround = "Raise max_allowed_packet (and slave_max_allowed_packet) on the source, then resume.";
    return error;
  }
  ConnectionOptions options;
  options.role = "diagnosis";
  Result<Connection> connection = Connection::open(endpoint, options, canceller);
  if (!connection) return error;
  if (request.by_gtid) {
    explain_gtid(*connection, request, error);
  } else {
    explain_file(*connection, request, error);
  }
  return error;
}

}  // namespace sluice::upstream
