#include "core/units/sync/until.hpp"

#include <utility>

namespace sluice::units::sync {

Result<Until> Until::make(const SyncOptions& options, const BinlogLocation& start, const upstream::ServerInfo& server,
                          upstream::BinlogSearch& search) {
  const model::Until& asked = options.arguments.until;
  Until out;
  if (!asked.binlog_name.empty()) {
    out.position_ = binlog::Position{asked.binlog_name, asked.binlog_pos};
    out.shown_ = "binlog position " + out.position_->to_string();
    return out;
  }
  if (!asked.time.empty()) {
    auto time = upstream::unix_time(options.source.endpoint, asked.time, options.canceller);
    if (!time.ok()) return time.status();
    out.time_ = time.value();
    out.shown_ = "time " + asked.time;
    return out;
  }
  if (!server.gtid_on()) {
    return make_error(26007, options.source.name + " has GTID_MODE = " + server.gtid_mode + " instead of ON", {},
                      "Give binlog_name and binlog_pos, or time, in until.");
  }
  const binlog::Flavor flavor = server.mariadb() ? binlog::Flavor::kMariaDb : binlog::Flavor::kMysql;
  auto wanted = binlog::GtidSet::parse(flavor, asked.binlog_gtid);
  if (!wanted.ok()) {
    return make_error(server.mariadb() ? 11060 : 11059,
                      "binlog_gtid " + asked.binlog_gtid + " of until is not a GTID set of the source's flavor",
                      wanted.error().message);
  }
  std::string known = start.gtid;
  if (known.empty() && !start.name.empty()) {
    auto before = search.gtid_set_before(start.name, start.pos);
    if (!before.ok()) return std::move(before.status()).with("find the GTIDs executed before the start");
    known = std::move(before.value());
  }
  auto seen = binlog::GtidSet::parse(flavor, known);
  if (!seen.ok()) return seen.status();
  out.seen_ = std::move(seen.value());
  out.wanted_ = std::move(wanted.value());
  out.shown_ = "GTID set " + out.wanted_->to_string();
  return out;
}

bool Until::reached(const std::string& file, uint64_t pos) const {
  if (wanted_) return seen_.contains(*wanted_);
  return position_ && binlog::Position{file, pos} >= *position_;
}

bool Until::ends_before(const upstream::StreamEvent& event, std::optional<int64_t> source_now) const {
  if (event.kind == upstream::StreamEvent::Kind::Heartbeat) return time_ && source_now && *source_now >= *time_;
  const auto type = static_cast<binlog::EventType>(event.type);
  if (event.replayed || event.end_pos == event.start_pos || !upstream::tells_time_of_change(type)) return false;
  if (position_) return binlog::Position{*event.file, event.start_pos} >= *position_;
  if (!time_) return false;
  const auto header = binlog::parse_event_header(event.data);
  return header.ok() && static_cast<int64_t>(header->timestamp) >= *time_;
}

void Until::passed(const TransactionId& transaction) {
  if (const auto* mysql = std::get_if<binlog::Gtid>(&transaction)) seen_.add(*mysql);
  if (const auto* maria = std::get_if<binlog::MariaDbGtid>(&transaction)) seen_.add(*maria);
}

}  // namespace sluice::units::sync
