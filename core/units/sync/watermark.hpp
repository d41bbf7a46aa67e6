#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <variant>

#include "core/binlog/gtid.hpp"

namespace sluice::units::sync {

/// The transaction that ends at a point; monostate for none (or an anonymous one).
/// A set is what a file's first event says was executed before it: it is taken over when the set was not known.
using TransactionId =
    std::variant<std::monostate, binlog::Gtid, binlog::MariaDbGtid, std::shared_ptr<const binlog::GtidSet>>;

/// "" for none, and for a set.
std::string text_of(const TransactionId& id);

/// Knows up to which location everything has landed. The reader's thread adds a point at each transaction end (and
/// rotation), the checkpointer takes the newest point that is covered. Thread-safe.
class Watermark {
 public:
  /// `seq`: the last change dispatched before this point. `gtid`: of the transaction that ends here.
  /// `commit_us`: its commit time (microseconds since the epoch), 0 for points that are no commit.
  void add(uint64_t seq, std::string file, uint64_t pos, TransactionId gtid, int64_t commit_us);

  /// One point that was passed.
  struct Point {
    std::string file;
    uint64_t pos = 0;
    TransactionId gtid;
  };
  /// Takes all points whose changes have been applied (seq <= applied), oldest first.
  std::deque<Point> take(uint64_t applied);

  /// Commit time of the oldest transaction that is not fully applied; none when all are.
  std::optional<int64_t> oldest_pending_commit_us(uint64_t applied) const;
  /// The transaction that an event of this file, ending at this position, belongs to, if its end has been read.
  TransactionId transaction_at(const std::string& file, uint64_t pos) const;
  /// Number of points held.
  size_t size() const;

 private:
  struct Entry {
    uint64_t seq;
    int64_t commit_us;
    Point point;
  };
  mutable std::mutex mutex_;
  std::deque<Entry> entries_;
};

}  // namespace sluice::units::sync
