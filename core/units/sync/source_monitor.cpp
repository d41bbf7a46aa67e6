#include "core/units/sync/source_monitor.hpp"

#include <cstdlib>

#include "core/upstream/server_info.hpp"

namespace sluice::units::sync {
namespace {

int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

void SourceMonitor::start(std::chrono::milliseconds interval) {
  thread_ = std::thread([this, interval] { run(interval); });
}

void SourceMonitor::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  canceller_.cancel();
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

std::optional<SourceMonitor::Report> SourceMonitor::report() const {
  const std::lock_guard lock(mutex_);
  return report_;
}

void SourceMonitor::run(std::chrono::milliseconds interval) {
  std::optional<upstream::Connection> connection;
  std::string listed_for;
  std::shared_ptr<const std::vector<upstream::BinlogFile>> files;
  upstream::ConnectionOptions options;
  options.role = "monitor";
  options.connect_timeout = std::chrono::seconds(5);
  options.read_timeout = std::chrono::seconds(5);
  while (true) {
    if (!connection) {
      auto opened = upstream::Connection::open(endpoint_, options, canceller_);
      if (opened.ok()) connection.emplace(std::move(opened.value()));
    }
    if (connection) {
      // The clock first: what the source did before that moment lies before the position.
      auto clock = connection->query("SELECT CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS UNSIGNED) AS t");
      const int64_t asked = now_us();
      auto status = upstream::binlog_status(*connection);
      // Closed files keep their size: they are listed anew only when another one was begun.
      if (status.ok() && status.value().file != listed_for) {
        auto listed = upstream::binlog_files(*connection);
        files = listed.ok() ? std::make_shared<const std::vector<upstream::BinlogFile>>(std::move(listed.value()))
                            : nullptr;
        listed_for = status.value().file;
      }
      if (status.ok() && clock.ok() && !clock.value().empty()) {
        const int64_t theirs = std::strtoll(clock.value().get(0, "t").c_str(), nullptr, 10);
        const std::lock_guard lock(mutex_);
        report_ = Report{status.value().file,
                         status.value().pos,
                         status.value().executed_gtid_set,
                         theirs - asked,
                         theirs,
                         files,
                         std::chrono::steady_clock::now()};
      }
      if (connection->broken()) connection.reset();
    }
    if (on_round_) on_round_();
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, interval, [&] { return stopping_; });
    if (stopping_) return;
  }
}

}  // namespace sluice::units::sync
