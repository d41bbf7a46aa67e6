#include "core/units/sync/watermark.hpp"

#include <utility>

namespace sluice::units::sync {

std::string text_of(const TransactionId& id) {
  if (const auto* gtid = std::get_if<binlog::Gtid>(&id)) return gtid->to_string();
  if (const auto* gtid = std::get_if<binlog::MariaDbGtid>(&id)) return gtid->to_string();
  return {};
}

void Watermark::add(uint64_t seq, std::string file, uint64_t pos, TransactionId gtid, int64_t commit_us) {
  const std::lock_guard lock(mutex_);
  // Points that carry no transaction and no change of their own only move the last one forward.
  if (!entries_.empty() && entries_.back().seq == seq && gtid.index() == 0 && entries_.back().point.gtid.index() == 0) {
    entries_.back().point.file = std::move(file);
    entries_.back().point.pos = pos;
    return;
  }
  entries_.push_back({seq, commit_us, {std::move(file), pos, std::move(gtid)}});
}

std::deque<Watermark::Point> Watermark::take(uint64_t applied) {
  std::deque<Point> out;
  const std::lock_guard lock(mutex_);
  while (!entries_.empty() && entries_.front().seq <= applied) {
    out.push_back(std::move(entries_.front().point));
    entries_.pop_front();
  }
  return out;
}

std::optional<int64_t> Watermark::oldest_pending_commit_us(uint64_t applied) const {
  const std::lock_guard lock(mutex_);
  for (const Entry& entry : entries_) {
    if (entry.seq > applied && entry.commit_us != 0) return entry.commit_us;
  }
  return std::nullopt;
}

TransactionId Watermark::transaction_at(const std::string& file, uint64_t pos) const {
  const std::lock_guard lock(mutex_);
  for (const Entry& entry : entries_) {
    // The first end of a transaction behind the event; what stands in an earlier file is before it.
    if (entry.point.file == file && entry.point.pos >= pos && entry.commit_us != 0) return entry.point.gtid;
  }
  return {};
}

size_t Watermark::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace sluice::units::sync
