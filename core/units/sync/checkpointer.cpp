#include "core/units/sync/checkpointer.hpp"

#include <utility>
#include <vector>

#include "core/binlog/position.hpp"
#include "core/plugin/log.hpp"

namespace sluice::units::sync {

Checkpointer::Checkpointer(Checkpoints& store, Watermark& watermark, std::function<uint64_t()> applied,
                           BinlogLocation start, BinlogLocation exit_safe, binlog::Flavor flavor)
    : store_(store),
      watermark_(watermark),
      applied_(std::move(applied)),
      location_(start),
      exit_safe_(std::move(exit_safe)),
      flushed_(std::move(start)) {
  if (location_.gtid.empty()) return;
  auto set = binlog::GtidSet::parse(flavor, location_.gtid);
  if (set.ok()) set_ = std::move(set.value());
}

Checkpointer::~Checkpointer() { stop(); }

void Checkpointer::start(std::chrono::milliseconds interval, std::function<void()> on_failure) {
  on_failure_ = std::move(on_failure);
  thread_ = std::thread([this, interval] { run(interval); });
}

void Checkpointer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool Checkpointer::advance() {
  auto points = watermark_.take(applied_());
  if (points.empty()) return false;
  for (auto& point : points) {
    if (const auto* gtid = std::get_if<binlog::Gtid>(&point.gtid); gtid != nullptr && set_) set_->add(*gtid);
    if (const auto* gtid = std::get_if<binlog::MariaDbGtid>(&point.gtid); gtid != nullptr && set_) set_->add(*gtid);
    if (const auto* known = std::get_if<std::shared_ptr<const binlog::GtidSet>>(&point.gtid);
        known != nullptr && !set_) {
      set_ = **known;
    }
  }
  location_.name = std::move(points.back().file);
  location_.pos = points.back().pos;
  dirty_ = true;
  return true;
}

Status Checkpointer::write(std::span<const CheckpointRow> rows, std::span<const Mark> marks) {
  if (set_) location_.gtid = set_->to_string();
  if (!exit_safe_.name.empty()) {
    const binlog::Position here{location_.name, location_.pos};
    if (here >= binlog::Position{exit_safe_.name, exit_safe_.pos}) exit_safe_ = {};
  }
  std::vector<CheckpointRow> all(rows.begin(), rows.end());
  CheckpointRow global;
  global.is_global = true;
  global.location = location_;
  global.exit_safe = exit_safe_;
  all.push_back(std::move(global));
  if (Status status = store_.write(all, marks); !status.ok()) return std::move(status).with("write the checkpoint");
  dirty_ = false;
  if (on_written_) on_written_();
  const std::lock_guard lock(mutex_);
  flushed_ = location_;
  return {};
}

Status Checkpointer::flush(std::span<const CheckpointRow> rows, std::span<const Mark> marks) {
  const std::lock_guard lock(writing_);
  advance();
  return write(rows, marks);
}

void Checkpointer::run(std::chrono::milliseconds interval) {
  while (true) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, interval, [&] { return stopping_; });
      if (stopping_) return;
    }
    const std::lock_guard lock(writing_);
    advance();
    if (!dirty_) continue;
    Status status = write({}, {});
    if (status.ok()) continue;
    if (status.error().retryable) {
      log::warn("checkpoint not written, trying again", {{"error", status.error().one_line()}});
      continue;
    }
    {
      const std::lock_guard guard(mutex_);
      error_ = std::move(status.error());
    }
    if (on_failure_) on_failure_();
    return;
  }
}

BinlogLocation Checkpointer::flushed() const {
  const std::lock_guard lock(mutex_);
  return flushed_;
}

std::optional<Error> Checkpointer::error() const {
  const std::lock_guard lock(mutex_);
  return error_;
}

}  // namespace sluice::units::sync
