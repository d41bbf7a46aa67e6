#include "core/precheck/source_facts.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

#include "core/upstream/binlog_stream.hpp"
#include "core/upstream/connection.hpp"

namespace sluice::precheck {
namespace {

constexpr std::chrono::seconds kTrial{15};

/// Cancels the stream when it has not ended in time, or with the whole pre-check.
class Alarm {
 public:
  Alarm(upstream::BinlogStream& stream, const upstream::Canceller& canceller)
      : thread_([this, &stream, canceller] {
          const auto end = std::chrono::steady_clock::now() + kTrial;
          std::unique_lock lock(mutex_);
          while (!changed_.wait_for(lock, std::chrono::milliseconds(100), [this] { return done_; })) {
            if (canceller.cancelled() || std::chrono::steady_clock::now() >= end) return stream.cancel();
          }
        }) {}
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;
  ~Alarm() {
    {
      const std::lock_guard lock(mutex_);
      done_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
  std::thread thread_;
};

upstream::StreamStart start_of(const model::Source& source, const model::SourceConf& conf) {
  upstream::StreamStart start;
  start.by_gtid = !conf.binlog_gtid.empty() && (source.enable_gtid || conf.binlog_name.empty());
  start.file = conf.binlog_name;
  start.pos = conf.binlog_pos == 0 ? 4 : conf.binlog_pos;
  start.gtid_set = conf.binlog_gtid;
  return start;
}

/// 30 s for a read.
upstream::ConnectionOptions connection_options() {
  upstream::ConnectionOptions options;
  options.read_timeout = std::chrono::seconds(30);
  options.write_timeout = std::chrono::seconds(30);
  options.role = "precheck";
  return options;
}

bool is_full(const Error& error) {
  constexpr int kTooMany = 1040;
  constexpr int kTooManyOfUser = 1203;
  constexpr int kUserLimit = 1226;
  return error.native == kTooMany || error.native == kTooManyOfUser || error.native == kUserLimit;
}

}  // namespace

Result<upstream::Connection> connect_to(const model::Source& source, const upstream::Canceller& canceller,
                                        bool patient) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  for (;;) {
    auto connection = upstream::Connection::open(source.endpoint, connection_options(), canceller);
    if (connection.ok() || !patient || !is_full(connection.error()) || std::chrono::steady_clock::now() > give_up)
      return connection;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

Result<SourceFacts> look_at(const model::Source& source, const upstream::Canceller& canceller) {
  auto connection = connect_to(source, canceller);
  if (!connection) return connection.status();
  SourceFacts out;
  auto info = upstream::server_info(*connection);
  if (!info) return info.status();
  out.info = std::move(*info);
  auto grants = upstream::grants(*connection);
  if (!grants) return grants.status();
  out.grants = std::move(*grants);
  auto connections = upstream::connection_counts(*connection);
  if (!connections) return connections.status();
  out.connections = *connections;
  if (auto binlog = upstream::binlog_status(*connection)) out.binlog = std::move(*binlog);
  auto tables = upstream::list_all_tables(*connection);
  if (!tables) return tables.status();
  out.tables = std::move(*tables);
  return out;
}

Status try_position(const model::Source& source, const model::SourceConf& conf, const upstream::ServerInfo& info,
                    const upstream::Canceller& canceller) {
  auto server_id = upstream::draw_server_id(info);
  if (!server_id) return server_id.status();
  upstream::StreamOptions options;
  options.server_id = *server_id;
  options.heartbeat = std::chrono::milliseconds(1000);
  options.read_timeout = kTrial;
  options.max_reconnects = 1;
  upstream::BinlogStream stream(source.endpoint, start_of(source, conf), options);
  const Alarm alarm(stream, canceller);
  if (Status opened = stream.open(); !opened) return opened;
  for (;;) {
    auto event = stream.next();
    if (!event && stream.cancelled()) {
      return make_error(10005, "the source sent nothing from there within 15 s");
    }
    if (!event) return event.status();
    // Artificial events come first and take no room; a heartbeat says that nothing has been written behind the place.
    if (event->kind == upstream::StreamEvent::Kind::Heartbeat || event->end_pos > event->start_pos) return {};
  }
}

}  // namespace sluice::precheck
